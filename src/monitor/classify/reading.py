"""Takes a title and a text, gives what was read off them in one pass: words, cue lists, countries, keywords, each with its place.

Evidence (words, cues, countries, `include`) is taken from the title and the first 4,000 characters; the rules (`always`,
`never`) are promises about the whole article and are looked for in all of it.
"""

import re
from bisect import bisect_right
from collections import defaultdict
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
LEAD = 800  # characters of the body that count as its opening: with 400 average precision was .002 to .010 lower
LONGEST = 200_000  # characters looked through for rules: a bound on time, some thirty times a long article


class Keyword(NamedTuple):
    """A topic's keyword; `role` is include, always or never."""

    topic: int
    role: str
    pattern: str


@dataclass(slots=True)
class Meaning:
    """What a pattern stands for, which may be several things at once."""

    cues: list[tuple[int, int]] = field(default_factory=list)  #: list, and what tells it from the list's other patterns
    mask: int = 0  #: the bits of these lists
    country: str = ""  #: code of a country or bloc
    keywords: list[Keyword] = field(default_factory=list)


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
        meanings: dict[str, Meaning] = defaultdict(Meaning)
        for index, name in enumerate(CUES):
            for kind, pattern in enumerate(lexicon.cues[name]):
                meaning = meanings[compile_pattern(pattern, self._normalise)]
                meaning.cues.append((index, kind))
                meaning.mask |= 1 << index
        for name, code in lexicon.countries.items():
            meanings[compile_pattern(name, self._normalise)].country = code
        rules: dict[str, list[Keyword]] = defaultdict(list)
        for index, topic in enumerate(topics):
            for role in ("include", "always", "never"):
                for pattern in getattr(topic, role):
                    compiled, keyword = compile_pattern(pattern, self._normalise), Keyword(index, role, pattern)
                    meanings[compiled].keywords.append(keyword)
                    if role != "include":
                        rules[compiled].append(keyword)
        self._evidence = Matcher(meanings)
        self._rules = Matcher(rules)

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
        sentence, ends = 0, [*breaks, len(joined)]
        for last, (length, more, meaning) in self._evidence(joined):
            start = last - length + 1
            while ends[sentence] <= start:  # no pattern reaches over the end of a sentence
                sentence += 1
            if meaning.cues:
                masks[sentence] = masks.get(sentence, 0) | meaning.mask
                for index, kind in meaning.cues:
                    span = (start, last + more, kind)
                    spans = cues.get(index)
                    if spans is None:
                        cues[index] = [span]
                    elif spans[-1][1] <= start:  # nearly always; the call costs as much as all the rest
                        spans.append(span)
                    else:
                        _keep(spans, span)
            if meaning.country:
                _keep(countries, (start, last + more, meaning.country))
            for keyword in meaning.keywords:
                _note(reading, keyword, in_title=start < reading.title_end)
        reading.countries = [(start, bisect_right(breaks, start), code) for start, _, code in countries if code != "-"]

    def _follow_rules(self, reading: Reading, body: str) -> None:
        for _, (_, _, keywords) in self._rules(body):
            for keyword in keywords:
                _note(reading, keyword, in_title=False)


def _keep(spans: list[tuple[int, int, T]], new: tuple[int, int, T]) -> None:
    """Add a span that ends last of all so far; of overlapping ones the one that starts first stays, then the longest."""
    if spans and spans[-1][1] > new[0]:
        while spans and spans[-1][0] >= new[0]:
            spans.pop()
        if spans and spans[-1][1] > new[0]:
            return
    spans.append(new)


def _note(reading: Reading, keyword: Keyword, *, in_title: bool) -> None:
    if keyword.role == "include":
        places = reading.include.setdefault(keyword.topic, ({}, {}))
        places[0 if in_title else 1][keyword.pattern] = None
    else:
        reading.rules.setdefault((keyword.topic, keyword.role), keyword.pattern)
