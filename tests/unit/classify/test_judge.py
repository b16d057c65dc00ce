"""Verdicts: exact reasons, rules before scores, and composure whatever the input."""

from collections.abc import Callable
from math import fsum, isclose, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.adapters.model_files import ModelFiles
from monitor.classify import Judge, Model, words_of
from monitor.config import shipped
from monitor.types import Contribution, Reason, ThresholdRule, Topic, Verdict

VOCABULARY = [
    *("drug", "cocaine", "border", "India", "China", "agreed.", "Talks", "on", "security", "Fentanyl", "minister"),
    *("signed", "treaty", "the", "of\n", "Ghana–Togo", "joint", "exercise"),
]
SETTLED = Judge(
    ModelFiles(shipped("models")).load(),
    [
        Topic(id="drug_policy", name="d", include=("cocaine", "fentanyl", "drug*")),
        Topic(id="bilateral_security", name="b", include=("joint exercise*", "treaty")),
        Topic(id="unseen", name="u", include=("minister*",)),
    ],
)


def log_odds(verdict: Verdict) -> float:
    """Give the log-odds of a verdict's probability."""
    return log(verdict.probability / (1 - verdict.probability))


@settings(max_examples=150)
@given(st.lists(st.sampled_from(VOCABULARY), max_size=8), st.lists(st.sampled_from(VOCABULARY), max_size=60))
def test_contributions_add_up_to_the_log_odds(title: list[str], text: list[str]) -> None:
    """What is told is all there is: nothing is left out of an explanation."""
    for verdict in SETTLED.verdicts(" ".join(title), " ".join(text), "en", explain=True):
        told = fsum(term.value for term in verdict.contributions)

        assert isclose(told, log_odds(verdict), rel_tol=1e-6, abs_tol=1e-6)


def test_a_flagged_verdict_tells_its_strongest_reasons(judge: Judge) -> None:
    """Names are for people: a keyword and where it stood, countries, cue lists."""
    verdict = judge.verdicts(
        "India and Sri Lanka sign fentanyl accord", "Police will share intelligence on drug trafficking.", "en"
    )[0]

    names = [term.feature for term in verdict.contributions]
    strengths = [abs(term.value) for term in verdict.contributions]
    assert verdict.flagged
    assert 0 < len(names) <= 8
    assert strengths == sorted(strengths, reverse=True)
    assert "keyword in title: fentanyl" in names


def test_an_unflagged_verdict_explains_itself_only_when_asked(judge: Judge) -> None:
    """Most news is off topic: reasons are not worked out for nothing."""
    quiet = judge.verdicts("Bakery wins award", "Sourdough beat rye.", "en")[0]
    asked = judge.verdicts("Bakery wins award", "Sourdough beat rye.", "en", explain=True)[0]

    assert quiet.contributions == ()
    assert asked.contributions
    assert quiet.probability == asked.probability


def test_always_flags_whatever_the_score(judge: Judge) -> None:
    """The pattern that decided is named."""
    verdict = judge.verdicts("Bread and wine", "The World Drug Report lay on a bench.", "en")[0]

    assert (verdict.flagged, verdict.reason, verdict.keyword) == (True, Reason.ALWAYS, "world drug report")


def test_never_vetoes_even_what_always_flags(judge: Judge) -> None:
    """A veto is a veto."""
    verdict = judge.verdicts("World Drug Report", "Fentanyl, drug trafficking, drug discovery.", "en")[0]

    assert (verdict.flagged, verdict.reason, verdict.keyword) == (False, Reason.NEVER, "drug discovery")


def test_rules_hold_for_the_whole_article(judge: Judge) -> None:
    """A veto far below the part that is scored still holds."""
    verdict = judge.verdicts("Fentanyl law passed", "Filler words. " * 2_000 + "drug discovery", "en")[0]

    assert verdict.reason == Reason.NEVER


@pytest.mark.parametrize("language", ["de", "hi", "und", "", None])
def test_a_language_without_a_lexicon_is_never_flagged(judge: Judge, language: str | None) -> None:
    """Not even by `always`: what is not judged is said to be so."""
    verdicts = judge.verdicts("World Drug Report", "fentanyl", language)

    assert not judge.judged(language)
    assert {(False, Reason.LANGUAGE)} == {(verdict.flagged, verdict.reason) for verdict in verdicts}


@pytest.mark.parametrize("language", ["en", "en-GB", "EN_us", "es", "es-MX", "pt_BR", "fr"])
def test_variants_of_a_judged_language_are_judged(judge: Judge, language: str) -> None:
    """Feeds state their language in many ways."""
    assert judge.judged(language)


def test_two_countries_in_one_sentence_are_understood_whatever_their_names(judge: Judge) -> None:
    """Ghana–Togo counts as US–India does, though the labels hardly knew it."""
    pair = judge.verdicts("Ghana–Togo pact on border patrols", "", "en", explain=True)[1]
    alone = judge.verdicts("Municipal pact on park patrols", "", "en")[1]

    assert pair.probability > 10 * alone.probability
    assert any(
        term.feature.startswith("countries: two in one sentence") and term.value > 0 for term in pair.contributions
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00\x01\x1b[31m",
        "नशीले पदार्थ",
        "𝔣𝔢𝔫𝔱𝔞𝔫𝔶𝔩",
        "!" * 1_000,
        "word " * 400_000,
        "x" * 2_000_000,
        ". " * 100_000,
    ],
    ids=["empty", "blank", "control", "script", "mathematical", "marks", "2MB", "2MB-word", "stops"],
)
def test_any_text_gets_a_verdict_in_good_time(judge: Judge, text: str) -> None:
    """Nothing is raised and every probability is a number (the suite's timeout stands behind this)."""
    verdicts = judge.verdicts(text, text, "en", explain=True)

    assert all(0 <= verdict.probability <= 1 for verdict in verdicts)


@pytest.mark.parametrize(
    ("body"),
    [
        "",
        "The two governments opened a common task force against traffickers and will share intelligence on precursor chemicals.",
    ],
    ids=["title only", "with body"],
)
def test_the_founding_example_is_flagged_on_both_topics(model: Model, body: str) -> None:
    """Two countries set up a working group against drug trafficking: the reason this program exists."""
    topics = [
        Topic(id="drug_policy", name="d", include=("drug traffick*",)),
        Topic(id="bilateral_security", name="b", include=("joint working group*",)),
    ]

    verdicts = Judge(model, topics).verdicts(
        "India, US launch joint working group against drug trafficking", body, "en"
    )

    assert [verdict.flagged for verdict in verdicts] == [True, True]


def test_a_number_is_the_threshold_as_given(judge_of: Callable[..., Judge]) -> None:
    """The threshold stands on the probability scale and its edge belongs to the flagged."""
    probability = judge_of("drug_policy").verdicts("Drug law", "", "en")[0].probability
    judge = judge_of("drug_policy", threshold=ThresholdRule(kind="number", value=probability))

    assert judge.verdicts("Drug law", "", "en")[0].flagged


def test_judging_many_is_judging_each(judge: Judge) -> None:
    """A batch changes nothing."""
    items = [("Fentanyl law", "text", "en"), ("Pan", "", "es")]

    assert [judge.verdicts(*item) for item in items] == judge.verdicts_many(items)


def test_the_gate_lets_pass_what_could_matter_and_stops_the_rest(judge: Judge) -> None:
    """Stage one looks at title and teaser alone."""
    assert judge.gate("Parliament debates drug law", "")
    assert judge.gate("Bread", "and the world drug report")
    assert not judge.gate("Bakery wins award for sourdough", "A village of ninety people beat entries from the city.")


def test_words_of_a_verdict_are_those_that_spoke_for_it() -> None:
    """A summary is to bear on them; what spoke against is left out."""
    terms = [
        ("word: heroin", 1.0),
        ("keyword in title: drug polic*", 0.5),
        ("word: cancer", -1.0),
        ("cue in lead: war", 1.0),
    ]
    verdict = Verdict(
        topic="t",
        probability=0.5,
        threshold=0.5,
        flagged=True,
        reason=Reason.SCORE,
        model="m",
        contributions=tuple(Contribution(feature=name, value=value) for name, value in terms),
    )

    assert {"heroin", "drug", "polic"} == words_of(verdict)
