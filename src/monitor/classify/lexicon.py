"""Takes a language's word lists (package data), gives its lexicon: cue lists, countries, capitals, stop words.

A language is judged if and only if it has a folder here: without cue lists and countries the scores mean nothing.
Adding one is adding data: `data/<language>/{cues.toml, countries.toml, stopwords.txt}` with the same lists.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import product
from typing import Any

#: The cue lists every language has, in the order of their bits and features.
CUES = (
    "drug",
    "drug_core",
    "drug_policy",
    "policy",
    "crime",
    "pharma",
    "security",
    "cooperation",
    "security_cooperation",
    "war",
    "trade",
    "arms",
    "transfer",
    "meeting",
    "official",
    "pact",
    "jointly",
    "forces",
    "nuclear",
    "lawmen",
    "hostile",
    "partisan",
    "many",
    "seizure",
    "remedy",
    "cannabis",
    "courtroom",
    "leisure",
    "business",
)

_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """What is known of a language's words; patterns are as written, braces expanded."""

    language: str
    cues: Mapping[str, tuple[str, ...]]
    countries: Mapping[str, str]  #: name, demonym, capital or leader → code; "-" for names that mean none
    capitals: Mapping[str, str]  #: abbreviation as written in capitals → spelt out
    stop_words: frozenset[str]


@cache
def languages() -> tuple[str, ...]:
    """Give the languages that have a lexicon, sorted."""
    return tuple(sorted(folder.name for folder in _data().iterdir() if (folder / "cues.toml").is_file()))


@cache
def lexicon(language: str) -> Lexicon:
    """Give the lexicon of a language that has one."""
    folder = _data() / language
    cues = _table(folder, "cues.toml")
    countries = _table(folder, "countries.toml")
    return Lexicon(
        language=language,
        cues={name: tuple(form for pattern in cues[name] for form in expand(pattern)) for name in CUES},
        countries={
            name: code for part in ("leaders", "names") for code, names in countries[part].items() for name in names
        },
        capitals=countries["capitals"],
        stop_words=frozenset((folder / "stopwords.txt").read_text("utf-8").split()),
    )


def expand(pattern: str) -> Iterator[str]:
    """Give every reading of a pattern with `{a,b}` alternatives."""
    pieces = [piece.split(",") if index % 2 else [piece] for index, piece in enumerate(_BRACES.split(pattern))]
    return ("".join(choice) for choice in product(*pieces))


def _data() -> Traversable:
    return files("monitor") / "data"


def _table(folder: Traversable, name: str) -> dict[str, Any]:
    return tomllib.loads((folder / name).read_text("utf-8"))
