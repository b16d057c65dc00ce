"""Explanations for people: groups that add up, and the passage that carried a verdict."""

from math import fsum, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.classify import Judge, Model, groups, passage
from monitor.config import load, shipped
from monitor.types import Contribution, Topic

KINDS = (
    "keyword in title: a",
    "countries: two in one sentence",
    "cue in lead: war",
    "cues in one sentence: a × b",
    "word: x",
    "baseline: b",
)
TOPICS = [
    Topic(id="drug_policy", name="d", include=("drug traffick*", "narcotráfico")),
    Topic(id="bilateral_security", name="b", include=("joint working group*", "cooperación en seguridad")),
]


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.floats(-9, 9)), max_size=20))
def test_groups_hold_every_term_once_and_add_up(pairs: list[tuple[str, float]]) -> None:
    """Nothing is left out on the way from terms to groups."""
    terms = [Contribution(feature=name, value=value) for name, value in pairs]
    found = groups(terms)

    assert sorted(map(id, terms)) == sorted(id(term) for group in found for term in group.terms)
    assert isclose(fsum(group.total for group in found), fsum(term.value for term in terms), abs_tol=1e-9)
    assert len({group.name for group in found}) == len(found)


def test_the_passage_is_the_sentence_that_says_it(model: Model) -> None:
    """As published, whatever stands around it."""
    text = "The ferry was late. Kenya and Uganda signed a defence pact on joint patrols. Lunch was fish."

    assert passage(Judge(model, TOPICS), "bilateral_security", "Notes from the lake", text, "en").startswith(
        "Kenya and Uganda"
    )


def test_an_empty_article_has_no_passage(model: Model) -> None:
    """Nothing to quote is no error."""
    assert passage(Judge(model, TOPICS), "drug_policy", "", " \n ", "en") == ""


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "es",
            "México y Estados Unidos crean grupo bilateral contra el narcotráfico",
            "Compartirán inteligencia sobre precursores.",
        ),
        (
            "pt",
            "Brasil e Colômbia criam grupo conjunto contra o tráfico de drogas",
            "Os ministros assinaram acordo de cooperação policial.",
        ),
        (
            "fr",
            "La France et le Maroc créent un groupe conjoint contre le trafic de drogue",
            "Un accord de coopération policière a été signé.",
        ),
    ],
)
def test_the_founding_example_is_flagged_in_every_judged_language(
    model: Model, language: str, title: str, text: str
) -> None:
    """The same features, whatever the words."""
    verdicts = Judge(model, load(shipped("config"), {}).topics).verdicts(title, text, language)

    assert [verdict.flagged for verdict in verdicts] == [True, True]


def test_a_text_repeated_many_times_is_still_judged(model: Model) -> None:
    """A page that repeats itself says what it says the more surely: counts are damped, nothing overflows."""
    judge, text = Judge(model, TOPICS), "Ghana and Togo agreed on joint patrols against drug trafficking. "
    once, often = (judge.verdicts("Border news", text * times, "en") for times in (1, 25))

    assert [verdict.flagged for verdict in often] == [True, True]
    assert all(0 < few.probability <= many.probability < 1 for few, many in zip(once, often, strict=True))
