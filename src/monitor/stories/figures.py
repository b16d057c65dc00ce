"""Takes a headline or text, gives its figures: the numbers that say how much or how many, whatever way they are written.

"$13.8bn", "$13.8 billion" and "13,800 million" are one figure. Left out is what is a number but no such figure: dates, years, hours
and spans of time, ages, scores, places in a row ("20th", "day 270"), parts of names ("F-16", "G20") and the count of a list ("5
takeaways"). Number words, units of scale and what is left out stand in `data/facts.toml`, in all its languages at once.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from monitor.stories.facts import fact_tables
from monitor.stories.signature import TITLE_SMALL_WORDS

EXACT_BELOW = 1_000
"""Smaller figures are counts, where 48 and 50 are two; from here on a figure repeats those of which it is a rounded form."""

FEWEST = 5
"""A smaller bare number is more often part of a name ("Formula 1") than worth a word of its own."""

_NUMBER = re.compile(
    r"(?<![^\W_])(?<![^\W_][-–./:])(?<!\d[,.\u00a0\u202f])"  # not within a word, a name, a score or a longer number
    r"(?P<currency>(?:US|[ARC])?[$€£¥₹]\s?)?"
    r"(?P<digits>\d{1,3}(?:[,.\u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,15}(?:[.,]\d{1,3})?)"
    r"(?![.,:/–-]?\d)"
    r"(?P<joined>[^\W\d_]+)?"
)
_AFTER = re.compile(r"[\s\u00a0-]*(?P<word>[^\W\d_]+)")
_OF_WHAT = re.compile(rf"\s?%|[\s\u00a0-](?!(?:{'|'.join(TITLE_SMALL_WORDS)})\b)[^\W\d_]{{3,}}", re.IGNORECASE)
_OLD = re.compile(r"-[^\W\d_]+-old\b", re.IGNORECASE)
_AFTER_NAME, _IN_COMMAS = re.compile(r"[^\W\d_],\s$"), re.compile(r"\s*(?:,|$|and\b)")
_THOUSANDS = re.compile(r"(?!0\d{0,2}[,.]\d{3}$)\d{1,3}(?:[,.\u00a0\u202f]\d{3})+")  # "0.125" are decimals
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A number of something."""

    value: Decimal
    written: str  #: as in the text, with its currency and unit of scale, or the word behind it


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tables:
    scales: Mapping[str, Decimal]
    words: Mapping[str, Decimal]
    units: Collection[str]
    before: re.Pattern[str]
    after: Collection[str]
    durations: Collection[str]
    sentences: re.Pattern[str]
    months: re.Pattern[str]


def figures_of(text: str, fewest: int = FEWEST) -> Iterator[Figure]:
    """Give the figures of a text that are written in digits, in reading order; bare numbers below `fewest` are left out."""
    tables = _tables()
    for found in _NUMBER.finditer(text):
        joined, end = found["joined"] or "", found.end()
        if joined and joined.lower() not in tables.scales and joined.lower() not in tables.units:
            continue
        value, scaled = _value(found["digits"]), joined.lower() in tables.scales
        if scaled:
            value *= tables.scales[joined.lower()]
        while (after := _AFTER.match(text, end)) and after["word"].lower() in tables.scales:
            if len(after["word"]) < 2 and not found["currency"]:
                break
            value, scaled, end = value * tables.scales[after["word"].lower()], True, after.end()
        if found["currency"] or scaled:
            yield Figure(value=value, written=text[found.start() : end])
        elif value >= fewest and not _is_no_figure(text, found, tables):
            of_what = _OF_WHAT.match(text, end)
            yield Figure(value=value, written=text[found.start() : of_what.end() if of_what else end])


def new_figures(title: str, before: Iterable[str]) -> list[Figure]:
    """Give the figures of a headline that no earlier text gives, each once; a rounded form is no new figure.

    Args:
        title: The headline.
        before: Texts that were told before; there a figure may also stand as a word.
    """
    known: set[Decimal] = set()
    for text in before:
        known.update(figure.value for figure in figures_of(text))
        known.update(_in_words(text))
    found: dict[Decimal, Figure] = {}
    for figure in figures_of(title):
        if not any(_repeats(figure.value, one) for one in known):
            found.setdefault(figure.value, figure)
    return list(found.values())


def _value(digits: str) -> Decimal:
    """Read a number: groups of three are thousands, what remains behind the last sign are decimals."""
    if whole := _THOUSANDS.match(digits):
        decimals = digits[whole.end() + 1 :]
        return Decimal(re.sub(r"\D", "", whole[0]) + (f".{decimals}" if decimals else ""))
    return Decimal(digits.replace(",", "."))


def _is_no_figure(text: str, found: re.Match[str], tables: _Tables) -> bool:
    """Tell whether a bare number is a date, an age, a place in a row or the count of a list."""
    before, after = text[: found.start()], text[found.end() :]
    if re.fullmatch(r"(?:19|20)\d\d", found["digits"]) or tables.before.search(before):
        return True
    if _OLD.match(after) or (_AFTER_NAME.search(before) and _IN_COMMAS.match(after)):
        return True
    follows = _AFTER.match(after)
    if follows and follows["word"].lower() in tables.after:
        return True
    if follows and follows["word"].lower() in tables.durations and not tables.sentences.search(text):
        return True
    day = re.fullmatch(r"[12]?\d|3[01]", found["digits"])
    if not day:
        return False
    near = (*_WORD.findall(before[-20:])[-1:], *_WORD.findall(after[:20])[:2])
    return any(word != "may" and tables.months.fullmatch(word) for word in near)  # "30 may face trial"


def _repeats(value: Decimal, known: Decimal) -> bool:
    """Tell whether a figure is one that is known, or its rounded form."""
    if value == known or value < EXACT_BELOW:
        return value == known
    half = Decimal(1).scaleb(int(value.normalize().as_tuple().exponent)) / 2
    return value - half <= known < value + half


def _in_words(text: str) -> Iterator[Decimal]:
    """Give the figures that stand as words: a unit of scale is taken in, "twenty-four" is one, "the two men" is 2."""
    tables = _tables()
    words = [word.lower() for word in _WORD.findall(text)]
    for place, word in enumerate(words):
        if word not in tables.words:
            continue
        value = tables.words[word]
        yield value
        following = words[place + 1 : place + 3]
        if following and 20 <= value < 100 and tables.words.get(following[0], Decimal(10)) < 10:
            value += tables.words[following.pop(0)]
            yield value
        if following and following[0] in tables.scales:
            yield value * tables.scales[following[0]]


@cache
def _tables() -> _Tables:
    table = fact_tables()
    numbers = table["numbers"]
    names = "|".join(table["months"]["names"])
    short = "|".join(numbers["months_short"])
    return _Tables(
        scales={
            word: Decimal(10) ** int(power) for power, words in numbers["powers"].items() for word in words.split()
        },
        words={word: Decimal(value) for value, words in numbers["words"].items() for word in words.split()},
        units=frozenset(numbers["units"].split()),
        before=re.compile(rf"\b(?:{'|'.join(numbers['before'].split())})\.?\s?[#°º]?$", re.IGNORECASE),
        after=frozenset(numbers["after"].split()),
        durations=frozenset(numbers["durations"].split()),
        sentences=re.compile(numbers["sentences"], re.IGNORECASE),
        months=re.compile(rf"(?:{names}|{short})", re.IGNORECASE),
    )
