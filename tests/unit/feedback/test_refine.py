"""A team's labels on top of a model: what they move, and what they leave alone."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from monitor.adapters.model_files import ModelFiles
from monitor.classify import Judge, Model
from monitor.config import shipped
from monitor.feedback.design import Example, Scanners, refining_space
from monitor.feedback.refine import FEWEST_NO, FEWEST_YES, _beliefs, learnable, refine
from monitor.types import Topic

DRUGS = Topic(id="drug_policy", name="Drug policy", include=("fentanyl", "drug polic*"))
SECURITY = Topic(id="bilateral_security", name="Security", include=("security cooperation",))
HARBOURS = Topic(id="harbours", name="Harbours", include=("quay*", "harbour*"))


@cache
def base() -> Model:
    """Give the model that is refined."""
    return ModelFiles(shipped("models")).load("seed-2")


@cache
def examples(*topics: str) -> tuple[Example, ...]:
    """Give invented articles with their labels for these topics."""
    lines = (shipped("models") / "seed-labels.jsonl").read_text("utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["lang"] == "en"][::6]
    return tuple(
        Example(
            title=row["title"],
            text=row["text"],
            labels={topic: bool(row[topic]) for topic in topics},
            group=str(number),
            origin="stream",
        )
        for number, row in enumerate(rows)
    )


def ports(count: int) -> list[Example]:
    """Give articles on harbours, and as many on something else."""
    return [
        *(
            Example(
                title=f"A new quay for harbour number {n}" if n % 2 else f"Pilots board ship number {n}",
                text=f"The berths of town {n} were dredged.",
                labels={"harbours": True},
                group=f"h{n}",
            )
            for n in range(count)
        ),
        *(
            Example(
                title=f"Choir number {n} sings at the fair",
                text=f"An evening of songs, the {n}th.",
                labels={"harbours": False},
                group=f"c{n}",
            )
            for n in range(count)
        ),
    ]


def probabilities(model: Model, topic: Topic, articles: list[tuple[str, str, str]]) -> list[float]:
    """Give what a model says of articles."""
    return [verdicts[0].probability for verdicts in Judge(model, [topic]).verdicts_many(articles)]


def test_a_topic_nobody_labelled_is_judged_as_before() -> None:
    """To the last digit: new words weigh nothing in its head, and do not make an article's vector longer."""
    refined = refine(base(), examples("drug_policy"), [DRUGS], version="v").trained.model

    articles = [one.article for one in examples("drug_policy")[:50]]
    known = len(base().vocabulary)
    head, before = refined.heads["bilateral_security"], base().heads["bilateral_security"]
    np.testing.assert_array_equal(head.words[:known], before.words)
    assert not head.words[known:].any()
    assert probabilities(refined, SECURITY, articles) == probabilities(base(), SECURITY, articles)
    assert probabilities(refined, DRUGS, articles) != pytest.approx(probabilities(base(), DRUGS, articles), abs=0.02)


def test_labels_in_any_order_give_the_same_model() -> None:
    """To the byte: what is compared is the labels, not how they were stored."""
    labelled = examples("drug_policy")

    one, other = (refine(base(), each, [DRUGS], version="v").trained.model for each in (labelled, labelled[::-1]))

    assert one.vocabulary == other.vocabulary
    np.testing.assert_array_equal(one.heads["drug_policy"].words, other.heads["drug_policy"].words)
    assert one.heads["drug_policy"].offset == other.heads["drug_policy"].offset


def test_a_file_full_of_positives_does_not_make_the_topic_common() -> None:
    """Labels from a file say what belongs to a topic, not how rare it is: on the stream it stays as likely as it was."""
    labelled = [replace(one, origin="imported") for one in examples("drug_policy")]
    many = [one for one in labelled if one.labels["drug_policy"]] + labelled[:30]
    stream = [one.article for one in examples("drug_policy")]

    refined = refine(base(), many, [DRUGS], version="v", stream=stream).trained.model

    before, after = (np.mean(probabilities(model, DRUGS, stream)) for model in (base(), refined))
    assert after == pytest.approx(before, rel=0.15)


def test_a_topic_known_by_its_keywords_becomes_a_head_of_its_own() -> None:
    """Words that are no keywords then speak for it."""
    article = ("Berths dredged at last", "The berths were dredged over the winter.", "en")

    refined = refine(base(), ports(20), [HARBOURS], version="v").trained.model

    assert "harbours" not in base().heads
    assert "harbours" in refined.heads
    assert probabilities(refined, HARBOURS, [article])[0] > 3 * probabilities(base(), HARBOURS, [article])[0]
    assert refined.heads["harbours"].threshold > 0.01


@pytest.mark.parametrize(("yes", "no"), [(FEWEST_YES - 1, 50), (50, FEWEST_NO - 1), (50, 0)])
def test_a_topic_with_few_labels_or_of_one_kind_only_is_not_learned(yes: int, no: int) -> None:
    """Its head stays what it was."""
    labelled = [*ports(50)[:yes], *ports(50)[50 : 50 + no]]

    assert learnable(labelled, [HARBOURS]) == []
    assert learnable(ports(50), [HARBOURS]) == [HARBOURS]


def test_articles_in_a_language_without_a_lexicon_are_left_out() -> None:
    """They would be judged by nobody."""
    foreign = [replace(one, language="fi") for one in ports(50)]

    assert learnable(foreign, [HARBOURS]) == []


def test_the_learning_curve_ends_with_all_labels() -> None:
    """Average precision on the test set from none, a quarter, half and all of them."""
    labelled = examples("drug_policy")

    refined = refine(base(), labelled[:150], [DRUGS], version="v", probe=labelled[150:])

    counts = [count for count, _ in refined.curve]
    assert counts == [0, 38, 75, 150]
    assert all(0 < figures["drug_policy"] <= 1 for _, figures in refined.curve)


def test_what_anchors_the_calibration_is_what_the_base_model_says() -> None:
    """Reckoned from its weights in the enlarged space, to the last digits of its judge; also for a topic it knows by keywords."""
    learned, topics = [*examples("drug_policy")], [DRUGS, HARBOURS]
    space, mean = refining_space(Scanners(topics), topics, learned, base(), base().measured)
    articles = [one.article for one in learned[:60]] + [("A new quay", "The harbour grows.", "en")]

    found = _beliefs(base(), topics, mean, space.design(articles))

    for place, topic in enumerate(topics):
        np.testing.assert_allclose(found[:, place], probabilities(base(), topic, articles), rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize(("enough_to_choose", "fits"), [(10, 21), (10_000, 9)])
def test_how_far_it_is_is_told_before_each_fit(
    enough_to_choose: int, fits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of as many as there will be, whether firmness is chosen (three times one and five folds) or not; three for the curve."""
    monkeypatch.setattr("monitor.feedback.refine.ENOUGH_TO_CHOOSE", enough_to_choose)
    told: list[tuple[int, int]] = []

    refine(base(), ports(20), [HARBOURS], version="a-1", watch=lambda *far: told.append(far))

    assert told == [(done, fits) for done in range(fits)]
