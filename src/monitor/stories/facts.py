"""Takes an article's title and text, gives its facts as tags: countries, agencies, substances, dates. Nothing is inferred.

Countries are found as the classifier finds them (names, demonyms, capitals, leaders); agencies and substances are those of
`data/facts.toml`; a date is a day with its month, as it stands in the text.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from monitor.classify.lexicon import languages, lexicon
from monitor.classify.reading import Scanner

MAX_CHARS = 20_000  #: as much of a text is read
TITLE_COUNTS = 3  #: mentions that one in the title is worth, for the order of tags


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """Tags of an article or a story, each kind with the most often named first."""

    countries: tuple[str, ...] = ()  #: as shown, in English
    agencies: tuple[str, ...] = ()
    substances: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()  #: such as "12 March" or "12 March 2026", in the order of the text


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tables:
    countries: Mapping[str, str]
    agencies: re.Pattern[str]
    agency_of: Mapping[str, str]
    substances: re.Pattern[str]
    substance_of: Sequence[tuple[re.Pattern[str], str]]
    dates: re.Pattern[str]
    months: Sequence[tuple[re.Pattern[str], str]]


def facts_of(articles: Iterable[tuple[str, str, str | None]]) -> Facts:
    """Give the facts of articles taken together: (title, text, language) of each.

    Countries are found only where the language has a lexicon; where no language is named it is taken for English.
    """
    tables = _tables()
    countries, agencies, substances = Counter[str](), Counter[str](), Counter[str]()
    dates: dict[str, None] = {}
    for title, text, language in articles:
        for part, worth in ((title[:MAX_CHARS], TITLE_COUNTS), (text[:MAX_CHARS], 1)):
            for code in _countries(part, language or "en"):
                countries[tables.countries[code]] += worth
            for found in tables.agencies.finditer(part):
                agencies[tables.agency_of[found[0]]] += worth
            for found in tables.substances.finditer(part):
                substances[_substance(tables, found[0])] += worth
            dates |= dict.fromkeys(_date(tables, found) for found in tables.dates.finditer(part))
    return Facts(
        countries=_by_count(countries),
        agencies=_by_count(agencies),
        substances=_by_count(substances),
        dates=tuple(dates),
    )


def _by_count(counted: Counter[str]) -> tuple[str, ...]:
    return tuple(name for name, _ in counted.most_common())


def _countries(text: str, language: str) -> list[str]:
    if language not in languages():
        return []
    return [code for _, _, code in _scanner(language).read("", text).countries]


@cache
def _scanner(language: str) -> Scanner:
    return Scanner(lexicon(language), ())


def _substance(tables: _Tables, written: str) -> str:
    return next(name for pattern, name in tables.substance_of if pattern.fullmatch(written))


def _date(tables: _Tables, found: re.Match[str]) -> str:
    day = int(found["day"] or found["day_after"])
    written = found["month"] or found["month_first"]
    month = next(name for pattern, name in tables.months if pattern.fullmatch(written))
    year = found["year"] or found["year_after"]
    return f"{day} {month}{f' {year}' if year else ''}"


@cache
def fact_tables() -> Mapping[str, Any]:
    """Give the tables of `data/facts.toml`."""
    return tomllib.loads((files("monitor") / "data" / "facts.toml").read_text("utf-8"))


@cache
def _tables() -> _Tables:
    data = files("monitor") / "data"
    table = fact_tables()
    names = tomllib.loads((data / "en" / "countries.toml").read_text("utf-8"))["names"]
    shown = {code: forms[0].title() for code, forms in names.items()} | table["countries"]
    forms = {form: name for name, written in table["agencies"].items() for form in written}
    substances = [(_pattern(written), name) for name, written in table["substances"].items()]
    month, day = "|".join(table["months"]["names"]), r"[12]\d|3[01]|0?[1-9]"
    year = r"(?:19|20)\d\d"
    day_first = rf"(?P<day>{day})(?:st|nd|rd|th|er|º)? (?:of |de )?(?P<month>{month})(?:,? (?:de )?(?P<year>{year}))?"
    month_first = rf"(?P<month_first>{month}) (?P<day_after>{day})(?:st|nd|rd|th)?(?:,? (?P<year_after>{year}))?"
    return _Tables(
        countries=shown,
        agencies=re.compile(rf"\b(?:{_longest_first(map(re.escape, forms))})\b"),
        agency_of=forms,
        substances=re.compile(
            rf"\b(?:{_longest_first(pattern.pattern for pattern, _ in substances)})\b", re.IGNORECASE
        ),
        substance_of=substances,
        dates=re.compile(rf"\b(?:{day_first}|{month_first})\b", re.IGNORECASE),
        months=[
            (re.compile(pattern, re.IGNORECASE), pattern.partition("|")[0].title())
            for pattern in table["months"]["names"]
        ],
    )


def _pattern(forms: Iterable[str]) -> re.Pattern[str]:
    return re.compile(
        "|".join(re.escape(form).replace(r"\*", r"\w*") for form in sorted(forms, key=len, reverse=True)), re.IGNORECASE
    )


def _longest_first(patterns: Iterable[str]) -> str:
    return "|".join(sorted(patterns, key=len, reverse=True))
