"""The page of the model over real HTTP: what each version can do, which is in use, how another takes its place, how it learns."""

import json
import re
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.waiting import eventually

from monitor.adapters.model_files import ModelFiles
from monitor.adapters.store import SqlStore
from monitor.bootstrap import Front
from monitor.config import shipped
from monitor.types import Imported, Opinion

from .conftest import NOON, TOKEN, Browser

OURS = "20260301-1"
LONGEST = 100  #: seconds that a training may take on a busy machine
TOPICS = ("drug_policy", "bilateral_security")


@pytest.fixture
def files(front: Front) -> ModelFiles:
    """Give the model versions: those shipped, and one of our own with a stricter threshold, learned the day before."""
    files = front.models
    model, card = files.load("shipped-2"), dict(files.card("shipped-2"))
    heads = {name: replace(head, threshold=0.5) for name, head in model.heads.items()}
    figures = {"average_precision": 0.9, "f1": 0.8, "precision": 0.7, "recall": 0.6, "calibration_error": 0.05}
    files.save(
        replace(model, version=OURS, heads=heads, vocabulary=(*model.vocabulary[:-1], "brandnewword")),
        {
            **card,
            "version": OURS,
            "refines": "shipped-2",
            "trained_at": "2026-03-01T12:00:00+00:00",
            "labels": {"undisputed": 616, "articles": 308, "people": 2, "disputed": 3, "unsure": 4},
            "learned_here": [*TOPICS],
            "forced": ["<b>nothing</b> was better"],
            "comparison": [
                {"topic": "drug_policy", "items": 99, "positives": 44, "current": figures, "candidate": figures}
            ],
            "learning_curve": [{"labels": count, "average_precision": {"drug_policy": 0.9}} for count in (0, 100)],
        },
    )
    return files


def hidden(shown: str, name: str) -> str:
    """Give the value of a hidden field of a page's last form."""
    return shown.rsplit(f'name="{name}" value="', 1)[1].partition('"')[0]


def test_the_model_in_use_is_shown_with_all_that_it_can_do(page: Browser) -> None:
    """Figures with intervals, the threshold in force and the rule behind it, words for and against; it has never been changed."""
    status, shown, _ = page.get("/model")

    assert status == 200
    assert "<strong>shipped-2</strong> is in use" in shown
    assert "0.926 [0.903, 0.947]" in shown  # average precision
    assert "0.847 [0.807, 0.880]" in shown  # precision
    assert '<code>auto</code></td><td class="number">0.222' in shown
    assert "Words against it" in shown
    assert "extradition" in shown
    assert "The model in use has never been changed here." in shown
    assert "Roll back" not in shown
    assert "/model/shipped-2/promote" not in shown
    assert "/model/seed-2/promote" in shown
    assert "Nobody has answered anything yet" in shown


def test_its_curves_are_pictures_that_say_what_they_show(page: Browser) -> None:
    """Kept by the browser, since a version never changes; each with words for whoever cannot see it."""
    shown = page.get("/model")[1]
    pictures = re.findall(r'<img class="chart" src="([^"]+)" alt="([^"]+)"', shown)

    status, drawn, answer = page.get(pictures[0][0])

    assert [address.rsplit("/", 1)[1] for address, _ in pictures] == [
        "precision-recall.svg",
        "reliability.svg",
        *(f"scores-{topic}.svg" for topic in TOPICS),
    ]
    assert "precision 0.97 at recall 0.5" in pictures[0][1]
    assert (status, answer.headers["Content-Type"]) == (200, "image/svg+xml")
    assert "immutable" in answer.headers["Cache-Control"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert drawn.rstrip().endswith("</svg>")
    assert "<script" not in drawn
    assert page.get(pictures[0][0])[1] == drawn


@pytest.mark.parametrize(
    "path",
    [
        "/model/zebra",
        "/model/zebra/diff",
        "/model/zebra/promote",
        "/model/..%2f..%2fetc/diff",
        "/model/shipped-2/learning-curve.svg",
        "/model/shipped-2/zebra.svg",
        "/model/zebra/reliability.svg",
        "/model/rollback",
    ],
)
def test_what_is_not_there_is_said(page: Browser, path: str) -> None:
    """Versions, pictures, and a way back where nothing was before."""
    status, shown, _ = page.get(path)

    assert status == 404
    assert 'role="alert"' in shown


def test_a_version_of_our_own_tells_how_it_was_made(page: Browser, files: ModelFiles) -> None:
    """From how many labels of how many people, tested against which, by force and why; its learning curve is a picture more."""
    listed = page.get("/model")[1]
    _, shown, _ = page.get(f"/model/{OURS}")

    assert listed.index(f'href="/model/{OURS}"') < listed.index('href="/model/seed-2"')  # the latest first
    assert "Learned 1 Mar 2026, 12:00 (1 day ago)" in shown
    assert "616 undisputed about 308 articles, by 2 people; 3 disputed, 4 unsure" in shown
    assert "by force although: &lt;b&gt;nothing&lt;/b&gt; was better" in shown
    assert "44 of 99" in shown
    assert "Thresholds as they would be" in shown
    assert '<code>auto</code></td><td class="number">0.500' in shown
    assert "learning-curve.svg" in shown
    assert page.get(f"/model/{OURS}/learning-curve.svg")[0] == 200


def test_what_was_answered_since_the_model_was_learned_is_counted(
    page: Browser, front: Front, files: ModelFiles
) -> None:
    """Who thinks of learning anew wants to know how much there is to learn."""
    assert isinstance(front.store, SqlStore)
    front.store.import_labels(labelled(every=200), NOON)
    shipped_one = page.get("/model")[1]
    files.promote(OURS, "trained", NOON)

    shown = page.get("/model")[1]

    assert f"16 answers about 8 articles are stored: 16 settled, 0 disputed; 16 came after {OURS} was learned" in shown
    assert "came after" not in shipped_one


def test_what_sets_a_version_apart_is_shown(page: Browser, files: ModelFiles) -> None:
    """Thresholds beside each other, words gained and lost; the one in use is set apart from itself by nothing."""
    _, shown, _ = page.get(f"/model/{OURS}/diff")
    _, same, _ = page.get("/model/shipped-2/diff")

    assert (
        '<th scope="row">threshold (topics.yaml)</th><td class="number">0.222</td><td class="number">0.500</td>'
        in shown
    )
    assert "1 gained: brandnewword" in shown
    assert "0 gained" in same
    assert "/promote" not in same


def test_another_version_is_put_in_use_after_a_look_and_back_again(page: Browser, files: ModelFiles) -> None:
    """Looking changes nothing; the change stands in the history, and one key takes it back, which is a rollback."""
    asked = page.get(f"/model/{OURS}/promote")[1]
    untouched = files.current()
    _, done, _ = page.send(f"/model/{OURS}/promote", version=OURS, current=hidden(asked, "current"))
    changed = files.current()
    undo = re.search(r'action="(/model/rollback\?[^"]+)"', done)
    assert undo
    _, back, _ = page.send(undo[1].replace("&amp;", "&"))

    assert f"Use {OURS} instead of shipped-2?" in asked
    assert (untouched, hidden(asked, "current"), changed) == ("shipped-2", "shipped-2", OURS)
    assert f"{OURS} is in use, instead of shipped-2. A running service takes it up by itself." in done
    assert "Roll back to shipped-2" in done
    assert f"<td>{OURS}</td><td>shipped-2</td><td>promoted</td>" in done
    assert files.current() == "shipped-2"
    assert f"<td>shipped-2</td><td>{OURS}</td><td>rollback</td>" in back
    assert [one.how for one in files.history()] == ["promoted", "rollback"]


def test_a_rollback_is_asked_about_first(page: Browser, files: ModelFiles) -> None:
    """It names where it leads, and what is in use."""
    files.promote("seed-2", "promoted", NOON)

    asked = page.get("/model/rollback")[1]
    _, done, _ = page.send("/model/rollback", version=hidden(asked, "version"), current=hidden(asked, "current"))

    assert "Use shipped-2 instead of seed-2?" in asked
    assert "0.911 [0.883, 0.930]" in asked
    assert files.current() == "shipped-2"
    assert "shipped-2 is in use, instead of seed-2" in done
    assert files.previous() is None


def test_a_change_is_refused_where_another_came_first(page: Browser, files: ModelFiles) -> None:
    """Whoever asked saw another model in use than there is; or the way back leads elsewhere; or it is in use already."""
    files.promote("seed-2", "trained", NOON)

    late = page.send(f"/model/{OURS}/promote", version=OURS, current="shipped-2")
    late_back = page.send("/model/rollback", version="shipped-2", current="shipped-2")
    elsewhere = page.send("/model/rollback", version=OURS, current="seed-2")
    same = page.send("/model/seed-2/promote", version="seed-2", current="seed-2")
    blind = page.send(f"/model/{OURS}/promote")

    assert [one[0] for one in (late, late_back, elsewhere, same, blind)] == [400] * 5
    assert "has changed meanwhile: seed-2, not shipped-2" in late[1]
    assert "has changed meanwhile: seed-2, not shipped-2" in late_back[1]
    assert f"would not lead to {OURS} any more" in elsewhere[1]
    assert "seed-2 is in use already" in same[1]
    assert files.current() == "seed-2"


def test_a_form_that_is_not_ours_changes_nothing(page: Browser, front: Front, files: ModelFiles) -> None:
    """Neither the model in use nor anything that runs."""
    forms = {
        f"/model/{OURS}/promote": {"version": OURS, "current": "shipped-2"},
        "/model/rollback": {"version": OURS, "current": "shipped-2"},
        "/model/learn": {"how": "learn"},
    }

    for path, form in forms.items():
        assert page.get(path, {**form, "form_token": "forged"})[0] == 403

    assert files.current() == "shipped-2"
    assert page.get("/work/1")[0] == 404


def test_without_a_token_nothing_of_it_is_seen(open_page: Callable[[str], str]) -> None:
    """Pictures neither."""
    browser = Browser(open_page(f"ana:{TOKEN}"))

    for path in ("/model", "/model/shipped-2/reliability.svg"):
        assert "Sign in" in browser.get(path)[1]


def test_a_damaged_model_is_said_and_another_can_be_put_in_its_place(page: Browser, files: ModelFiles) -> None:
    """Versions and history stay in sight; what is damaged is not offered, and is refused."""
    files.promote(OURS, "trained", NOON)
    page.get("/model")
    arrays = files.folder / OURS / "model.npz"
    arrays.write_bytes(arrays.read_bytes()[:100])

    status, shown, _ = page.get("/model")
    _, card, _ = page.get(f"/model/{OURS}")
    _, asked, _ = page.get("/model/seed-2/promote")
    page.send("/model/seed-2/promote", version="seed-2", current=hidden(asked, "current"))
    refused, said, _ = page.get(f"/model/{OURS}/promote")
    healthy = page.get("/model")[1]

    assert status == 200
    assert f"model {OURS} was altered" in shown
    assert "choose one below" in shown
    assert 'href="/model/seed-2/promote"' in shown
    assert "<td>trained</td>" in shown
    assert f"model {OURS} was altered" in card
    assert "cannot be compared" in asked
    assert files.current() == "seed-2"
    assert (refused, f"model {OURS} was altered" in said) == (400, True)
    assert '<span class="wrong">damaged</span>' in healthy
    assert 'class="wrong" role="alert"' not in healthy


@pytest.mark.parametrize(
    ("pointer", "said"), [("{", "is no name of a model version"), ("gone-1", "there is no model &#39;gone-1&#39;")]
)
def test_a_pointer_that_leads_nowhere_is_said_with_the_way_out(
    page: Browser, files: ModelFiles, pointer: str, said: str
) -> None:
    """The versions are listed all the same."""
    (files.folder / "current").write_text(pointer)

    status, shown, _ = page.get("/model")

    assert status == 200
    assert said in shown
    assert "remove `current`" in shown
    assert f'href="/model/{OURS}"' in shown


def test_a_card_that_tells_nothing_is_no_obstacle(page: Browser, files: ModelFiles) -> None:
    """As of a model that somebody built by hand: it judges, it has no figures."""
    files.save(replace(files.load("seed-2"), version="bare-1"), {"version": "bare-1"})

    assert "Its card holds no figures" in page.get("/model/bare-1")[1]
    assert page.get("/model/bare-1/diff")[0] == 200
    assert "Use bare-1 instead of shipped-2?" in page.get("/model/bare-1/promote")[1]
    assert page.get("/model")[0] == 200


# ── learning ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def labelled(every: int) -> list[Imported]:
    """Give invented articles that travel with the package, with labels for both topics."""
    lines = (shipped("models") / "seed-labels.jsonl").read_text("utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["lang"] == "en"][::every]
    return [
        Imported(
            url=f"https://desk.example/{number}",
            title=row["title"],
            text=row["text"],
            language="en",
            opinions=tuple(Opinion(topic=topic, value=bool(row[topic]), who="ana", at=NOON) for topic in TOPICS),
        )
        for number, row in enumerate(rows)
    ]


def learned(page: Browser, **form: str) -> tuple[str, str, list[dict[str, Any]]]:
    """Press a button of the page; give the page while it learns, the page afterwards, and the events in between."""
    _, running, answer = page.send("/model/learn", **form)
    address, number = answer.url, re.search(r"work=(\d+)", answer.url)
    assert number
    with urllib.request.urlopen(f"{page.base}/work/{number[1]}/events", timeout=LONGEST) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        lines = stream.read().decode().splitlines()
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    return running, page.get(address.removeprefix(page.base).partition("#")[0])[1], events


def test_labels_become_a_model_in_use(page: Browser, front: Front) -> None:
    """By a button: progress as events, the outcome beside the card of the new model, which says who labelled."""
    assert isinstance(front.store, SqlStore)
    front.models.promote("seed-2", "promoted", NOON)
    front.store.import_labels(labelled(every=5), NOON)
    before = page.get("/model")[1]

    running, shown, events = learned(page, how="learn")

    current = front.models.current()
    assert "616 answers about 308 articles" in before
    assert "ana (616)" in before
    assert 'data-events="/work/' in running
    assert [one["ended"] for one in events[-2:]] == [False, True]
    assert events[-1]["doing"] == "testing it against the model in use"
    assert current not in {"seed-2", "shipped-2"}
    assert f"{current} is in use, instead of seed-2." in shown
    assert f"<strong>{current}</strong> is in use" in shown
    assert f'/model/{current}/learning-curve.svg"' in shown
    assert f"<td>{current}</td><td>seed-2</td><td>trained</td>" in shown
    assert "Roll back to seed-2" in shown
    assert "It failed" not in shown


def test_what_is_refused_is_said_with_its_reasons_and_no_failure(page: Browser, front: Front) -> None:
    """Tried with too few labels: nothing is written, and whoever comes later finds the outcome by its number."""
    assert isinstance(front.store, SqlStore)
    front.store.import_labels(labelled(every=100), NOON)

    _, shown, events = learned(page, how="try")
    listed = page.get("/model")[1]

    assert events[-1]["ended"]
    assert "The candidate was refused" in shown
    assert "no topic has enough labels to be learned" in shown
    assert "Nothing was written." in shown
    assert "It would be put in place" not in shown
    assert "It failed" not in shown
    assert front.models.versions() == ["seed-2", "shipped-2"]
    assert "The candidate was refused" not in listed
    assert 'href="/model?work=1#work"' in listed


def test_a_training_that_runs_is_found_again_and_can_be_stopped(page: Browser, front: Front) -> None:
    """Whoever opens the page sees it; pressing again starts no second one."""
    assert isinstance(front.store, SqlStore)
    front.store.import_labels(labelled(every=2), NOON)
    first = page.send("/model/learn", how="try")[2].url

    again = page.send("/model/learn", how="try")[2].url
    shown = page.get("/model")[1]
    page.send("/work/1/stop", back="/model?work=1")
    eventually(lambda: "It failed (exit -15)" in page.get("/model?work=1")[1])

    assert first == again == f"{page.base}/model?work=1#work"
    assert 'data-events="/work/1/events"' in shown
    assert 'data-events="/work/1/events"' not in page.get("/model")[1]


def test_a_topic_on_one_side_only_is_told_as_such(page: Browser, folder: Path, front: Front, files: ModelFiles) -> None:
    """Configured and never learned: it goes by its keywords. Learned and no longer configured: nothing is judged by it."""
    (folder / "topics.yaml").write_text(
        "topics:\n  - {id: harbours, name: Harbours, keywords: {include: [quay]}, threshold: {precision: 0.999}}\n"
    )
    eventually(lambda: [topic.id for topic in front.settings.topics] == ["harbours"])

    shown, beside = page.get("/model")[1], page.get(f"/model/{OURS}/promote")[1]

    assert "Harbours: known by its keywords alone" in shown
    assert "Harbours: no threshold on record is expected to reach a precision of 0.999" in shown
    assert "<code>precision: 0.999</code>" in shown
    assert "drug_policy: not in topics.yaml: nothing is judged by it" in shown
    assert "<caption>Harbours</caption>" in beside
    assert '<th scope="row">F1</th><td class="number">–</td><td class="number">–</td>' in beside
