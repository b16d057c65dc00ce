"""Takes messages, gives them laid out on a terminal much as Slack shows them; where nothing else is configured, this tells.

The blocks are read back from mrkdwn into styled text: no colours and no links where the stream is no terminal (addresses are
then written out), no button that the message does not hold. Every word is cleaned once more on the way out, so that no
terminal escape from the web, nor one from an altered database, ever acts.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from io import StringIO
from threading import Lock
from typing import Any, TextIO

from rich.console import Console
from rich.padding import Padding
from rich.style import Style
from rich.text import Text

from monitor.notify.mrkdwn import clean, safe_url
from monitor.types import DeliveryKind, DeliveryOutcome, Lookup, Message, MessageRef, Refused, Sent, Unreachable

_MARKED = re.compile(
    r"(?P<star>\*?)<(?P<url>https?://[^|<>]+)\|(?P<label>[^<>]*)>(?P=star)|(?<!\S)\*(?P<bold>[^*<>]+)\*(?!\S)"
)
_HEADING = {DeliveryKind.POST: "", DeliveryKind.EDIT: " · updated", DeliveryKind.REPLY: " · in the thread"}


class ConsoleNotifier:
    """A `ports.Notifier` that prints; `stream` is written in one piece per message."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = Lock()

    def send(self, channel: str, kind: DeliveryKind, message: Message, ref: MessageRef | None) -> DeliveryOutcome:
        """Print the message under its channel's name."""
        encoding = self._stream.encoding or "utf-8"
        try:
            page = self._laid_out(f"{clean(channel)}{_HEADING[kind]}", message)
            with self._lock:
                self._stream.write(page.encode(encoding, "replace").decode(encoding))
                self._stream.flush()
        except (BrokenPipeError, ValueError):
            # `| head` has read enough, or the stream is closed: no wait brings it back.
            return Refused(detail="nobody reads here any more")
        except OSError as error:
            return Unreachable(detail=f"the terminal cannot be written to: {error}")
        key = str(message.metadata.get("event_payload", {}).get("delivery", ""))
        return Sent(ref=ref or MessageRef(channel=channel, ts=key))

    def wait(self, channel: str) -> float:  # noqa: ARG002 - the port's
        """Let everything out at once."""
        return 0.0

    def find(self, channel: str, key: str, since: datetime, ref: MessageRef | None) -> Lookup:  # noqa: ARG002 - the port's
        """Say that nothing can be looked up here."""
        return Refused(detail="a terminal keeps no history")

    def _laid_out(self, heading: str, message: Message) -> str:
        on_terminal = self._stream.isatty()
        # Off a terminal nothing is wrapped: a line is then one line for whatever reads it.
        wide = Console(file=self._stream).width if on_terminal else 1_000_000
        console = Console(
            file=StringIO(), width=wide, force_terminal=on_terminal, highlight=False, markup=False, emoji=False
        )
        console.print(Text(heading, style="cyan"))
        for block in message.blocks or ({"type": "section", "text": {"text": message.text}},):
            for text in _texts(block, spelt_out=not on_terminal):
                console.print(Padding(text, (0, 0, 0, 2), expand=False))
        console.print()
        assert isinstance(console.file, StringIO)
        return console.file.getvalue()


def _texts(block: Mapping[str, Any], *, spelt_out: bool) -> Iterator[Text]:
    if block["type"] == "actions":
        buttons = [element["text"]["text"] for element in block["elements"] if element["type"] == "button"]
        yield Text("  ".join(f"[{clean(button)}]" for button in buttons), style="reverse" if not spelt_out else "")
        return
    dim = "dim" if block["type"] == "context" else ""
    for part in block.get("elements") or (block["text"],):
        for line in part["text"].splitlines():
            text = Text(style=dim)
            _append_mrkdwn(text, line, spelt_out=spelt_out)
            yield text


def _append_mrkdwn(text: Text, line: str, *, spelt_out: bool) -> None:
    """Append a line of mrkdwn: links, words in bold, everything else as it stands."""
    end = 0
    for match in _MARKED.finditer(line):
        text.append(_plain(line[end : match.start()]))
        end = match.end()
        if match["bold"]:
            text.append(_plain(match["bold"]), "bold")
            continue
        url = safe_url(_unescaped(match["url"]))
        text.append(_plain(match["label"]), Style(bold=bool(match["star"]), link=None if spelt_out else url))
        if spelt_out and url:
            text.append(f" <{url}>")
    text.append(_plain(line[end:]))


def _plain(mrkdwn: str) -> str:
    """Give the words as they read, cleaned; spaces at the ends matter between two pieces of a line."""
    words = clean(_unescaped(mrkdwn))
    before, after = mrkdwn[:1].isspace(), mrkdwn[-1:].isspace()
    return f"{' ' if before and words else ''}{words}{' ' if after else ''}"


def _unescaped(mrkdwn: str) -> str:
    return mrkdwn.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
