"""Takes a title and a text, gives what was read off them in one pass: words, cue lists, countries, keywords, each with its place.

Evidence (words, cues, countries, `include`) is taken from the title and the first 4,000 characters; the rules (`always`,
`never`) are promises about the whole article and are looked for in all of it.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from monitor.classify.lexicon import CUES, Lexicon
from monitor.classify.patterns import Matcher, compile_pattern
from monitor.classify.text import Normaliser
from monitor.types import Topic

T = TypeVar("T")

_BREAK = re.compile("\n")
EVIDENCE = 4_000  # characters of the body; window pooling over longer bodies gained nothing
LEAD = 400  # characters of the body that count as its opening
LONGEST = 200_000  # characters looked through for rules: a bound on time, some thirty times a long article


class Cue(NamedTuple):
    """The pattern belongs to a cue list; `kind` tells it from the list's other patterns."""

    list: int
    kind: int


class Country(NamedTuple):
    """The pattern names a country or bloc."""

    code: str


class Keyword(NamedTuple):
    """The pattern is a topic's keyword; `role` is include, always or never."""

    topic: int
    role: str
    pattern: str


Meaning = Cue | Country | Keyword
Spans = list[tuple[int, int, int]]  #: start, end, kind: apart from each other, in order


@dataclass(slots=True)
class Reading:
    """What stands where in one article; positions are those of the joined, normalised text."""

    title: list[str]
    body: list[str]
    title_end: int
    lead_end: int
    sentences: int
    cues: dict[int, Spans] = field(default_factory=dict)  #: by list
    masks: dict[int, int] = field(default_factory=dict)  #: sentence → bits of the lists that occur in it
    countries: list[tuple[int, int, str]] = field(default_factory=list)  #: start, sentence, code
    include: dict[int, tuple[dict[str, None], dict[str, None]]] = field(
        default_factory=dict
    )  #: topic → in title, in body
    rules: dict[tuple[int, str], str] = field(
        default_factory=dict
    )  #: (topic, always | never) → the first pattern found


class Scanner:
    """Compiled once per language and list of topics; reading changes nothing in it, so threads may share it."""

    def __init__(self, lexicon: Lexicon, topics: Sequence[Topic]) -> None:
        self._normalise = Normaliser(lexicon.capitals)
        keywords = [
            (compile_pattern(pattern, self._normalise), Keyword(index, role, pattern))
            for index, topic in enumerate(topics)
            for role in ("include", "always", "never")
            for pattern in getattr(topic, role)
        ]
        cues = [
            (compile_pattern(pattern, self._normalise), Cue(index, kind))
            for index, name in enumerate(CUES)
            for kind, pattern in enumerate(lexicon.cues[name])
        ]
        countries = [
            (compile_pattern(name, self._normalise), Country(code)) for name, code in lexicon.countries.items()
        ]
        self._evidence: Matcher[Meaning] = Matcher([*cues, *countries, *keywords])
        self._rules = Matcher([entry for entry in keywords if entry[1].role != "include"])

    def read(self, title: str, text: str) -> Reading:
        """Read an article."""
        head = self._normalise(title[:EVIDENCE])
        body = self._normalise(text[:LONGEST])
        shown = body if len(body) <= EVIDENCE else body[: body.rindex(" ", 0, EVIDENCE) + 1]
        joined = f"{head}\n{shown}"
        breaks = [match.start() for match in _BREAK.finditer(joined)] if "\n" in shown else [len(head)]
        reading = Reading(
            title=head.split(),
            body=shown.split(),
            title_end=len(head),
            lead_end=len(head) + 1 + LEAD,
            sentences=len(breaks) + bool(shown.strip()),
        )
        self._collect(reading, joined, breaks)
        if len(shown) < len(body):
            self._follow_rules(reading, body)
        return reading

    def _collect(self, reading: Reading, joined: str, breaks: list[int]) -> None:
        countries: list[tuple[int, int, str]] = []
        cues, masks = reading.cues, reading.masks
        for start, end, meanings in self._evidence(joined):
            for meaning in meanings:
                if isinstance(meaning, Cue):
                    _keep(cues.setdefault(meaning.list, []), (start, end, meaning.kind))
                    sentence = bisect_right(breaks, start)
                    masks[sentence] = masks.get(sentence, 0) | 1 << meaning.list
                elif isinstance(meaning, Country):
                    _keep(countries, (start, end, meaning.code))
                else:
                    _note(reading, meaning, in_title=start < reading.title_end)
        reading.countries = [(start, bisect_right(breaks, start), code) for start, _, code in countries if code != "-"]

    def _follow_rules(self, reading: Reading, body: str) -> None:
        for _, _, meanings in self._rules(body):
            for keyword in meanings:
                _note(reading, keyword, in_title=False)


def _keep(spans: list[tuple[int, int, T]], new: tuple[int, int, T]) -> None:
    """Add a span that ends last of all so far; of overlapping ones the one that starts first stays, then the longest."""
    while spans and spans[-1][0] >= new[0]:
        spans.pop()
    if not spans or spans[-1][1] <= new[0]:
        spans.append(new)


def _note(reading: Reading, keyword: Keyword, *, in_title: bool) -> None:
    if keyword.role == "include":
        places = reading.include.setdefault(keyword.topic, ({}, {}))
        places[0 if in_title else 1][keyword.pattern] = None
    else:
        reading.rules.setdefault((keyword.topic, keyword.role), keyword.pattern)
