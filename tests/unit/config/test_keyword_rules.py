"""Takes keywords as people write them, and expects them accepted or refused with what to write instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.classify.patterns import compile_pattern
from monitor.classify.text import Normaliser
from monitor.config.keyword_rules import keyword_key, keyword_problem


@pytest.mark.parametrize(
    "pattern",
    [
        "fentanyl",
        "drug polic*",
        '"drug policy"',
        "'war on drugs'",
        "2+2 ministerial",
        "narco-terror*",
        "vente d'armes",
        "manœuvres conjointes",
        "नशीले पदार्थ",
        "AT&T",
        "3.5 mm",
        "U.S.-India",
        "  cocaine  ",
        "наркотик*",
    ],
)
def test_words_and_phrases_are_accepted(pattern: str) -> None:
    """Any script, hyphens, apostrophes and an open ending of the last word are fine."""
    assert keyword_problem(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("", "no word"),
        ("   ", "no word"),
        ('""', "no word"),
        ("*", "no word"),
        ("---", "no word"),
        ("drug.*", "regular expression"),
        ("a|b", "regular expression"),
        ("drug [a-z]", "regular expression"),
        ("(drug)", "regular expression"),
        (r"\bdrug\b", "regular expression"),
        ("^drug", "regular expression"),
        ("drugs?", "regular expression"),
        ("drug**", "regular expression"),
        ("*drug", "other than its end"),
        ("dr*g", "other than its end"),
        ("drug* policy", "other than its end"),
        ("drug *", "at least 3 letters"),
        ("drug po*", "at least 3 letters"),
        ("anti-dr*", "at least 3 letters"),
        ('"drug" policy', "stray quote"),
        ('"drug policy', "stray quote"),
        ("drug\npolicy", "control character"),
        ("C++", "at its edge"),
        ("#hashtag", "at its edge"),
        ("drug " * 60, "longer than 200"),
    ],
)
def test_what_could_not_be_found_is_refused(pattern: str, why: str) -> None:
    """Regular expressions, misplaced wildcards and empty patterns are refused with the reason."""
    assert why in (keyword_problem(pattern) or "")


@given(st.text(alphabet="abcé*+#\"'- .|2नि", max_size=12) | st.text(max_size=12))
def test_the_classifier_can_look_for_whatever_is_accepted(pattern: str) -> None:
    """No keyword passes here and is refused later, when articles are judged."""
    if keyword_problem(pattern) is None:
        assert compile_pattern(pattern, Normaliser({"US": "united states"})).strip()


@pytest.mark.parametrize(
    ("one", "other"),
    [("Drug Policy", "drug  policy"), ('"fentanyl"', "fentanyl"), ("anti-drug", "anti drug"), ("Mérida", "merida")],
)
def test_ways_of_writing_one_keyword_are_equal(one: str, other: str) -> None:
    """Case, blanks, quotes, hyphens and accents make no difference between keywords."""
    assert keyword_key(one) == keyword_key(other)


def test_an_open_ending_is_another_keyword() -> None:
    """A word and its beginning find different things, so they may stand in lists that exclude each other."""
    assert keyword_key("drug*") != keyword_key("drug")
