"""Lexicons: every language has the same lists, each pattern can match, and no country is missing its name."""

import pytest

from monitor.classify.lexicon import CUES, languages, lexicon
from monitor.classify.patterns import compile_pattern
from monitor.classify.text import Normaliser

ENGLISH = lexicon("en")


@pytest.mark.parametrize("language", languages())
def test_every_pattern_of_a_lexicon_can_match(language: str) -> None:
    """A list that is empty or a star in the wrong place would be silence."""
    known = lexicon(language)
    normalise = Normaliser(known.capitals)

    assert all(known.cues[name] for name in CUES)
    for pattern in (*(one for name in CUES for one in known.cues[name]), *known.countries):
        assert compile_pattern(pattern, normalise).strip()


@pytest.mark.parametrize("language", languages())
def test_a_lexicon_names_the_countries_that_english_names(language: str) -> None:
    """A pair of states is understood in every language or in none."""
    codes = {code for code in ENGLISH.countries.values() if code.isupper()}

    assert len(codes - set(lexicon(language).countries.values())) <= 2


def test_four_languages_are_judged() -> None:
    """A language whose folder went missing would otherwise fall silent unnoticed."""
    assert languages() == ("en", "es", "fr", "pt")
