"""Takes a message, gives it as plain lines: for channels that know neither blocks nor marks."""

import re
from collections.abc import Iterator

from monitor.types import Message

_LINK = re.compile(r"<(?P<url>https?://[^|<>]+)\|(?P<label>[^<>]*)>")
_ADDRESS = re.compile(r"https?://\S+")
#: What Discord, Slack, Telegram, Matrix or Google Chat reads as a call: `@everyone`, `<!channel>`, `<@U1>`, `<users/all>`.
_CALL = re.compile(r"@(?=\w)|<(?=[!@#]|users/)")
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")


def as_lines(message: Message) -> list[str]:
    """Give the lines of a message, addresses behind their words, buttons left out."""
    return [line for text in _texts(message) for line in _plain(text).splitlines()] or [_plain(message.text)]


def calling_nobody(line: str) -> str:
    """Give a line that looks the same, and in which no service finds a mention of anybody."""
    # Within an address a joiner would lead elsewhere; the escape of a character leads to the same page.
    spelt = _ADDRESS.sub(lambda address: address[0].replace("@", "%40"), line)
    return _CALL.sub(lambda call: f"{call[0]}\N{WORD JOINER}", spelt)


def _texts(message: Message) -> Iterator[str]:
    for block in message.blocks:
        if block["type"] != "actions":
            yield from (part["text"] for part in block.get("elements") or (block["text"],))


def _plain(text: str) -> str:
    bare = _BOLD.sub(r"\1", text)
    spelt = _LINK.sub(lambda link: f"{link['label']} ({link['url']})", bare)
    return spelt.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
