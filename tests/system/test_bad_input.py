"""The command with whatever can be wrong around it: one clear line, the right exit code, nothing lost, and the next run goes on."""

import json
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.waiting import eventually

from monitor.cli.demo.newsroom import Newsroom
from monitor.config import shipped

TOKEN = "xoxb-fake-bot"
ONCE = ("run", "--once", "--all", "--json")
NOTHING = {"articles": 0, "flagged": 0, "alerts": 0, "delivered": 0, "held": 0, "failed": 0, "unknown": 0}

MakeDesk = Callable[..., Any]


# ── given ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@contextmanager
def deaf_server() -> Iterator[str]:
    """Give the address of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/feed.xml"


@pytest.fixture
def dead_desk(desk: MakeDesk) -> Any:
    """Give a desk all of whose sources are dead, so that a run is over at once."""
    return desk([("closed", "http://127.0.0.1:9/feed.xml"), ("nowhere", "http://news.invalid/feed.xml")])


@pytest.fixture
def news_desk(newsroom: Newsroom, fake_slack: Any, desk: MakeDesk) -> Callable[..., Any]:
    """Give what makes a desk that watches the newsroom, and more sources, and tells the strict Slack."""

    def build(*more: tuple[str, str], **settings: Any) -> Any:
        sources = [(source.id, source.url) for source in newsroom.sources()]
        return desk([*sources, *more], **{"slack": {"base_url": fake_slack.base_url}, **settings})

    return build


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a disk of its own of 8 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=False, capture_output=True
    ).returncode:
        pytest.skip("no right to mount a disk of our own")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    """Fill a disk to the last byte; give the file that did it."""
    filler = folder / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)
    return filler


def set_up(place: Any, **sections: Any) -> None:
    """Change sections of monitor.yaml."""
    path = place.config / "monitor.yaml"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | sections), encoding="utf-8")


# ── when ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@contextmanager
def started(place: Any, *args: str) -> Iterator[subprocess.Popen[str]]:
    """Start a command; whatever happens, it does not outlive the block."""
    with subprocess.Popen(
        place.command(*args),
        cwd=place.folder,
        env=place.environ(SLACK_BOT_TOKEN=TOKEN),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str], seconds: float = 60) -> subprocess.CompletedProcess[str]:
    """Wait for the end of a command."""
    out, err = process.communicate(timeout=seconds)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def wait_for(place: Any, question: str) -> None:
    """Wait until the database answers a question with a number above 0."""
    path = place.folder / "data/monitor.db"

    def number() -> int:
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return int(connection.execute(question).fetchone()[0])
        return 0

    eventually(number, told=lambda: f"never above 0: {question}")


# ── then ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def complaints(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Give what was said to the person at the terminal; log lines are JSON where stderr is no terminal."""
    assert "Traceback" not in done.stderr
    assert "xoxb" not in done.stderr + done.stdout
    return [line for line in done.stderr.splitlines() if not line.startswith("{")]


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Give the last line on stdout."""
    return dict(json.loads(done.stdout.splitlines()[-1]))


def told_once_each(slack: Any) -> int:
    """Check that every story stands once in its channel, and give how many messages there are."""
    told = Counter((row["channel"], str(row["metadata"]["event_payload"]["story"])) for row in slack.posted())
    assert set(told.values()) <= {1}
    assert slack.bad_calls() == []
    return len(told)


# ── configuration ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_without_a_configuration_the_way_to_one_is_named(dead_desk: Any) -> None:
    """Exit code 2, and no report: there is nothing it could list."""
    shutil.rmtree(dead_desk.config)

    done = dead_desk.run(*ONCE)

    assert done.returncode == 2
    assert done.stdout == ""
    assert [line for line in complaints(done) if "monitor init" in line] == done.stderr.splitlines()


def test_a_backfill_that_is_no_length_of_time_is_refused(dead_desk: Any) -> None:
    """Exit code 2, one line; nothing is made on the disk."""
    done = dead_desk.run("run", "--once", "--backfill", "soon")

    assert done.returncode == 2
    assert done.stderr.startswith("--backfill: must be a length of time")
    assert len(done.stderr.splitlines()) == 1
    assert not (dead_desk.folder / "data").exists()


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("sources:\n  - url: 'http://news.invalid/feed.xml\n", "sources.yaml:", "quot"),
        ("sources:\n  - url: http://news.invalid/feed.xml\n    intervall: 5m\n", "sources.yaml:3:5:", "interval"),
    ],
    ids=["broken YAML", "unknown key"],
)
def test_a_mistake_in_the_configuration_is_told_with_its_place(
    text: str, place: str, word: str, dead_desk: Any
) -> None:
    """Exit code 2, one line; nothing is made on the disk."""
    (dead_desk.config / "sources.yaml").write_text(text, "utf-8")

    done = dead_desk.run(*ONCE)

    (line,) = complaints(done)
    assert done.returncode == 2
    assert line.startswith(place)
    assert word in line
    assert not (dead_desk.folder / "data").exists()


# ── sources ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_dead_sources_are_no_failure_of_the_run(dead_desk: Any) -> None:
    """Each has its own word in the report."""
    done = dead_desk.run(*ONCE)

    assert (done.returncode, complaints(done)) == (0, [])
    facts = report(done)
    assert {name: source["result"] for name, source in facts["sources"].items()} == {
        "closed": "error",
        "nowhere": "dns",
    }
    assert {name: facts[name] for name in NOTHING} == NOTHING


# ── model ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_model_that_cannot_be_used_is_refused_and_a_good_one_taken_up(dead_desk: Any) -> None:
    """Missing, empty pointer, one byte altered: one line and exit code 1, the report all the same; put right, it runs."""
    shutil.copytree(shipped("models"), dead_desk.folder / "models")
    pointer = dead_desk.folder / "models/current"
    right = pointer.read_text("utf-8")
    weights = dead_desk.folder / "models" / right.strip() / "model.npz"
    intact = weights.read_bytes()

    refused = {}
    for case, version, content in (
        ("missing", "shipped-99", intact),
        ("empty", "", intact),
        ("altered", right, intact[:5000] + bytes([intact[5000] ^ 1]) + intact[5001:]),
    ):
        pointer.write_text(version, "utf-8")
        weights.write_bytes(content)
        refused[case] = dead_desk.run(*ONCE)
    weights.write_bytes(intact)
    mended = dead_desk.run(*ONCE)

    for case, words in (
        ("missing", "no model 'shipped-99'"),
        ("empty", "current"),
        ("altered", "does not match its digest"),
    ):
        (line,) = complaints(refused[case])
        assert words in line
        assert "monitor models list" in line
        assert refused[case].returncode == 1
        assert report(refused[case])["sources"].keys() == {"closed", "nowhere"}
    assert (mended.returncode, complaints(mended)) == (0, [])


# ── database ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda path: path.mkdir(parents=True), "cannot be opened"),
        (lambda path: path.parent.write_text("a file where a folder should be"), "cannot be made"),
        (lambda path: (path.parent.mkdir(), path.write_text("no database " * 100)), "not an SQLite file"),
    ],
    ids=["a folder", "no folder possible", "another file"],
)
def test_what_is_no_database_is_refused(make: Callable[[Path], object], word: str, dead_desk: Any) -> None:
    """One line that says what to correct, exit code 1; the file stays as it was."""
    path = dead_desk.folder / "data/monitor.db"
    make(path)

    done = dead_desk.run(*ONCE)

    (line,) = complaints(done)
    assert word in line
    assert done.returncode == 1
    assert {name: report(done)[name] for name in NOTHING} == NOTHING


def test_a_database_of_a_newer_program_is_left_alone(dead_desk: Any) -> None:
    """It is refused with the advice to update; with its own version back the next run goes on."""
    dead_desk.run("db", "upgrade")
    path = dead_desk.folder / "data/monitor.db"

    def stamp(version: str) -> str:
        with closing(sqlite3.connect(path)) as connection, connection:
            (before,) = connection.execute("select version_num from alembic_version").fetchone()
            connection.execute("update alembic_version set version_num = ?", (version,))
        return str(before)

    ours = stamp("9999_from_the_future")
    refused = dead_desk.run(*ONCE)
    stamp(ours)
    again = dead_desk.run(*ONCE)

    (line,) = complaints(refused)
    assert "newer version" in line
    assert "update the program" in line
    assert refused.returncode == 1
    assert report(refused)["sources"].keys() == {"closed", "nowhere"}
    assert again.returncode == 0


def test_a_read_only_disk_ends_the_run_and_the_next_one_goes_on(dead_desk: Any, small_disk: Path) -> None:
    """Nothing can be written, not even by root."""
    set_up(dead_desk, database=f"sqlite:///{small_disk}/monitor.db")
    dead_desk.run("db", "upgrade")

    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    refused = dead_desk.run(*ONCE)
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    again = dead_desk.run(*ONCE)

    (line,) = complaints(refused)
    assert "writable" in line
    assert refused.returncode == 1
    assert report(refused)["sources"].keys() == {"closed", "nowhere"}
    assert again.returncode == 0


@pytest.mark.timeout(180)
def test_a_database_that_stays_locked_ends_the_run_and_the_next_one_delivers(
    news_desk: Callable[..., Any], fake_slack: Any
) -> None:
    """After some 20 seconds of patience: one line, exit code 1, the report; what was lost is a run, no article."""
    place = news_desk()
    assert place.run("db", "upgrade").returncode == 0

    with closing(sqlite3.connect(place.folder / "data/monitor.db", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        begun = time.monotonic()
        refused = place.run(*ONCE, SLACK_BOT_TOKEN=TOKEN)
        seconds = time.monotonic() - begun
    after = place.once(SLACK_BOT_TOKEN=TOKEN)

    (line,) = complaints(refused)
    assert "is locked by another process" in line
    assert refused.returncode == 1
    assert {name: report(refused)[name] for name in NOTHING} == NOTHING
    assert 15 < seconds < 40
    assert after["delivered"] == told_once_each(fake_slack) > 0


def test_a_disk_that_is_full_for_a_moment_holds_the_run_up_and_loses_nothing(
    news_desk: Callable[..., Any], fake_slack: Any, small_disk: Path
) -> None:
    """What was fetched is kept in hand until there is space again; then it is stored and told."""
    place = news_desk(database=f"sqlite:///{small_disk}/monitor.db")
    assert place.run("db", "upgrade").returncode == 0
    filler = fill(small_disk)

    with started(place, *ONCE) as process:
        assert "disk is full" in process.stderr.readline()
        filler.unlink()
        done = ended(process)

    assert (done.returncode, complaints(done)) == (0, [])
    assert report(done)["delivered"] == report(done)["alerts"] == told_once_each(fake_slack) > 0


@pytest.mark.chaos
def test_a_disk_that_stays_full_ends_the_run_and_the_next_one_delivers(
    news_desk: Callable[..., Any], fake_slack: Any, small_disk: Path
) -> None:
    """One line, exit code 1; no half-written database is left."""
    place = news_desk(database=f"sqlite:///{small_disk}/monitor.db")
    filler = fill(small_disk)

    refused = place.run(*ONCE, SLACK_BOT_TOKEN=TOKEN)
    filler.unlink()
    after = place.once(SLACK_BOT_TOKEN=TOKEN)

    (line,) = complaints(refused)
    assert "disk is full" in line
    assert refused.returncode == 1
    assert after["delivered"] == told_once_each(fake_slack) > 0


# ── Slack ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_unknown_channel_keeps_its_messages_and_holds_up_no_other(
    news_desk: Callable[..., Any], fake_slack: Any
) -> None:
    """The line names the channel; once there is one, it gets all that waited, and the other nothing again."""
    place = news_desk()
    fake_slack.control("channel", {"id": "C0TEST0", "name": "renamed"})

    without = place.run(*ONCE, SLACK_BOT_TOKEN=TOKEN)
    fake_slack.control("channel", {"id": "C0TEST0", "name": "drug-policy"})
    before = fake_slack.posted()
    after = place.once(SLACK_BOT_TOKEN=TOKEN)

    (line,) = complaints(without)
    assert line.startswith("#drug-policy: channel_not_found")
    assert "topics.yaml" in line
    assert without.returncode == 1
    facts = report(without)
    assert facts["delivered"] == len(before) > 0
    assert {row["channel"] for row in before} == {"C0TEST1"}
    assert facts["failed"] == facts["alerts"] - facts["delivered"] == after["delivered"] > 0
    assert told_once_each(fake_slack) == facts["alerts"]


def test_a_token_revoked_between_runs_costs_no_message(
    news_desk: Callable[..., Any], fake_slack: Any, newsroom: Newsroom
) -> None:
    """What came while it was revoked is told by the first run with a good one."""
    place = news_desk()
    first = place.once(SLACK_BOT_TOKEN=TOKEN)
    newsroom.publish_update()

    fake_slack.control("token", {"token": TOKEN})
    revoked = place.run(*ONCE, SLACK_BOT_TOKEN=TOKEN)
    fake_slack.control("token", {"token": TOKEN, "revoked": False})
    last = place.once(SLACK_BOT_TOKEN=TOKEN)

    lines = complaints(revoked)
    assert all("token_revoked" in line and "SLACK_BOT_TOKEN" in line for line in lines)
    assert 1 <= len(lines) <= 2, "one per channel at most"
    assert revoked.returncode == 1
    facts = report(revoked)
    assert facts["delivered"] == 0
    assert facts["failed"] == facts["alerts"] == last["delivered"] > 0
    assert told_once_each(fake_slack) == first["delivered"] + last["delivered"]


def test_an_outage_of_slack_during_a_run_is_sat_out(news_desk: Callable[..., Any], fake_slack: Any) -> None:
    """Connections are refused for some seconds; the same run delivers, once each."""
    place = news_desk()

    with started(place, *ONCE) as process:
        wait_for(place, "select count(*) from deliveries")
        fake_slack.control("outage", {"seconds": 1.5})
        done = ended(process)

    assert (done.returncode, complaints(done)) == (0, [])
    assert report(done)["delivered"] == report(done)["alerts"] == told_once_each(fake_slack) > 0


@pytest.mark.chaos
@pytest.mark.timeout(400)
def test_slack_that_stays_down_ends_the_run_and_the_next_one_delivers(
    news_desk: Callable[..., Any], fake_slack: Any
) -> None:
    """The run tries for two minutes, then says so with exit code 1."""
    place = news_desk(slack={"base_url": "http://127.0.0.1:9/api/"})

    with started(place, *ONCE) as process:
        refused = ended(process, seconds=300)
    set_up(place, slack={"base_url": fake_slack.base_url})
    time.sleep(1)
    after = place.once(SLACK_BOT_TOKEN=TOKEN)

    assert refused.returncode == 1
    assert all("Slack cannot be reached" in line for line in complaints(refused))
    assert (
        report(refused)["failed"] == report(refused)["alerts"] == after["delivered"] == told_once_each(fake_slack) > 0
    )


# ── signals ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_sigterm_while_a_server_is_silent_ends_the_run_soon_and_the_next_one_delivers(
    news_desk: Callable[..., Any], fake_slack: Any
) -> None:
    """The silent request is left behind after a few seconds; the report tells what was done until then."""
    with deaf_server() as url:
        place = news_desk(("deaf", url))
        with started(place, *ONCE) as process:
            wait_for(place, "select count(*) from entries")
            process.send_signal(signal.SIGTERM)
            begun = time.monotonic()
            stopped = ended(process)
            seconds = time.monotonic() - begun
    after = place.once(SLACK_BOT_TOKEN=TOKEN)

    assert (stopped.returncode, complaints(stopped)) == (0, [])
    assert seconds < 9
    assert report(stopped)["sources"]["gazette"]["result"] == "not-a-feed"
    assert report(stopped)["sources"]["deaf"]["result"] == "not-due"
    assert after["sources"]["deaf"]["result"] == "error"
    assert after["delivered"] == told_once_each(fake_slack) > 0


def test_sigint_while_slack_is_down_ends_the_run_soon_and_the_next_one_delivers(
    news_desk: Callable[..., Any], fake_slack: Any
) -> None:
    """Messages that could not be sent until then are counted in the report and wait; none is lost."""
    place = news_desk(slack={"base_url": "http://127.0.0.1:9/api/"})

    with started(place, *ONCE) as process:
        wait_for(place, "select count(*) from deliveries where error <> ''")
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        stopped = ended(process)
        seconds = time.monotonic() - begun
    set_up(place, slack={"base_url": fake_slack.base_url})
    after = place.once(SLACK_BOT_TOKEN=TOKEN)

    assert (stopped.returncode, complaints(stopped)) == (0, [])
    assert seconds < 9
    facts = report(stopped)
    assert facts["failed"] == facts["alerts"] == after["delivered"] == told_once_each(fake_slack) > 0


def test_the_service_outlives_a_bad_model_pointer_and_ends_soon_on_sigint_though_a_server_is_silent(
    news_desk: Callable[..., Any], fake_slack: Any
) -> None:
    """The model in use stays, told once. Exit code 0 within the ten seconds of `docker stop`; the next run does the rest."""
    with deaf_server() as url:
        place = news_desk(("deaf", url))
        pointer = place.folder / "models/current"
        pointer.parent.mkdir()
        with started(place, "run") as process:
            wait_for(place, "select count(*) from deliveries where state = 'sent'")
            pointer.write_text("shipped-99")
            time.sleep(2.5)
            assert process.poll() is None
            process.send_signal(signal.SIGINT)
            begun = time.monotonic()
            stopped = ended(process)
            seconds = time.monotonic() - begun
        pointer.unlink()
    after = place.once(SLACK_BOT_TOKEN=TOKEN)

    assert (stopped.returncode, complaints(stopped)) == (0, [])
    assert stopped.stderr.count("no model 'shipped-99'") == 1
    assert seconds < 9
    assert (after["failed"], after["unknown"]) == (0, 0)
    assert told_once_each(fake_slack) > 0


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc that tells which signals are caught")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_run_is_being_put_together_ends_it_in_order(number: signal.Signals, dead_desk: Any) -> None:
    """It begins nothing and reports that."""
    with started(dead_desk, *ONCE) as process:
        while not _catches_sigterm(process.pid):
            time.sleep(0.005)
        process.send_signal(number)
        stopped = ended(process)

    assert (stopped.returncode, complaints(stopped)) == (0, [])
    assert {source["result"] for source in report(stopped)["sources"].values()} == {"not-due"}


def _catches_sigterm(pid: int) -> bool:
    """Tell whether the process has set up its handlers, of which that for SIGTERM comes last."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    assert "zombie" not in status
    caught = int(next(line for line in status.splitlines() if line.startswith("SigCgt")).split()[1], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


# ── two at once ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_two_runs_at_the_same_moment_on_a_new_database_tell_every_story_once(
    news_desk: Callable[..., Any], fake_slack: Any
) -> None:
    """They share the work: every entry is stored once and every story told once, whoever did it."""
    place = news_desk()

    with started(place, *ONCE) as one, started(place, *ONCE) as other:
        both = [ended(one), ended(other)]

    assert [(done.returncode, complaints(done)) for done in both] == [(0, [])] * 2
    facts = [report(done) for done in both]
    with closing(sqlite3.connect(place.folder / "data/monitor.db")) as connection:
        stored = Counter(connection.execute("select source_id, link from entries").fetchall())
    assert set(stored.values()) == {1}
    assert sum(each["articles"] for each in facts) == len(stored)
    assert sum(each["alerts"] for each in facts) == told_once_each(fake_slack) > 0
    assert sum(each["delivered"] for each in facts) == told_once_each(fake_slack)


# ── output ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", [("models", "show"), ("sources", "list"), ("--version",), ("--help",)])
def test_an_output_on_a_full_disk_is_told_in_a_line(command: tuple[str, ...], unbuffered: str, dead_desk: Any) -> None:
    """`monitor … > file` where nothing more fits; also where, with a buffer, it is found out only when all was said."""
    with Path("/dev/full").open("wb", buffering=0) as full:
        done = subprocess.run(
            dead_desk.command(*command),
            env=dead_desk.environ(PYTHONUNBUFFERED=unbuffered),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.splitlines() == ["the output cannot be written: No space left on device"]


def test_an_output_that_was_closed_beforehand_is_as_good_as_thrown_away(dead_desk: Any) -> None:
    """Some that start services hand them no streams at all."""
    shell = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh"]

    usable = subprocess.run([*shell, *dead_desk.command("models", "show")], env=dead_desk.environ(), check=False)
    wrong = subprocess.run([*shell, *dead_desk.command("nonsense")], env=dead_desk.environ(), check=False)

    assert (usable.returncode, wrong.returncode) == (0, 2)
