"""What is said on the page, over real HTTP: labels, undo, the queue, split and merge, each only by a form of ours."""

from collections.abc import Callable

import pytest
from tests.contract.conftest import NOON, Newsroom

from monitor.bootstrap import Front
from monitor.types import Label, Via

from .conftest import TOKEN, Browser


def said(front: Front) -> dict[tuple[int, str, str], bool | None]:
    """Give who said what of which article and topic."""
    return {(one.entry_id, one.topic, one.who): one.value for one in front.store.labels()}


def test_an_answer_in_the_inbox_is_a_label_with_a_name(page: Browser, front: Front) -> None:
    """It speaks of the topics that the story was flagged for, says what it was given by, and leads back to the story."""
    status, shown, answer = page.send("/articles/1/answer", action="relevant", back="/?days=7#story-1")

    (label,) = front.store.labels()
    assert (label.entry_id, label.topic, label.value, label.who, label.via) == (1, "drug_policy", True, "root", Via.WEB)
    assert label.model == "m1"
    assert status == 200
    assert "/?days=7" in answer.url
    assert "Stored: yes to Drug policy." in shown
    assert "root: relevant" in shown


def test_an_answer_is_taken_back(page: Browser, front: Front) -> None:
    """By the one who gave it; what others said stays."""
    front.store.save_labels([Label(entry_id=1, topic="drug_policy", value=False, who="ben", at=NOON, via=Via.TERMINAL)])
    page.send("/articles/1/answer", action="relevant")
    page.send("/articles/1/take-back")

    assert said(front) == {(1, "drug_policy", "ben"): False}


@pytest.mark.parametrize("fields", [
    {"action": "zebra"}, {}, {"action": "topic", "topic": "zebra"}, {"action": "mute_source"},
])  # fmt: skip
def test_what_is_no_answer_is_refused(page: Browser, front: Front, fields: dict[str, str]) -> None:
    """With a sentence; nothing is stored."""
    status, shown, _ = page.send("/articles/1/answer", **fields)

    assert status == 400
    assert "This is no answer" in shown
    assert said(front) == {}


@pytest.mark.parametrize(
    "path",
    ["/articles/1/answer", "/articles/1/take-back", "/label", "/label/undo", "/stories/1/split", "/stories/1/merge",
     "/topics/try", "/sign-out", "/work/1/stop"],
)  # fmt: skip
@pytest.mark.parametrize("form", [{}, {"form_token": "forged"}, {"form_token": "\u00e9"}])
def test_no_other_site_can_send_a_form(page: Browser, front: Front, path: str, form: dict[str, str]) -> None:
    """Without the session's own token nothing is done."""
    status, shown, _ = page.get(path, {**form, "action": "relevant", "entry": "1"})

    assert status == 403
    assert "was not made for you" in shown
    assert said(front) == {}


def test_the_queue_asks_one_after_the_other_and_takes_back(page: Browser, front: Front) -> None:
    """An answer is about all topics; the next question comes at once; undo asks the same again and restores what was."""
    first = page.get("/label")[1]
    asked = first.split('name="entry" value="')[1].split('"')[0]
    second = page.send("/label", entry=asked, action="only:drug_policy")[1]

    assert said(front) == {
        (int(asked), "bilateral_security", "root"): False,
        (int(asked), "drug_policy", "root"): True,
    }
    assert "1 answered" in second
    assert f'name="entry" value="{asked}"' not in second

    again = page.send("/label/undo")[1]

    assert said(front) == {}
    assert f'name="entry" value="{asked}"' in again


def test_what_was_skipped_is_not_asked_again(page: Browser, front: Front) -> None:
    """Until nothing is left."""
    seen = []
    while 'name="entry"' in (shown := page.get("/label")[1]):
        entry = shown.split('name="entry" value="')[1].split('"')[0]
        seen.append(entry)
        page.send("/label", entry=entry, action="skip")

    assert len(seen) == len(set(seen)) == 3
    assert "Nothing to ask" in shown
    assert said(front) == {}


def test_a_story_is_split_and_merged(page: Browser, front: Front) -> None:
    """Rulings by name, which later judging obeys; trouble is a sentence."""
    refused = page.send("/stories/1/split")[1]
    whole = page.send("/stories/1/split", entry="1 2")[1]
    page.send("/stories/1/split", entry="2")
    (left, new) = front.store.stories([1, 2])
    page.send("/stories/1/merge", other="2")
    (merged,) = front.store.stories([1, 2])

    assert "Mark the articles" in refused
    assert "not all of them" in whole
    assert [len(left.articles), len(new.articles), len(merged.articles)] == [1, 1, 2]
    assert {ruling.who for ruling in front.store.rulings()} == {"root"}
    assert "Name the other story" in page.send("/stories/1/merge", other="zebra")[1]
    assert page.send("/stories/1/merge", other="99999999999999999")[0] == 400


def test_what_happened_to_a_story_stands_in_order(page: Browser) -> None:
    """Articles and answers, each with its time."""
    page.send("/articles/1/answer", action="unsure")
    _, story, _ = page.get("/stories/1")

    happened = story.split("What happened")[1]
    assert happened.index("Harbour council signs accord") < happened.index("root: unsure to Drug policy")


def test_lists_know_countries_and_what_was_said(page: Browser, front: Front, room: Newsroom) -> None:
    """Narrowed to what nobody answered, to what somebody did, to one day, to a country that an article names."""
    read = room.articles(room.new(9, title="Peru and Chile sign a pact on drug trafficking"))
    verdicts = (room.verdict("drug_policy"),)
    judged = [room.judged(one, story_id=9, verdicts=verdicts) for one in read]
    front.store.save_judgements(room.worker, judged, now=NOON)
    front.store.index(10)
    page.send("/articles/1/answer", action="relevant")

    stories = [
        page.get(f"/?{query}")[1].count('href="/stories/')
        for query in ("said=nothing", "said=something", "said=disputed", "country=Peru", "country=Chad", "day=2026-03-02",
                      "day=2026-03-01", "day=zebra", "day=9999-12-30")
    ]  # fmt: skip

    assert stories == [2, 1, 0, 1, 0, 3, 0, 3, 0]


def test_a_body_without_end_is_refused(page: Browser) -> None:
    """Before anything is made of it."""
    status, _, _ = page.get("/articles/1/answer", {"form_token": "x" * 200_000})

    assert status == 413


def test_programs_sign_in_with_every_request(open_page: Callable[[str], str]) -> None:
    """By Bearer or Basic; a wrong token is counted, none at all is asked for."""
    import base64  # noqa: PLC0415

    base = open_page(f"ana:{TOKEN}")
    basic = base64.b64encode(f"ana:{TOKEN}".encode()).decode()

    def status(authorization: str | None) -> int:
        headers = {"Authorization": authorization} if authorization else {}
        return Browser(base, headers).get("/api/topics")[0]

    assert status(f"Bearer {TOKEN}") == 200
    assert status(f"Basic {basic}") == 200
    assert [status(None) for _ in range(9)] == [401] * 9
    assert [status("Bearer wrong-token-0123456789") for _ in range(6)] == [401] * 5 + [429]
    assert status(None) == 429
    assert (status(f"Bearer {TOKEN}"), status(f"Basic {basic}")) == (200, 200)
