"""Takes an article as it was told and as it is now, gives what has become of it that readers of the first should know.

Outlets polish headlines all day, and that is nobody's business. It matters where figures or names in the headline are others now,
where most of its words are, where the text is another one, or where the outlet says itself that it takes something back.
"""

import re
from functools import cache

from monitor.stories.copies import runs
from monitor.stories.facts import fact_tables
from monitor.stories.figures import figures_of
from monitor.stories.signature import is_rolling, signature, stem_of
from monitor.types import Corrected

OTHER_WORDS = 0.5
"""Share of the shorter headline's words below which two headlines are two. Set by reading."""

MOST_CAPITALS = 0.6
"""Share of capitalised words from which a headline is one of those that capitalise all, so that they tell no names."""

OTHER_TEXT, LONG_ENOUGH = 0.5, 40
"""Share of the shorter text's runs below which a text is another one, and runs from which it can be told. Set by reading."""


_WORD = re.compile(r"[^\W\d_][\w'’]*")


def correction(before: tuple[str, str], after: tuple[str, str]) -> Corrected | None:
    """Say what kind of correction lies between two versions, each title and text; None where there is none worth a word."""
    if _says_so(after) and not _says_so(before):
        return Corrected.RETRACTED
    if is_rolling(before[0]) or is_rolling(after[0]):
        return None
    return Corrected.CHANGED if _other_title(before[0], after[0]) or _other_text(before[1], after[1]) else None


def takes_back(title: str) -> bool:
    """Tell whether a headline says that the article is withdrawn or corrected."""
    return bool(_pattern().search(title))


def _says_so(version: tuple[str, str]) -> bool:
    title, text = version
    return takes_back(title) or bool(_pattern().match(text[:200].lstrip()))


def _other_title(before: str, after: str) -> bool:
    figures = [{figure.value for figure in figures_of(title, fewest=1)} for title in (before, after)]
    if figures[0] - figures[1] and figures[1] - figures[0]:
        return True
    one, other = (signature(title, "") for title in (before, after))
    if _names(before) - other.counts.keys() and _names(after) - one.counts.keys():
        return True
    shorter = min(len(one.counts), len(other.counts))
    return bool(shorter) and len(one.counts.keys() & other.counts.keys()) < OTHER_WORDS * shorter


def _other_text(before: str, after: str) -> bool:
    one, other = (runs(signature("", text).stems) for text in (before, after))
    shorter = min(len(one), len(other))
    return shorter >= LONG_ENOUGH and len(one & other) < OTHER_TEXT * shorter


def _names(title: str) -> set[str]:
    """Give the words that are capitalised within a headline, as they are compared; none where All Words Are."""
    inside = _WORD.findall(title)[1:]
    capital = [word for word in inside if word[0].isupper()]
    return {stem_of(word) for word in capital} if len(capital) < MOST_CAPITALS * len(inside) else set()


@cache
def _pattern() -> re.Pattern[str]:
    words = fact_tables()["corrections"]["words"]
    return re.compile(rf"\b(?:{'|'.join(words)})", re.IGNORECASE)
