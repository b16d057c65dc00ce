"""Takes words from the web, gives Slack mrkdwn in which they are words and nothing else.

Slack reads `<…>` as a link, a mention or a broadcast, so `&`, `<` and `>` are escaped, and only they (its documentation asks
for no more). Control, direction and invisible characters go: they can hide text, turn it round or act on a terminal; and of
marks piled upon a letter those that no script needs, as they reach over the lines around. Text
objects are marked `verbatim`, so that Slack makes no links or mentions of its own from plain words.
"""

import re
from collections import deque
from collections.abc import Sequence
from typing import Any
from unicodedata import category
from urllib.parse import quote, urlsplit

Block = dict[str, Any]  #: of Block Kit, or a part of one, as Slack's JSON has it

#: Longer input is cut before anything else is done with it: no headline needs more, and a feed may send megabytes.
LONGEST_INPUT = 20_000
#: Slack's limits on an address and on a text object, in characters.
LONGEST_URL = 3_000
LONGEST_TEXT = 3_000
#: Ours on one line of a list, so that some lines always fit into a section.
LONGEST_LINE = 1_500

_MORE = "\nand 999,999 more"  #: the longest note on what found no place

#: Marks upon one letter: Vietnamese, Hebrew and Arabic need three, Burmese and Tibetan, which write syllables with them, more.
MOST_MARKS, MOST_IN_TALL_SCRIPTS = 3, 6

_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u2800]+")  # the last is braille's
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
#: What is needed between some characters, and elsewhere only hides.
_LOOSE = re.compile(
    # Variation selectors say how an emoji looks, and with a digit make it a keycap.
    "[\ufe00-\ufe0f](?<![©®‼⁉™ℹ\u2190-\u27bf\u2900-\u2bff〰〽㊗㊙\U0001f000-\U0001faff].)(?<![0-9#*]\ufe0f(?=\u20e3))"
    # Joiners hold emoji and the letters of several scripts together.
    "|(?<![^\\x00-\\x7f\\s\u2800\u200c\u200d])[\u200c\u200d]+"
    "|[\u200c\u200d]+(?![^\\x00-\\x7f\\s\u2800\u200c\u200d\ufe00-\ufe0f])"
)
_PILES = re.compile(r"[^\w\x00-\x7f]{4,}")  # what may be marks, without a table of them all
_TALL_SCRIPTS = re.compile("[\u0f00-\u109f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_UNSAFE_IN_URL = re.compile(
    '[\\s<>|"`\\\\^{}\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]'
)
_LINK_BREAKERS = re.compile(r"[|<>]")


def clean(text: str) -> str:
    """Give one line of text without control, direction or invisible characters, and without piles of marks."""
    text = text[:LONGEST_INPUT]
    if text.isascii() and text.isprintable() and "  " not in text:  # as most is: a page cleans hundreds
        return text.strip()
    visible = _PILES.sub(_levelled, _LOOSE.sub("", _HIDDEN.sub("", text)))
    return _SPACES.sub(" ", _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", visible)).strip()


def plain(text: str, limit: int) -> str:
    """Give text cleaned, escaped and cut to at most `limit` characters, never within an escape."""
    return cut(clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), limit)


def cut(escaped: str, limit: int) -> str:
    """Cut escaped text without links to at most `limit` characters, never within an escape."""
    if len(escaped) <= limit:
        return escaped
    kept = escaped[: limit - 1]
    start = kept.rfind("&")
    if start >= 0 and ";" not in kept[start:]:
        kept = kept[:start]
    return kept.rstrip() + "…"


def safe_url(url: str | None) -> str | None:
    """Give an http(s) address that can break out of nothing, or None where there is none."""
    if not url or len(url) > LONGEST_URL:
        return None
    harmless = _UNSAFE_IN_URL.sub(lambda match: quote(match[0], safe="", errors="replace"), url.strip())
    scheme, _, rest = harmless.partition(":")
    address = f"{scheme.lower()}:{rest}"
    try:
        named = bool(urlsplit(address).hostname)
    except ValueError:
        return None
    return address if scheme.lower() in {"http", "https"} and named and len(address) <= LONGEST_URL else None


def link(url: str | None, label: str, limit: int, longest_label: int) -> str:
    """Give a link of at most `limit` characters, or the label alone where the address is unusable or does not fit.

    The label loses `|`, `<` and `>`: within a link they separate and end, and not every Slack client reads their escapes there.
    """
    address = safe_url(url)
    words = plain(_LINK_BREAKERS.sub(" ", label[:LONGEST_INPUT]), longest_label)
    linked = f"<{address.replace('&', '&amp;')}|{words}>" if address and words else ""
    return linked if linked and len(linked) <= limit else plain(label, min(limit, longest_label))


def section(text: str) -> Block:
    """Give a section block of mrkdwn text."""
    return {"type": "section", "text": _mrkdwn(text)}


def context(text: str) -> Block:
    """Give a context block, the small grey line, of mrkdwn text."""
    return {"type": "context", "elements": [_mrkdwn(text)]}


def sections(heading: str, lines: Sequence[str], room: int) -> list[Block]:
    """Lay out a heading and as many lines as fit into `room` characters, the rest as "and n more".

    No line may be longer than `LONGEST_LINE`.
    """
    waiting = deque(lines)
    texts, used = [heading], len(heading) + len(_MORE)
    while waiting and used + 1 + len(waiting[0]) <= room:
        line = waiting.popleft()
        used += 1 + len(line)
        if len(texts[-1]) + 1 + len(line) + len(_MORE) <= LONGEST_TEXT:
            texts[-1] += f"\n{line}"
        else:
            texts.append(line)
    texts[-1] += f"\nand {len(waiting):,} more" if waiting else ""
    return [section(text) for text in texts]


def _levelled(pile: re.Match[str]) -> str:
    """Give as many marks in a row as a script may need."""
    kept, marks = [], 0
    for sign in pile[0]:
        marks = marks + 1 if category(sign).startswith("M") else 0
        if marks <= (MOST_IN_TALL_SCRIPTS if _TALL_SCRIPTS.match(sign) else MOST_MARKS):
            kept.append(sign)
    return "".join(kept)


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
