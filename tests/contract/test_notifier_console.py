"""Takes messages, checks how they stand on a terminal and in a file."""

import os
import re
from datetime import UTC, datetime
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest

from monitor.adapters.notifier.console import ConsoleNotifier
from monitor.notify import Alert, render
from monitor.types import DeliveryKind, Message, MessageRef, Refused, Sent, Story, StoryArticle, Topic, Unreachable

NOW = datetime(2026, 3, 4, 18, 5, tzinfo=UTC)
POST = DeliveryKind.POST
STYLING = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^;]*;[^\x1b]*\x1b\\")


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def alert(title: str = "Naloxone & law: 5 * 3 <steps>", *, answers: bool = False) -> Message:
    """Give the message of a story in two outlets."""
    articles = tuple(
        StoryArticle(
            entry_id=number,
            outlet=f"Outlet {number}",
            title=title,
            text="",
            link=f"https://outlet-{number}.example/a?b&c",
            published=NOW,
            seen_at=NOW,
            topics=("t",),
        )
        for number in (1, 2)
    )
    topics = (Topic(id="t", name="Drug policy"),)
    told = Alert(story=Story(id=1, articles=articles), topics=topics, menu=topics if answers else ())
    return render(told, key="k1", now=NOW, zone=UTC)


def printed(message: Message, stream: StringIO | None = None, kind: DeliveryKind = POST) -> str:
    """Give what is printed of a message."""
    stream = stream or StringIO()
    ConsoleNotifier(stream).send("#desk", kind, message, None)
    return stream.getvalue()


def test_in_a_file_a_message_is_plain_lines_with_its_addresses() -> None:
    """Readable words, no escapes of any kind, no line broken."""
    assert printed(alert(answers=True)).splitlines() == [
        "#desk",
        "  Naloxone & law: 5 * 3 steps <https://outlet-1.example/a?b&c>",
        "  Outlet 1 · 18:05 UTC · just now",
        "  Drug policy",
        "  Also in 1 outlet:",
        "  • Outlet 2: Naloxone & law: 5 * 3 steps <https://outlet-2.example/a?b&c>",
        "  [Relevant]  [Not relevant]",
        "",
    ]


def test_on_a_terminal_the_headline_is_bold_and_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours and links only there."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)

    page = printed(alert(), Terminal())

    assert re.search(r"\x1b\]8;id=\d+;https://outlet-1\.example/a\?b&c\x1b\\\x1b\[1mNaloxone", page)
    assert "https" not in STYLING.sub("", page)


def test_buttons_stand_only_where_the_message_has_them() -> None:
    """A button that does nothing is not drawn."""
    assert "[Relevant]" not in printed(alert())


@pytest.mark.parametrize("hostile", ["\x1b[2J\x1b]0;owned\x07", "\x9b31m", "\r\x08\x08", "\u202egnp", "[bold red]x[/]"])
def test_no_escape_from_the_web_acts_on_the_terminal(hostile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither through `render` nor from a message that was altered in the database."""
    monkeypatch.setenv("TERM", "xterm-256color")
    altered = Message(
        text="x",
        blocks=(
            {"type": "section", "text": {"text": f"a {hostile} <https://a.example/{hostile}|{hostile}> b"}},
            {"type": "actions", "elements": [{"type": "button", "text": {"text": hostile}}]},
        ),
    )

    pages = [printed(alert(hostile), Terminal()), printed(altered, Terminal())]

    for page in pages:
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", STYLING.sub("", page))
    assert "[bold red]x[/]" in pages[1] or hostile != "[bold red]x[/]"


def test_an_edit_and_a_reply_say_what_they_are() -> None:
    """A terminal cannot change what it has shown."""
    assert printed(alert(), kind=DeliveryKind.EDIT).startswith("#desk · updated\n")
    assert printed(alert(), kind=DeliveryKind.REPLY).startswith("#desk · in the thread\n")


def test_a_message_of_text_alone_is_printed_too() -> None:
    """Blocks are not needed, and escapes read as what they stand for."""
    assert (
        printed(Message(text="1 &lt; 2 &gt; 0 &amp;amp; *all* is well")) == "#desk\n  1 < 2 > 0 &amp; all is well\n\n"
    )


def test_a_terminal_that_cannot_write_every_letter_gets_the_others() -> None:
    """An old code page is no reason to lose an alert."""
    raw = BytesIO()
    stream = TextIOWrapper(raw, encoding="ascii")

    outcome = ConsoleNotifier(stream).send("#desk", POST, Message(text="Café · naloxone"), None)

    assert isinstance(outcome, Sent)
    assert raw.getvalue() == b"#desk\n  Caf? ? naloxone\n\n"


def test_the_reference_is_the_delivery_and_an_edit_keeps_it() -> None:
    """Enough for the outbox to hang edits and replies on."""
    notifier = ConsoleNotifier(StringIO())

    posted = notifier.send("#desk", POST, alert(), None)

    assert posted == Sent(ref=MessageRef(channel="#desk", ts="k1"))
    assert notifier.send("#desk", DeliveryKind.EDIT, alert(), MessageRef(channel="#desk", ts="k0")) == Sent(
        ref=MessageRef(channel="#desk", ts="k0")
    )


def test_a_terminal_keeps_no_history() -> None:
    """A post of which the end was not seen stays unknown."""
    assert ConsoleNotifier(StringIO()).find("#desk", "k1", NOW, None) == Refused(detail="a terminal keeps no history")


def test_where_nobody_reads_any_more_a_message_waits_for_the_next_run() -> None:
    """A reader that has gone (`| head`) and a closed stream do not come back while the process lives."""
    closed = StringIO()
    closed.close()
    reading, writing = os.pipe()
    os.close(reading)
    left_alone = os.fdopen(writing, "w", encoding="utf-8")

    for stream in (closed, left_alone):
        assert isinstance(ConsoleNotifier(stream).send("#desk", POST, alert(), None), Refused)
    with pytest.raises(BrokenPipeError):
        left_alone.close()


def test_a_full_disk_is_trouble_that_may_pass() -> None:
    """The outbox tries again."""
    full = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115 - closing it fails as well

    assert isinstance(ConsoleNotifier(full).send("#desk", POST, alert(), None), Unreachable)
    with pytest.raises(OSError, match="No space left"):
        full.close()
