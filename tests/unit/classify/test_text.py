"""Normalised text: what is a word, what is a sentence, what is the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.classify.lexicon import lexicon
from monitor.classify.text import Normaliser

normalise = Normaliser(lexicon("en").capitals)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Côte d’Ivoire", " cote d ivoire "),
        ("Ghana–Togo co-operation", " ghana togo co operation "),
        ("US, UK and EU", " united states united kingdom and european union "),
        ("the U.S. President", " the united states president "),
        ("tell us about the 2+2 talks", " tell us about the 2+2 talks "),
        ("drew 2-2 in snake_case", " drew 2 2 in snake case "),
        ("a\x00b\u200bc", " a b c "),
        ("", "  "),
    ],
)
def test_words_are_folded_the_same_way_everywhere(raw: str, expected: str) -> None:
    """Accents, case and punctuation go; abbreviations are spelt out; a plus inside a word stays."""
    assert expected == normalise(raw)


@pytest.mark.parametrize(
    ("raw", "sentences"),
    [
        ("He left. She stayed.", 2),
        ("Gen. Ortiz met J. Doe on Feb. 3 in Quito.", 1),
        ("Prices rose 3.5 percent. “Too much,” she said.", 2),
        ("The U.S. Navy and India's fleet met.", 1),
        ("one\n\n\ntwo", 2),
    ],
)
def test_a_sentence_ends_at_a_full_stop_that_ends_one(raw: str, sentences: int) -> None:
    """Titles, initials, months and decimals do not tear a sentence apart."""
    assert sentences == normalise(raw).count("\n") + 1


@settings(max_examples=200)
@given(st.text())
def test_whatever_comes_in_words_stand_between_single_gaps(raw: str) -> None:
    """No input breaks the shape the automaton relies on."""
    found = normalise(raw)

    assert found.startswith(" ")
    assert found.endswith(" ")
    assert "   " not in found
    assert not any(char.isupper() for char in found)
