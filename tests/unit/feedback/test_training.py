"""Training: the same input gives the same model, and a prior is refined, not replaced."""

from collections.abc import Sequence

import numpy as np
import pytest

from monitor.classify import Judge, Model
from monitor.feedback.design import Example
from monitor.feedback.training import refining, train
from monitor.types import Topic

TOPIC = Topic(id="harbours", name="Harbours", include=("quay*", "harbour*"))
YES = [
    ("Harbour extends quay for grain ships", "Cranes will load wheat at the new berth."),
    ("Quay collapses in old harbour", "Ships wait outside while divers look at the wall."),
    ("Dockers and harbour agree on cranes", "The berth for container ships gets two more."),
    ("Ferry berth reopens", "Ships return to the quay after the storm."),
]
NO = [
    ("Bakery wins award", "Sourdough beat rye bread."),
    ("Bank lowers rates", "The currency rose a little after the decision."),
    ("Choir sings on the square", "A storm drove the audience home."),
    ("School gets a library", "Parents gave books and bread."),
]


def examples(positive: Sequence[tuple[str, str]] = YES, negative: Sequence[tuple[str, str]] = NO) -> list[Example]:
    """Give labelled items, repeated so that words pass the lowest frequency."""
    return [
        Example(title=title, text=f"{text} Edition {edition}.", labels={"harbours": label}, group=f"{title}")
        for label, items in ((True, positive), (False, negative))
        for title, text in items
        for edition in range(3)
    ]


def trained(items: Sequence[Example], **settings: object) -> Model:
    """Train a model of the one topic."""
    return train(items, [TOPIC], version="v", **settings).model  # type: ignore[arg-type]


def test_a_trained_model_tells_its_topic_from_the_rest() -> None:
    """The smallest thing that must work."""
    judge = Judge(trained(examples()), [TOPIC])

    near = judge.verdicts("New quay for ships", "The harbour grows by a berth.", "en")[0]
    far = judge.verdicts("Bread prices", "Bakeries and banks agree.", "en")[0]

    assert near.flagged
    assert near.probability > 10 * far.probability


def test_the_order_of_examples_does_not_matter() -> None:
    """The same labels give the same weights, to the last bit."""
    first, second = trained(examples()), trained(examples()[::-1])

    assert first.vocabulary == second.vocabulary
    assert np.array_equal(first.heads["harbours"].words, second.heads["harbours"].words)
    assert first.heads["harbours"].evidence == second.heads["harbours"].evidence


def test_words_of_fewer_than_three_articles_stay_out_of_the_model() -> None:
    """A private name in one labelled article must not travel in a model file."""
    items = [*examples(), Example(title="Quay named after Xanthippe", text="", labels={"harbours": True})]

    assert "xanthippe" not in trained(items).vocabulary


def test_an_article_without_a_label_for_a_topic_says_nothing_about_it() -> None:
    """Unlabelled is not negative."""
    silent = [Example(title=f"Quay note {number}", text="", labels={}, group="s") for number in range(3)]
    with_silent = trained([*examples(), *silent]).heads["harbours"]

    assert with_silent.evidence[0].recall == trained(examples()).heads["harbours"].evidence[0].recall


def test_a_few_labels_refine_a_prior_instead_of_replacing_it() -> None:
    """MAP: what the prior knows survives labels that are about something else."""
    prior = trained(examples())
    few = [
        *(Example(title="Lighthouse lamp", text="Keeper mends it.", labels={"harbours": True}) for _ in range(3)),
        *(Example(title="Cheese fair", text="Goats came.", labels={"harbours": False}) for _ in range(3)),
    ]

    refined, replaced = trained(few, prior=prior), trained(few)

    word = refined.vocabulary.index("berth")
    assert "berth" not in replaced.vocabulary
    assert refined.heads["harbours"].words[word] == pytest.approx(prior.heads["harbours"].words[word], abs=0.05)
    assert refined.heads["harbours"].words[refined.vocabulary.index("lighthouse")] > 0.05


def test_the_more_labels_the_less_firmly_a_prior_is_believed() -> None:
    """Within bounds at both ends: a single answer is an answer, and no number of them forgets the prior altogether."""
    firmness = [refining(count) for count in (0, 1, 100, 200, 400, 1_500, 100_000)]

    assert firmness == sorted(firmness, reverse=True)
    assert (firmness[0], firmness[-1]) == (3.0, 0.2)
