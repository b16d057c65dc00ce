"""The audit's page over real HTTP: what is known, that answers change it, what is asked first, and that looking changes nothing."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from monitor.bootstrap import Front
from monitor.jobs.people import labelling
from monitor.types import Label, Via

from .conftest import HOSTILE, NOON, TOKEN, Browser, Newsroom

ASKED = re.compile(r'name="entry" value="(\d+)"><input type="hidden" name="topic" value="(\w+)"')
RECALL = re.compile(r"Recall (\d+) % \((\d+)–(\d+) %\)")
TOPICS = ("drug_policy", "bilateral_security")
SIZE = 16  # articles drawn per topic
LAST_WEEK = NOON - timedelta(days=4)  # a Thursday; today is the Monday after
ARTICLES = range(4, 84)  # the numbers that the store will give them: it holds three already


def chance_of(entry_id: int) -> float:
    """Give what the model says of an article: one in eight is likely, one in eight in doubt, the others are hardly on topic."""
    return {0: 0.9, 1: 0.2}.get(entry_id % 8, 0.0005)


@pytest.fixture
def newsroom(front: Front, room: Newsroom) -> Newsroom:
    """Give a store with eighty articles judged last week, each with the hostile headline and its number."""
    new = (room.new(number, title=f"{HOSTILE} no. {number}") for number in ARTICLES)
    judged = [
        room.judged(
            one,
            verdicts=tuple(
                room.verdict(topic, probability=chance_of(one.entry.id), flagged=chance_of(one.entry.id) > 0.5)
                for topic in TOPICS
            ),
        )
        for one in room.articles(*new)
    ]
    front.store.save_judgements(room.worker, judged, now=LAST_WEEK)
    return room


@pytest.fixture
def drawn(front: Front, newsroom: Newsroom) -> Newsroom:
    """Give it with last week's sample drawn."""
    labelling.draw_week(front.store, front.settings.topics, SIZE, NOON)
    return newsroom


def asked(page: str, topic: str = "drug_policy") -> list[int]:
    """Give the articles a page asks about, in order."""
    return [int(entry) for entry, name in ASKED.findall(page) if name == topic]


def recall(page: str) -> tuple[int, ...]:
    """Give the only recall that a page knows, and its interval, in per cent."""
    [found] = RECALL.findall(page)
    return tuple(map(int, found))


def in_stratum(front: Front, name: str) -> list[int]:
    """Give what was drawn for drug policy from a stratum."""
    return [one.entry_id for one in front.store.draws() if (one.topic, one.stratum) == ("drug_policy", name)]


def answer(front: Front, *ids: int, value: bool | None = False) -> None:
    """Have Bo answer elsewhere."""
    front.store.save_labels(
        [Label(entry_id=id_, topic="drug_policy", value=value, who="bo", at=NOON, via=Via.SLACK) for id_ in ids]
    )


def test_a_look_draws_nothing_and_a_button_does(front: Front, newsroom: Newsroom, page: Browser) -> None:
    """What is missing is said; once it is drawn there is something to answer, and nothing is known yet."""
    status, before, _ = page.get("/audit")
    untouched = front.store.draws()
    _, after, _ = page.send("/audit/draw", back="/audit")

    assert status == 200
    assert "Draw last week&#39;s sample" in before or "Draw last week's sample" in before
    assert "2026-W09 is not drawn yet" in before
    assert before.count("Nothing is drawn yet") == len(TOPICS)
    assert untouched == []
    assert {one.week for one in front.store.draws()} == {"2026-W09"}
    assert "The sample of 2026-W09 is drawn" in after
    assert "Draw last week" not in after
    assert after.count("Recall not known yet") == after.count("Precision not known yet") == len(TOPICS)
    assert "<svg" not in after
    assert len(asked(after)) == 10


def test_where_nothing_was_judged_nothing_can_be_drawn(front: Front, page: Browser) -> None:
    """The button says so, however often it is pressed."""
    for _ in range(2):
        assert "Nothing was judged in 2026-W09" in page.send("/audit/draw", back="/audit")[1]
    assert front.store.draws() == []


def test_an_answer_is_about_one_topic_and_moves_what_is_known(front: Front, drawn: Newsroom, page: Browser) -> None:
    """The label names place and model; the article is asked about no more; the next one stands where it stood."""
    first = asked(page.get("/audit")[1])[0]

    _, after, response = page.send(
        "/audit/answer", entry=str(first), topic="drug_policy", value="no", back="/audit?since=2026-W09#ask-1-1"
    )

    [label] = front.store.labels([first])
    assert (label.topic, label.value, label.via, label.model) == ("drug_policy", False, Via.WEB, "m1")
    assert response.url.endswith("/audit?since=2026-W09#ask-1-1")
    assert 'id="ask-1-1"' in after
    assert "Stored: no to Drug policy." in after
    assert first not in asked(after)
    assert "1 of " in after
    assert len(RECALL.findall(after)) == 1  # the other topic is as unknown as before
    assert "Recall not known yet" in after


def test_a_miss_lowers_recall_and_is_named(front: Front, drawn: Newsroom, page: Browser) -> None:
    """A yes where nothing was flagged; the figure shows the interval that the words say, which further answers narrow."""
    [first, *others] = in_stratum(front, "from 0.1")
    answer(front, *in_stratum(front, "flagged"), value=True)
    before = recall(page.get("/audit")[1])
    answer(front, first, value=True)
    missed = recall(page.get("/audit")[1])
    answer(front, *others, value=False)

    _, shown, _ = page.get("/audit")

    middle, low, high = recall(shown)
    x, span = re.findall(r'<rect x="([\d.]+)" y="2" width="([\d.]+)"', shown)[0]
    assert missed[0] < before[0] < middle
    assert high - low < missed[2] - missed[1]
    assert abs(float(x) - low) <= 0.6
    assert abs(float(x) + float(span) - high) <= 0.6
    assert "Missed: 1 found" in shown
    assert shown.count(f'href="/articles/{first}"') == shown.count(f'value="{first}"><input') + 1


def test_what_would_narrow_recall_most_is_asked_first(front: Front, drawn: Newsroom, page: Browser) -> None:
    """What is in doubt; where that is answered, what else there is."""
    doubtful = in_stratum(front, "from 0.1")
    fresh = asked(page.get("/audit")[1])
    answer(front, *doubtful, value=True)

    later = asked(page.get("/audit")[1])

    assert set(fresh[:3]) < set(doubtful)
    assert sorted(later) == sorted([*in_stratum(front, "flagged"), *in_stratum(front, "below 0.001")])


def test_the_page_says_what_the_first_answers_are_worth(front: Front, drawn: Newsroom, page: Browser) -> None:
    """Fewer points than there are; nothing where nothing is known, or all is answered."""
    said = re.compile(r"on average be ([\d.]+) points wide instead of ([\d.]+)\.")
    fresh = page.get("/audit")[1]
    answer(front, asked(fresh)[0])
    [[after, now]] = said.findall(page.get("/audit")[1])
    answer(front, *(one.entry_id for one in front.store.draws() if one.topic == "drug_policy"))

    everything = page.get("/audit")[1]

    assert not said.findall(fresh)
    assert 0 < float(after) < float(now) <= 100
    assert not said.findall(everything)
    assert "All that was drawn is answered." in everything


def test_an_answer_is_taken_back_alone(front: Front, drawn: Newsroom, page: Browser) -> None:
    """What the same person said of another topic stays."""
    first = str(asked(page.get("/audit")[1])[0])
    page.send("/audit/answer", entry=first, topic="bilateral_security", value="unsure")
    _, shown, _ = page.send("/audit/answer", entry=first, topic="drug_policy", value="yes")
    [undo] = re.findall(r'action="(/audit/take-back[^"]*)"', shown)[-1:]

    _, after, _ = page.send(undo.replace("&amp;", "&"), back="/audit")

    assert [(one.topic, one.value) for one in front.store.labels([int(first)])] == [("bilateral_security", None)]
    assert "Your answer is taken back." in after
    assert int(first) in asked(after)
    assert ", 1 unsure" in after


def test_weeks_can_be_chosen(front: Front, drawn: Newsroom, page: Browser) -> None:
    """The last four and twelve are offered; what is no week is passed over."""
    everything = page.get("/audit")[1]
    later = page.get("/audit?since=2026-W10")[1]

    assert 'href="/audit?since=2026-W06"' in everything
    assert 'href="/audit?since=2025-W50"' in everything
    assert "in 1 week (2026-W09)" in everything
    assert later.count("Nothing is drawn in these weeks.") == len(TOPICS)
    assert "in 1 week (2026-W09)" in page.get("/audit?since=2026-W06")[1]
    assert "in 1 week (2026-W09)" in page.get("/audit?since=%22%3E%3Czebra%3E")[1]


def test_the_table_counts_what_was_drawn(front: Front, drawn: Newsroom, page: Browser) -> None:
    """Per week and stratum, the likeliest first: how many there were, were drawn, answered and on topic."""
    flagged = [one for one in front.store.draws() if one.topic == "drug_policy" and one.stratum == "flagged"]
    answer(front, flagged[0].entry_id, value=True)
    answer(front, flagged[1].entry_id, value=False)

    rows = re.findall(r"<tr><td.*?</tr>", page.get("/audit")[1])
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows]

    assert cells[0] == ["2026-W09", "flagged", "10", str(len(flagged)), "2", "1"]
    assert [row[1] for row in cells[:3]] == ["flagged", "not flagged, from 10 %", "not flagged, below 0.1 %"]
    assert sum(int(row[2]) for row in cells) == len(TOPICS) * len(ARTICLES)


def test_headlines_stay_words(front: Front, drawn: Newsroom, page: Browser) -> None:
    """Of what is asked about and of what was missed."""
    answer(front, *(one.entry_id for one in front.store.draws() if one.stratum == "from 0.1"), value=True)

    _, shown, _ = page.get("/audit")

    assert "Missed: " in shown
    assert shown.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 20
    assert shown.count("<script") == 1  # ours
    assert "<img" not in shown
    assert "{{ 7*7 }}" in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize("path", ["/audit/answer", "/audit/draw", "/audit/take-back?entry=5&topic=drug_policy"])
def test_a_form_of_somebody_else_changes_nothing(front: Front, newsroom: Newsroom, page: Browser, path: str) -> None:
    """Without our token, or with a wrong one."""
    answer(front, 5)
    fields = {"entry": "6", "topic": "drug_policy", "value": "yes"}

    statuses = [page.get(path, form)[0] for form in (fields, {**fields, "form_token": "forged"})]

    assert statuses == [403, 403]
    assert [one.entry_id for one in front.store.labels()] == [5]
    assert front.store.draws() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"entry": "9999", "topic": "drug_policy", "value": "yes"},
        {"entry": "x", "topic": "drug_policy", "value": "yes"},
        {"entry": "5", "topic": "zebra", "value": "yes"},
        {"entry": "5", "topic": "drug_policy", "value": "perhaps"},
        {"entry": "5"},
    ],
)
def test_nonsense_is_no_answer(front: Front, newsroom: Newsroom, page: Browser, fields: dict[str, str]) -> None:
    """It is said, and nothing is stored."""
    assert page.send("/audit/answer", **fields)[0] == 400
    assert front.store.labels() == []


def test_the_page_is_for_those_who_may_come_in(drawn: Newsroom, open_page: Callable[[str], str]) -> None:
    """With tokens the door stands before it."""
    assert "Your token" in Browser(open_page(f"ana:{TOKEN}")).get("/audit")[1]
