"""The whole circle by the command alone: labels in, a model out, refused, rolled back, replayed, audited; killed on the way."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest

from monitor.adapters import model_files
from monitor.adapters.model_files import ModelFiles
from monitor.adapters.store import open_store
from monitor.classify import Judge
from monitor.config import load, shipped
from monitor.jobs.watch import presence
from monitor.types import Judged, NewEntry, PollRecord, Source

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Give what runs the command in a folder of its own, with the seed model in use."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MONITOR_", "SLACK_"))}

    def command(
        *words: str, answers: str = "", program: Sequence[str] = ("-m", "monitor")
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *program, *words],
            cwd=tmp_path,
            env=environ,
            input=answers,
            capture_output=True,
            text=True,
            check=False,
        )

    command("init")
    assert command("models", "promote", "seed-2").returncode == 0
    return command


def write_labels(path: Path, *, turned: bool = False, **more: Any) -> None:
    """Write a file of labelled articles: invented ones that travel with the package."""
    lines = (shipped("models") / "seed-labels.jsonl").read_text("utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["lang"] == "en"][::5]
    with path.open("w", encoding="utf-8") as file:
        for number, row in enumerate(rows):
            labels = {topic: bool(row[topic]) is not turned for topic in ("drug_policy", "bilateral_security")}
            url = f"https://desk.example/{number}"
            file.write(
                json.dumps({"title": row["title"], "text": row["text"], "url": url, "labels": labels, **more}) + "\n"
            )


def test_labels_in_a_model_out_and_back_again(run: Run, tmp_path: Path) -> None:
    """Each step says what it did, and the figures return with the rollback."""
    write_labels(tmp_path / "labels.jsonl", who="ana")
    with (tmp_path / "labels.jsonl").open("a", encoding="utf-8") as file:
        file.write(
            '{"title": "A", "labels": {"boats": true}}\n{"url": "https://nowhere.example/", "labels": {"drug_policy": true}}\n'
        )

    taken = run("labels", "import", "labels.jsonl")
    stats = json.loads(run("labels", "stats", "--json").stdout)
    tried = run("train", "--dry-run", "--json")
    before = json.loads(tried.stdout)
    trained = run("train")
    again = run("train")
    shown = run("models", "show")
    rolled = run("models", "rollback")
    after = json.loads(run("train", "--dry-run", "--json").stdout)

    assert (taken.returncode, taken.stderr.count("labels.jsonl:")) == (1, 2)
    assert "unknown topic 'boats'" in taken.stderr
    assert "give its title and text as well" in taken.stderr
    assert (stats["articles"], stats["topics"]["drug_policy"]["who"]) == (308, {"ana": 308})
    assert "learning 2 topics from 231 articles: 0 of 9 fits" in tried.stderr.splitlines()
    assert trained.returncode == 0, trained.stderr
    assert "is in use, instead of seed-2" in trained.stdout
    assert (again.returncode, "no label has changed" in again.stderr) == (3, True)
    assert "## How it was made" in shown.stdout
    assert "## Thresholds in force" in shown.stdout
    assert rolled.stdout.startswith("seed-2 is in use again")
    assert [topic["current"] for topic in after["topics"]] == [topic["current"] for topic in before["topics"]]

    write_labels(tmp_path / "poison.jsonl", turned=True, who="mallory")
    run("labels", "import", "poison.jsonl")
    poisoned = run("train")
    disputed = json.loads(run("labels", "stats", "--json").stdout)

    assert poisoned.returncode == 3
    assert len(disputed["disputed"]) == 2 * 308
    assert disputed["agreement"][0]["kappa"] == pytest.approx(-1, abs=0.5)
    assert json.loads(run("models", "list", "--json").stdout.splitlines()[-2])["version"] == "seed-2"


HALF_WRITTEN = """
whole = model_files._write
def cut_short(path, content):
    if path.name == {name!r}:
        path.write_bytes(content[: len(content) // 2])
        die()
    whole(path, content)
model_files._write = cut_short
"""
NOT_MOVED = """
whole = Path.{move}
def not_moved(path, target):
    if path.name.startswith({name!r}):
        die()
    return whole(path, target)
Path.{move} = not_moved
"""
KILLED = """
import os, sys
from pathlib import Path
from monitor.adapters import model_files
from monitor.cli import main
def die():
    os.kill(os.getpid(), 9)
{step}
sys.argv = ["monitor", "train"]
main()
"""


@pytest.mark.parametrize(("step", "written"), [
    (HALF_WRITTEN.format(name="model.npz"), False),
    (HALF_WRITTEN.format(name="card.json"), False),
    (NOT_MOVED.format(move="rename", name=model_files.DRAFT), False),
    (HALF_WRITTEN.format(name=".current.draft"), True),
    (NOT_MOVED.format(move="replace", name=".current.draft"), True),
], ids=["arrays", "card", "folder", "pointer", "pointer in place"])  # fmt: skip
def test_a_training_that_is_killed_leaves_a_model_that_works(
    run: Run, tmp_path: Path, step: str, written: bool
) -> None:
    """At the moments at which something half-written lies about; and the next training is not kept waiting."""
    models = ModelFiles(tmp_path / "models", shipped("models"))
    write_labels(tmp_path / "labels.jsonl")
    run("labels", "import", "labels.jsonl")

    killed = run(program=["-c", KILLED.format(step=step)])
    left = models.versions()
    after = models.load()
    later = run("train", "--force")

    assert killed.returncode == -SIGKILL, killed.stderr
    assert (after.version, set(left) > {"seed-2", "shipped-2"}) == ("seed-2", written)
    assert later.returncode == 0, later.stderr
    assert models.load().version in set(models.versions()) - set(left)
    for version in models.versions():
        models.check(version)
        assert models.card(version)
    assert models.previous() == "seed-2"


def test_a_person_answers_with_one_key_each(run: Run, tmp_path: Path) -> None:
    """Over a pipe as over ssh: both, none, unsure, skipped, taken back; the queue never asks again what was answered."""
    fill(tmp_path)

    first = run("label", "--count", "4", "--who", "ana", answers="bnszu" + "q")
    stats = json.loads(run("labels", "stats", "--json").stdout)
    second = run("label", "--count", "50", "--who", "bo", answers="n" * 60)
    rest = run("label", "--who", "bo", answers="")

    assert first.returncode == 0, first.stderr
    assert "1 of 4" in first.stdout
    assert stats["topics"]["drug_policy"]["value"] == {"yes": 1, "unsure": 1}
    assert "answered" in second.stdout
    assert "Nothing to ask" in rest.stdout


def fill(folder: Path) -> None:
    """Put twenty judged articles of last week into the folder's store, as the jobs do."""
    now = datetime.now(UTC)
    at, worker = now - timedelta(days=now.weekday() + 1), presence.this_worker(now)
    judge = Judge(ModelFiles(folder / "models", shipped("models")).load(), load(folder / "config", {}).topics)
    law, choir = "Parliament debates the fentanyl law, day {}", "Choir number {} sings"
    titles = [(choir if number % 4 else law).format(number) for number in range(20)]
    with closing(open_store(f"sqlite:///{folder}/data/monitor.db")) as store:
        store.join(worker)
        store.sync_sources([Source(id="gazette", name="Gazette", url="https://g.example/")], at)
        [state] = store.claim_sources(worker, now, 1, only=["gazette"])
        record = PollRecord(source_id="gazette", at=at, result="ok", detail="", entries=20, new=20, seconds=0)
        store.save_poll(worker, state, record, [entry(title, at) for title in titles])
        articles = store.to_judge(100)
        verdicts = judge.verdicts_many((one.entry.title, one.text, "en") for one in articles)
        judged = [
            Judged(entry_id=one.entry.id, digest=one.entry.digest, language="en", judged=True, verdicts=each)
            for one, each in zip(articles, verdicts, strict=True)
        ]
        store.lock("judge", worker)
        store.save_judgements(worker, judged, now=at)
        store.bury([worker.id])


def entry(title: str, at: datetime) -> NewEntry:
    """Give an entry that is a headline alone."""
    url = f"https://g.example/{title.replace(' ', '-')}"
    return NewEntry(
        source_id="gazette",
        identity=title,
        url=url,
        link=url,
        title=title,
        summary="",
        content="",
        published=at,
        seen_at=at,
        digest=title,
        complete=True,
    )


def test_looking_back_replays_audits_and_reports(run: Run, tmp_path: Path) -> None:
    """What a keyword would have changed, what the audit knows, and the week in a page; the store is as it was."""
    fill(tmp_path)
    before = run("labels", "export").stdout

    again = run("replay", "--keyword", "drug_policy:always:+choir", "--json")
    replayed = json.loads(again.stdout)
    page = run("replay", "--keyword", "drug_policy:never:+fentanyl", "--html", "page.html")
    audit = json.loads(run("audit", "--json").stdout)
    report = json.loads(run("report", "--since", "30d", "--json").stdout)
    wrong = run("replay", "--keyword", "boats:+ship")

    assert again.stderr == "judging again: 20 of 20\n"
    topic = replayed["topics"]["drug_policy"]
    assert (replayed["judged"], topic["gained"], topic["lost"]) == (20, 15, 0)
    assert {article["keyword"] for article in topic["articles"]["gained"]} == {"choir"}
    assert page.returncode == 0, page.stderr
    assert "Parliament debates" in (tmp_path / "page.html").read_text("utf-8")
    assert audit["topics"]["drug_policy"]["drawn"] > 5
    assert report["judged"] == 20
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "--keyword: unknown topic 'boats': there are drug_policy, bilateral_security\n",
    )
    assert run("labels", "export").stdout == before
