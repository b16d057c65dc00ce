"""Keywords: what they match, what they refuse, and that they act at once."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.classify import Judge, Model
from monitor.classify.lexicon import lexicon
from monitor.classify.reading import Scanner
from monitor.errors import ConfigError
from monitor.types import Topic


def found(pattern: str, text: str) -> bool:
    """Tell whether a keyword is found in a text."""
    scanner = Scanner(lexicon("en"), [Topic(id="t", name="t", include=(pattern,))])
    return 0 in scanner.read("", text).include


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("fentanyl", "Fentanyl, again"),
        ("drug polic*", "New drug policies for DRUG POLICY"),
        ("drug polic*", "drug-policy reform"),
        ('"harm reduction"', "a harm reduction centre"),
        ("2+2 ministerial", "the 2+2 ministerial in Delhi"),
        ("política de drogas", "la politica de drogas"),
        ("counter-narcotics", "a counter narcotics unit"),
        ("US", "talks with U.S. officials"),
        ("côte d'ivoire", "in Côte d’Ivoire"),
    ],
)
def test_a_keyword_is_found_whatever_case_accents_and_hyphens(pattern: str, text: str) -> None:
    """Both sides are folded alike."""
    assert found(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("opium", "opiums and other plurals"),
        ("coca", "cocaine"),
        ("drug polic*", "drug and policy"),
        ("2+2 ministerial", "a 2-2 ministerial draw"),
        ("harm reduction", "They came to harm. Reduction of speed is planned."),
    ],
)
def test_a_keyword_is_not_found_inside_words_or_across_sentences(pattern: str, text: str) -> None:
    """Word boundaries hold, and a phrase stands in one sentence."""
    assert not found(pattern, text)


@pytest.mark.parametrize("pattern", ["", "  ", "...", "a*b", "drug *", "**", '""', "c++"])
def test_a_keyword_that_could_never_match_is_refused(pattern: str) -> None:
    """Silence would hide the mistake."""
    with pytest.raises(ConfigError, match="keyword"):
        found(pattern, "text")


@settings(max_examples=100)
@given(st.lists(st.text(alphabet="abcdé-", min_size=1).filter(lambda word: word.strip("-")), min_size=1, max_size=4))
def test_every_phrase_is_found_in_itself(words: list[str]) -> None:
    """Whatever the words, a text that holds the phrase holds the keyword."""
    phrase = " ".join(words)

    assert found(phrase, f"before {phrase} after")


def test_editing_keywords_moves_the_score_without_retraining(model: Model) -> None:
    """One more keyword that occurs raises the score, at once and by its own contribution."""
    article = ("Kratom bill moves to the floor", "Sellers of kratom would need a licence.", "en")
    before = Judge(model, [Topic(id="drug_policy", name="d", include=("fentanyl",))])
    after = Judge(model, [Topic(id="drug_policy", name="d", include=("fentanyl", "kratom"))])

    old, new = before.verdicts(*article)[0], after.verdicts(*article, explain=True)[0]

    assert new.probability > old.probability
    assert any(term.feature == "keyword in title: kratom" and term.value > 0.5 for term in new.contributions)


def test_a_topic_without_labels_works_from_its_keywords(judge_of: Callable[..., Judge]) -> None:
    """Learned keyword weights carry a topic that no model has seen."""
    judge = judge_of("gardens", include=("rose*", "compost", "greenhouse*"))

    near = judge.verdicts("Roses from the greenhouse", "Compost feeds the roses of the royal greenhouse.", "en")[0]
    far = judge.verdicts("Bank lowers rates", "The central bank surprised the markets.", "en")[0]

    assert near.flagged
    assert not far.flagged


def test_two_thousand_keywords_are_no_burden(model: Model) -> None:
    """All patterns are searched in one pass."""
    keywords = tuple(f"word{number} thing{number}" for number in range(2_000))
    judge = Judge(model, [Topic(id="t", name="t", include=keywords)])

    verdict = judge.verdicts("", " and ".join(keywords[:50]), "en", explain=True)[0]

    assert sum(term.feature.startswith("keyword") for term in verdict.contributions) == 50
