"""Takes text as published, gives it ready to be searched: lower-case words between single blanks, sentences between line ends.

The rule: abbreviations that would turn into other words (US, UK, EU) are spelt out while the case is still there; accents
go; whatever is neither letter nor digit is a gap, except a plus inside a word (`2+2`). So `co-operation`, `Ghana–Togo` and
`anti-drug` are two words each, on both sides of every comparison. Keywords go through the same function.
"""

import re
import unicodedata
from collections.abc import Mapping

import ahocorasick

# A full stop ends a sentence only before a capital or a digit, and not after a title, a month or an initial
# ("Gen. Ortiz", "Feb. 3"): a false end would tear two countries apart that stand in one sentence.
_END = re.compile(
    r"[.!?](?<!\b[A-Z]\.)(?<!\b[A-Z][a-z]\.)(?<!\b(?:Mrs|Gen|Sen|Rep|Gov|Col|Sgt|Adm|Jan|Feb|Aug|Oct|Nov|Dec)\.)"
    r"[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9])"
)
_GAP = re.compile(r"(?:[^\w\n+]|_|(?<!\w)\+|\+(?!\w))+")
# One look-up per byte makes small letters and gaps of a text that is ASCII, as most are.
_TABLE = bytes(place if chr(place).isalnum() or place in b"\n+" else 32 for place in range(128)) + bytes(128)
_SMALL = _TABLE.lower()
_TYPOGRAPHY = "‘’“”–—•…\u00a0"
_LATIN_MARKS = re.compile("[\u0300-\u036f]+")
_BREAK = re.compile(r" *\n[ \n]*")


def sentences(raw: str) -> list[str]:
    """Give the sentences of a text as published, by the rule that readings go by; blank lines end one too."""
    return [part.strip() for part in _END.sub(lambda end: end[0].rstrip() + "\n", raw).split("\n") if part.strip()]


class Normaliser:
    """Compiled once per set of abbreviations."""

    def __init__(self, capitals: Mapping[str, str]) -> None:
        self._spelt = dict(capitals)
        forms = "|".join(re.escape(form) for form in sorted(capitals, key=len, reverse=True))
        self._capitals = re.compile(rf"(?<![\w.])(?:{forms})(?:(?<=\.[A-Z])\.)?(?!\w)")
        # Most texts have none of them, and to find that out takes a regular expression thirty times as long.
        self._hint = ahocorasick.Automaton()
        for form in capitals:
            self._hint.add_word(form, None)
        self._hint.make_automaton()

    def __call__(self, raw: str) -> str:
        """Give the words, with a blank at both ends, so that every word stands between two gaps."""
        text = raw
        if self._spelt and next(self._hint.iter(text), None) is not None:
            text = self._capitals.sub(lambda match: self._spelt[match[0].rstrip(".")], text)
        text = _END.sub("\n", text)
        if not text.isascii():
            text = _unaccented(text)
        if text.isascii() and "+" not in text:
            return _plain(text)
        return " " + _BREAK.sub(" \n ", _GAP.sub(" ", text.lower())).strip() + " "


def _plain(text: str) -> str:
    """Do for ASCII without a plus what the patterns do for any text, in a tenth of the time."""
    small = text.encode("ascii").translate(_SMALL).decode("ascii")
    if "\n" not in small:
        return f" {' '.join(small.split())} "
    lines = [" ".join(line.split()) for line in small.split("\n")]
    return " " + " \n ".join(filter(None, lines)) + " "


def _unaccented(text: str) -> str:
    """Take off the accents, and the typographer's quotes and dashes, which are gaps anyway and often all that is not ASCII."""
    for mark in _TYPOGRAPHY:
        text = text.replace(mark, " ")
    if text.isascii():
        return text
    # Small letters first, because İ becomes an i with a mark; and again, because forms such as the sign for TEL hold capitals.
    text = _LATIN_MARKS.sub("", unicodedata.normalize("NFKD", text.lower()))
    if not text.isascii():
        text = "".join(char for char in text if not unicodedata.combining(char))
    return text.lower()
