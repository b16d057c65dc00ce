"""Takes alerts, friendly and hostile, checks the messages written of them."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.notify import Alert, render, render_folded, render_overflow
from monitor.stories import Facts
from monitor.types import Contribution, Message, Reason, Route, Story, StoryArticle, Summary, Topic, Verdict

BERLIN = ZoneInfo("Europe/Berlin")
BREAKERS = [
    *(
        "<!channel>",
        "<!here|here>",
        "<@U0ANNA>",
        "<#C0ALERTS>",
        "<https://evil.example|click>",
        "https://evil.example",
        "@here",
    ),
    *(
        "&",
        "<",
        ">",
        "|",
        "*",
        "_",
        "`",
        "~",
        "&amp;",
        "&lt;!channel&gt;",
        ":siren:",
        "A" * 700,
        "&" * 900,
        "naloxone",
        " ",
    ),
    *(
        "\n",
        "\r",
        "\t",
        "\x00",
        "\x1b[31m",
        "\x9b",
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\ud800",
        "\U000e0041",
    ),
    *("\u115f", "\u17b4", "\u180b", "\u2800", "\u3164", "\uffa0", "\U000e0100", "\ufe0f", "\u0301" * 40),
    *("شرطة", "מדיניות", "\N{WOMAN}\u200d\N{GIRL}", "\U0001f1f9\U0001f1ec"),
]
HOSTILE = st.lists(st.sampled_from(BREAKERS) | st.text(max_size=8), max_size=12).map("".join)
LINKS = (
    st.none()
    | HOSTILE
    | HOSTILE.map(lambda tail: f"https://outlet.example/{tail}")
    | st.sampled_from(
        [
            "javascript:alert(1)",
            "https://[",
            "http://",
            f"https://outlet.example/{'a' * 2_950}",
            "HTTPS://Outlet.example",
        ]
    )
)
MENU = (Topic(id="drug_policy", name="Drug policy"), Topic(id="bilateral_security", name="Security cooperation"))
HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
OWN_LINK = re.compile(r"<https?://[^\s<>|]{1,3000}\|[^<>|]+>")


def texts(value: Any) -> Iterator[str]:
    """Give every text within blocks, those of buttons and menus too."""
    if isinstance(value, Mapping):
        yield from [value["text"]] if isinstance(value.get("text"), str) else []
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from texts(part)


def shown(message: Message) -> str:
    """Give all that stands in the blocks, a line per text."""
    return "\n".join(texts(message.blocks))


def faults(message: Message) -> list[str]:
    """Hold a message against Slack's limits, independently of how it was written."""
    found = [f"{len(message.text)} characters of text"] if not 0 < len(message.text) <= 3_000 else []
    lengths = [len(text) for text in texts(message.blocks)]
    found += [f"text object of {length}" for length in lengths if not 0 < length <= 3_000]
    found += [f"{sum(lengths)} characters in blocks"] if sum(lengths) > 11_500 else []
    found += [f"{len(message.blocks)} blocks"] if not 0 < len(message.blocks) <= 50 else []
    for text in (*texts(message.blocks), message.text):
        bare = OWN_LINK.sub("", text)
        found += [f"raw mark-up in {bare[:80]!r}"] if "<" in bare or ">" in bare else []
        found += [f"bare ampersand in {bare[:80]!r}"] if re.search(r"&(?!amp;|lt;|gt;)", text) else []
        found += [f"hidden character in {text[:80]!r}"] if HIDDEN.search(text) else []
    written = json.dumps(message.blocks)
    found += (
        ["Slack may make links of plain words"]
        if written.count('"mrkdwn"') != written.count('"verbatim": true')
        else []
    )
    return found


def test_a_message_says_what_where_how_sure_and_why(make_alert: Callable[..., Alert], now: datetime) -> None:
    """Headline linked, outlet, local time, age, probability in words and figures, summary, reasons, facts."""
    message = render(make_alert(), key="k1", now=now, zone=BERLIN)

    assert message.text.startswith("Naloxone to be sold in every pharmacy, part 1 — Outlet 1")
    assert shown(message).splitlines() == [
        "*<https://outlet-1.example/news?id=1&amp;from=feed|Naloxone to be sold in every pharmacy, part 1>*",
        "Outlet 1 · 16:05 CET · 3 hours ago",
        "*Drug policy* very likely 94 %",
        "The chamber voted 71 to 22. Sales begin in July.",
        "Why: “overdose*”, drug and policy in one sentence, “naloxone”",
        "Countries: Ghana · Togo — Agencies: UNODC — Substances: tramadol — Dates: 12 March",
    ]


def test_the_same_text_in_another_paper_is_marked(make_alert: Callable[..., Alert], now: datetime) -> None:
    """It is no independent confirmation; a text of the outlet's own bears no mark."""
    lines = shown(render(make_alert(3, copies={2}), key="k1", now=now, zone=BERLIN)).splitlines()

    assert [line.endswith("(wire copy)") for line in lines if line.startswith("• ")] == [True, False]


def test_a_message_whose_articles_are_told_elsewhere_says_where(
    make_alert: Callable[..., Alert], now: datetime
) -> None:
    """One line with the headline of the other story, found again by the same key."""
    lead = make_alert().story.articles[0]

    message = render_folded(lead, key="k1", story=7)

    assert faults(message) == []
    assert message.text.startswith("Told with another story: Naloxone")
    assert lead.link.partition("?")[0] in str(message.blocks)
    assert message.metadata["event_payload"] == {"delivery": "k1", "story": 7, "topics": []}


def test_the_metadata_finds_the_message_again(make_alert: Callable[..., Alert], now: datetime) -> None:
    """Delivery key, story and topics, under the event type that was agreed."""
    message = render(make_alert(), key="k1", now=now, zone=BERLIN)

    assert message.metadata == {
        "event_type": "monitor_alert",
        "event_payload": {"delivery": "k1", "story": 1, "topics": ["drug_policy"]},
    }


def test_two_topics_stand_in_one_message_each_with_its_reasons(make_alert: Callable[..., Alert], now: datetime) -> None:
    """An `always` keyword is named first."""
    alert = make_alert()
    sure = replace(
        alert.verdicts[0], topic="security", probability=0.2, reason=Reason.ALWAYS, keyword='"joint patrol*"'
    )
    topics = (*alert.topics, Topic(id="security", name="Security", routes=(Route(channel="#drug-policy"),)))

    text = shown(render(replace(alert, topics=topics, verdicts=(*alert.verdicts, sure)), key="k", now=now, zone=BERLIN))

    assert "*Drug policy* very likely 94 %\n*Security* a chance 20 %" in text
    assert 'Why Security: always “"joint patrol*"”, “overdose*”, drug and policy in one sentence' in text


def test_the_headlines_of_the_other_outlets_stand_in_the_message(
    make_alert: Callable[..., Alert], now: datetime
) -> None:
    """Each with its outlet and its own link."""
    text = shown(render(make_alert(3), key="k", now=now, zone=BERLIN))

    assert "Also in 2 outlets:" in text
    assert (
        "• Outlet 3: <https://outlet-3.example/news?id=3&amp;from=feed|Naloxone to be sold in every pharmacy, part 3>"
        in text
    )


def test_only_other_outlets_are_counted(
    make_alert: Callable[..., Alert], make_article: Callable[..., StoryArticle], now: datetime
) -> None:
    """A second article of the first outlet is listed, and is no further outlet."""
    same, other = make_article(2, outlet="Outlet 1"), make_article(3)

    alone = shown(
        render(make_alert(story=Story(id=1, articles=(make_article(1), same))), key="k", now=now, zone=BERLIN)
    )
    both = shown(
        render(make_alert(story=Story(id=1, articles=(make_article(1), same, other))), key="k", now=now, zone=BERLIN)
    )

    assert "Also:\n• Outlet 1: " in alone
    assert "Also in 1 outlet:\n• Outlet 1: " in both


def test_sixty_outlets_all_find_their_place(make_alert: Callable[..., Alert], now: datetime) -> None:
    """The other outlets get what room Slack leaves, over several sections."""
    message = render(make_alert(60, menu=MENU), key="k", now=now, zone=BERLIN)

    assert "part 60>" in shown(message)
    assert faults(message) == []


def test_where_there_are_too_many_the_rest_is_counted(make_alert: Callable[..., Alert], now: datetime) -> None:
    """Shown and counted together are all."""
    text = shown(render(make_alert(501, menu=MENU), key="k", now=now, zone=BERLIN))

    cut = re.search(r"and (\d+) more", text)

    assert cut is not None
    assert text.count("• Outlet") + int(cut[1]) == 500


def test_a_button_that_would_do_nothing_is_not_shown(make_alert: Callable[..., Alert], now: datetime) -> None:
    """Buttons only where answers work; then each carries the story and the article."""
    silent = render(make_alert(), key="k", now=now, zone=BERLIN)
    answering = render(make_alert(menu=MENU), key="k", now=now, zone=BERLIN)

    assert [block for block in silent.blocks if block["type"] == "actions"] == []
    relevant, not_relevant, menu = answering.blocks[-1]["elements"]
    assert [(each["action_id"], each["value"]) for each in (relevant, not_relevant)] == [
        ("relevant", "relevant:1:1::"),
        ("not_relevant", "not_relevant:1:1::"),
    ]
    assert [[option["value"] for option in group["options"]] for group in menu["option_groups"]] == [
        ["topic:1:1::drug_policy", "topic:1:1::bilateral_security", "all_topics:1:1::"],
        ["why:1:1::", "mute_story:1:1::", "mute_source:1:1::"],
    ]


def test_what_people_answered_stands_in_the_message(make_alert: Callable[..., Alert], now: datetime) -> None:
    """Who said what, that they differ, and who does not want to hear more; whatever they call themselves."""
    alert = make_alert(
        answers=(("anna", "relevant"), ("<!channel>", "not relevant")),
        differ=True,
        muted="Muted by anna: nothing more.",
    )

    text = shown(render(alert, key="k", now=now, zone=BERLIN))

    assert "anna: relevant · &lt;!channel&gt;: not relevant\nAnswers differ" in text
    assert text.endswith("Muted by anna: nothing more.")


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ("word: naloxone", "“naloxone”"),
        ("keyword in title: drug polic*", "“drug polic*”"),
        ("cue in title or lead: drug", "drug in title or lead"),
        ("cues in one sentence: drug × policy", "drug and policy in one sentence"),
        (
            "countries: two in one sentence with security × cooperation",
            "two countries in one sentence with security and cooperation",
        ),
        ("countries: in the text", "countries in the text"),
    ],
)
def test_a_reason_is_told_in_words_that_people_use(
    make_alert: Callable[..., Alert], now: datetime, feature: str, words: str
) -> None:
    """What stands in the article is quoted; what it is about is said."""
    alert = make_alert()
    verdict = replace(alert.verdicts[0], contributions=(Contribution(feature=feature, value=1.0),))

    text = shown(render(replace(alert, verdicts=(verdict,)), key="k", now=now, zone=BERLIN))

    assert f"Why: {words}\n" in text


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (1.0, "almost certain 99 %"),
        (0.895, "very likely 90 %"),
        (0.7, "likely 70 %"),
        (0.5, "possible 50 %"),
        (0.001, "a chance 1 %"),
    ],
)
def test_a_probability_is_never_as_sure_as_all_or_nothing(
    make_alert: Callable[..., Alert], now: datetime, probability: float, words: str
) -> None:
    """The word goes with the figure that is shown."""
    alert = make_alert()

    message = render(
        replace(alert, verdicts=(replace(alert.verdicts[0], probability=probability),)), key="k", now=now, zone=UTC
    )

    assert f"*Drug policy* {words}" in shown(message)


@pytest.mark.parametrize(
    ("hours", "dated", "line"),
    [
        (0.0, True, "Gazette · 19:05 CET · just now"),
        (1.0, True, "Gazette · 18:05 CET · 1 hour ago"),
        (50.0, True, "Gazette · 2 Mar 2026, 17:05 CET · 2 days ago"),
        (0.5, False, "Gazette · undated, seen 18:35 CET · 30 minutes ago"),
        (-2.0, True, "Gazette · 21:05 CET · just now"),
    ],
)
def test_time_is_local_and_an_undated_article_says_so(
    make_alert: Callable[..., Alert],
    make_article: Callable[..., StoryArticle],
    now: datetime,
    hours: float,
    dated: bool,
    line: str,
) -> None:
    """The day is named where it is another; no date is invented."""
    at = now - timedelta(hours=hours)
    article = make_article(outlet="Gazette", published=at if dated else None, seen_at=at)

    message = render(make_alert(story=Story(id=1, articles=(article,))), key="k", now=now, zone=BERLIN)

    assert line in shown(message).splitlines()


@pytest.mark.parametrize(
    ("summary", "line"),
    [
        (Summary(sentences=("One.",), teaser_only=True), "One. (teaser only)"),
        (Summary(sentences=("One.",), outlet="Coast Wire"), "One. (Coast Wire)"),
        (Summary(sentences=("One.",), outlet="Outlet 1"), "One."),
    ],
)
def test_a_summary_says_where_it_is_from(
    make_alert: Callable[..., Alert], now: datetime, summary: Summary, line: str
) -> None:
    """A teaser is called one, and another outlet's words are marked as theirs."""
    assert line in shown(render(make_alert(summary=summary), key="k", now=now, zone=BERLIN)).splitlines()


def test_a_headline_of_300_kilobytes_is_cut(
    make_alert: Callable[..., Alert], make_article: Callable[..., StoryArticle], now: datetime
) -> None:
    """Cut with an ellipsis, and quickly."""
    story = Story(id=1, articles=(make_article(title="Drogenpolitik & " * 20_000),))

    message = render(make_alert(story=story), key="k", now=now, zone=BERLIN)

    assert faults(message) == []
    assert "…>*" in message.blocks[0]["text"]["text"]


def test_the_longest_address_slack_takes_is_linked_and_a_longer_one_is_not(
    make_alert: Callable[..., Alert], make_article: Callable[..., StoryArticle], now: datetime
) -> None:
    """An address that does not fit beside its headline would break the block."""
    fitting, too_long = (f"https://outlet.example/{'a' * length}" for length in (2_900, 3_000))

    blocks = [
        render(make_alert(story=Story(id=1, articles=(make_article(link=link),))), key="k", now=now, zone=BERLIN).blocks
        for link in (fitting, too_long)
    ]

    assert blocks[0][0]["text"]["text"].startswith(f"*<{fitting}|")
    assert blocks[1][0]["text"]["text"] == "*Naloxone to be sold in every pharmacy, part 1*"


@pytest.mark.parametrize("title", ["", " \u200b\u202e ", "\x00"])
def test_a_headline_of_nothing_is_called_so(
    make_alert: Callable[..., Alert], make_article: Callable[..., StoryArticle], now: datetime, title: str
) -> None:
    """Slack refuses a message without text."""
    message = render(
        make_alert(story=Story(id=1, articles=(make_article(title=title),))), key="k", now=now, zone=BERLIN
    )

    assert message.text.startswith("(no headline)")


@st.composite
def hostile_alerts(draw: st.DrawFn) -> Alert:
    """Give an alert of which every word from outside is hostile."""
    seen = datetime(2026, 3, 4, tzinfo=UTC)
    articles = tuple(
        StoryArticle(
            entry_id=number,
            outlet=draw(HOSTILE),
            title=draw(HOSTILE),
            text="",
            link=draw(LINKS),
            published=draw(st.none() | st.just(seen)),
            seen_at=seen,
            topics=("a",),
        )
        for number in range(1, draw(st.integers(2, 9)))
    ) * draw(st.sampled_from([1, 40]))
    topics = tuple(Topic(id=f"t{number}", name=draw(HOSTILE)) for number in range(draw(st.integers(0, 7))))
    verdicts = tuple(
        Verdict(
            topic=topic.id,
            probability=draw(st.floats(0, 1)),
            threshold=0.5,
            flagged=True,
            reason=draw(st.sampled_from(Reason)),
            model="v1",
            contributions=tuple(Contribution(feature=draw(HOSTILE), value=value) for value in (2.0, 1.0)),
            keyword=draw(HOSTILE),
        )
        for topic in topics
    )
    return Alert(
        story=Story(id=1, articles=articles),
        topics=topics,
        verdicts=verdicts,
        summary=Summary(
            sentences=(draw(HOSTILE), draw(HOSTILE)), outlet=draw(HOSTILE), teaser_only=draw(st.booleans())
        ),
        facts=Facts(countries=tuple(draw(st.lists(HOSTILE, max_size=4))), agencies=(draw(HOSTILE),)),
        copies=draw(st.sets(st.integers(1, 9))),
        menu=tuple(
            Topic(id=f"t{number}", name=draw(HOSTILE)) for number in range(draw(st.sampled_from([0, 1, 3, 200])))
        ),
        answers=tuple((draw(HOSTILE), draw(HOSTILE)) for _ in range(draw(st.sampled_from([0, 2, 40])))),
        differ=draw(st.booleans()),
        muted=draw(HOSTILE),
    )


@settings(max_examples=150)
@given(alert=hostile_alerts())
def test_no_input_breaks_a_limit_or_becomes_mark_up(alert: Alert) -> None:
    """For any words from outside, alert and overflow post keep every limit, and only our own links are links."""
    message = render(alert, key="k", now=datetime(2026, 3, 5, tzinfo=UTC), zone=BERLIN)

    assert faults(message) == []
    assert faults(render_overflow([message] * 60, key="o", max_per_hour=30)) == []


def test_the_overflow_post_lists_the_headlines_that_were_held_back(
    make_alert: Callable[..., Alert], now: datetime
) -> None:
    """Linked, oldest first, with their number."""
    held = [
        render(make_alert(story=Story(id=1, articles=(article,))), key="k", now=now, zone=BERLIN)
        for article in make_alert(2).story.articles
    ]

    message = render_overflow(held, key="o1", max_per_hour=30)

    assert message.text == "2 more stories this hour, over the limit of 30 messages"
    assert shown(message).splitlines()[1:] == [
        "• <https://outlet-1.example/news?id=1&amp;from=feed|Naloxone to be sold in every pharmacy, part 1>",
        "• <https://outlet-2.example/news?id=2&amp;from=feed|Naloxone to be sold in every pharmacy, part 2>",
    ]
    assert message.metadata["event_payload"] == {"delivery": "o1"}
