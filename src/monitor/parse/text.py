"""Takes HTML or text as feeds carry it, gives plain text: no markup, no control characters, single spaces.

Entities are decoded once, and a second time where they had been escaped twice. One pass over the pieces between `<` and `<`,
linear whatever comes: a `<[^>]*>` pattern is quadratic on a flood of `<`, bs4 hangs on one of `<!--`, and libxml2's HTML
parser (2.14) on an element with 300,000 attributes or 3,000,000 nested `<p>`.
"""

import html
import re

# Besides control characters: soft hyphens and empty spaces, which part words, and what turns the direction of all that follows.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u00ad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]"
)
_TAG = re.compile(r"/?([a-zA-Z][^\s/>]*)|[!?]")
_TAG_END = re.compile(r"(?:[^>\"']|\"[^\"]*\"|'[^']*')*+>")  # a quoted > does not end a tag
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_NO_CHARACTER = re.compile(r"&#0*[1-9]\d{7,};?")
# A tag that shows up only after decoding was escaped twice; other names may be what a text speaks of.
_TAG_AGAIN = re.compile(r"</?(?:a|b|br|div|em|i|img|li|p|span|strong|ul)(?:\s[^<>]{0,2000})?/?>", re.IGNORECASE)
_UNSEEN = frozenset(("script", "style", "template", "noscript", "iframe", "svg"))
_INLINE_NAMES = "a abbr b bdi bdo cite code em font i ins kbd mark q s small span strong sub sup tt u var wbr"
_INLINE = frozenset(_INLINE_NAMES.split())


def plain(text: str) -> str:
    """Make HTML or text plain."""
    text = _once(text)
    if "<" in text and _TAG_AGAIN.search(text):
        text = _once(text)
    if "&" in text and _ENTITY.search(text):
        text = _unescaped(text)
    return tidy(text)


def tidy(text: str) -> str:
    """Collapse spaces and line ends, drop what is not printable: no escape sequence reaches a terminal."""
    text = " ".join(text.split())
    return text if text.isprintable() else " ".join(_UNPRINTABLE.sub(_mend, text).split())


def _once(text: str) -> str:
    if "<" in text:
        text = _without_tags(text)
    return _unescaped(text) if "&" in text else text


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # Python makes no number of more than 4,300 figures
        return html.unescape(_NO_CHARACTER.sub("", text))


def _without_tags(text: str) -> str:
    """Drop tags, comments and what is never shown; put a space where a block begins or ends. Unclosed ones run to the end."""
    first, *pieces = text.split("<")
    kept = [first]
    until = ""  # what ends the comment or the unseen element that the piece lies in
    for piece in pieces:
        if until == "-->" or piece.startswith("!--"):
            _, end, rest = piece.removeprefix("!--").partition("-->")
            until = "" if end else "-->"
            kept.append(rest)
        elif until:
            if piece[: len(until)].lower() == until:
                until = ""
                kept.append(piece.partition(">")[2])
        elif tag := _TAG.match(piece):
            name = (tag[1] or "").lower()
            until = f"/{name}" if name in _UNSEEN and piece[0] != "/" else ""
            close = _TAG_END.match(piece, tag.end())
            rest = piece[close.end() :] if close else piece.partition(">")[2]
            kept.append("" if until else rest if name in _INLINE else f" {rest}")
        else:
            kept.append(f"<{piece}")
    return "".join(kept)


def _mend(match: re.Match[str]) -> str:
    """Read a C1 control as the windows-1252 character that was meant; drop the rest."""
    code = ord(match[0])
    return bytes([code]).decode("cp1252", "ignore") if 0x80 <= code <= 0x9F else ""


def cut(text: str, limit: int) -> str:
    """Shorten a text to at most `limit` characters, between words where that loses little."""
    if len(text) <= limit:
        return text
    kept = text[:limit]
    space = kept.rfind(" ")
    return kept[:space] if space > limit * 0.8 else kept.rstrip()
