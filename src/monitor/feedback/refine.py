"""Takes a model and a team's labels, gives the model refined by them: what a team of its own labels turns the shipped one into.

How: the base model's weights are the mean of a Gaussian prior (`fitting`), the labels move them; how firmly the prior is held is
chosen by cross-validation over groups. Labels chosen for being uncertain, or imported where positives were easy to find, say
nothing of how rare a topic is; so the calibration stays tied to the base model's own probabilities on the stream, and only
answers about articles of the stream move it. A topic is learned anew from so many labels on; the others keep their heads.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from monitor.classify.lexicon import languages
from monitor.classify.metrics import average_precision
from monitor.classify.model import Evidence, Head, Model
from monitor.feedback.design import Example, Scanners, Space, refining_space
from monitor.feedback.fitting import Array, Design, Weights, calibrate, fit
from monitor.feedback.operating import auto_threshold, evidence, gate, sigmoid
from monitor.feedback.training import KEYWORD_PRECISION, Trained, calibrated, floats, folds, refining
from monitor.types import Topic

FEWEST_YES, FEWEST_NO = 10, 15  # labels a topic is learned from; below, its head stays what it was
ENOUGH = 30  # held-out yeses from which on they may set a threshold or a gate
ENOUGH_TO_CHOOSE = 300  # labelled articles from which on firmness is chosen
MULTIPLES = (3.0, 1.0, 1 / 3)  # of the usual firmness that are tried, the firmest first
# How firmly the weights of cues are held. They are few and mean the same in any outlet, so that they may learn from few answers
# what words, which are many, would learn by heart. Average precision on other corpora (bilateral security) after 25, 100, 400
# answers by the queue, measured aside and without new words: cues held like words .773, .776, .798; at .3 .781, .790, .799; at a
# tenth of the words' .781, .790, .782.
CUES = 0.3
STREAM = "stream"  # origin of examples that came with the sources, not from a file
ANCHOR = 1_000.0  # answers that the base model's own calibration is worth
LOOSE_ANCHOR = 50.0  # the same for a topic it knew by keywords only
FEWEST_ORDINARY = 500  # articles of the stream that an evidence table may rest on
SHARES = (0.25, 0.5, 1.0)  # of the labels: the points of the learning curve

Watch = Callable[[int, int], None]  #: told how many fits are done, of how many


@dataclass(frozen=True, kw_only=True)
class Refined:
    """The refined model and what its card tells."""

    trained: Trained  #: the model, and the scores its figures rest on
    topics: tuple[Topic, ...]  #: learned anew
    firmness: float
    curve: Sequence[tuple[int, Mapping[str, float]]]  #: labels → average precision on the test set


def learnable(examples: Sequence[Example], topics: Sequence[Topic]) -> list[Topic]:
    """Give the topics that have enough labels."""
    known = [example for example in examples if example.language in languages()]
    return [
        topic
        for topic in topics
        if sum(one.labels.get(topic.id) is True for one in known) >= FEWEST_YES
        and sum(one.labels.get(topic.id) is False for one in known) >= FEWEST_NO
    ]


def refine(
    base: Model,
    examples: Sequence[Example],
    topics: Sequence[Topic],
    *,
    version: str,
    stream: Sequence[tuple[str, str, str]] = (),
    probe: Sequence[Example] = (),
    watch: Watch = lambda _done, _all: None,
) -> Refined:
    """Refine a model by labels.

    Args:
        base: where the weights are believed to be.
        examples: what to learn from; order does not matter. `origin` tells those of the stream.
        topics: those that are `learnable`.
        version: the new model's name.
        stream: titles, texts and languages of the team's own news, unlabelled.
        probe: articles of the test set, for the learning curve alone.
        watch: told how far it is.
    """
    names = {topic.id for topic in topics}
    learned = sorted(
        (one for one in examples if one.language in languages() and names & one.labels.keys()),
        key=lambda one: (one.title, one.text),
    )
    space, mean = refining_space(Scanners(topics), topics, learned, base, base.measured)
    design = space.design([one.article for one in learned], learned)
    short = space.design([one.teaser for one in learned])
    task, (held, teasers) = _settled(
        _Task(design=design, mean=mean, learned=learned, words=len(space.vocabulary), fitting=_counted(learned, watch)),
        [design, short],
    )
    weights = task.near or task.fitted()
    ordinary = space.design(stream)
    usual = weights.scores(ordinary)
    beliefs = np.vstack([_beliefs(base, topics, mean, each) for each in (ordinary, design)])
    checks = _Checks(held=held, teasers=teasers, usual=usual, beliefs=beliefs)
    made = [_head(base, task, checks, index, topic.id) for index, topic in enumerate(topics)]
    made = [_weighted(head, space, weights, index) for index, head in enumerate(made)]
    padding = len(space.vocabulary) - len(base.vocabulary)
    heads = {name: _padded(head, padding) for name, head in base.heads.items()}
    model = Model(
        version=version,
        languages=tuple(dict.fromkeys((*base.languages, *sorted({one.language for one in learned})))),
        vocabulary=tuple(space.vocabulary),
        idf=floats(space.idf),
        scale=base.scale,
        heads={**heads, **{topic.id: head for topic, head in zip(topics, made, strict=True)}},
        general=_padded(base.general, padding),
        measured=base.measured,
    )
    return Refined(
        trained=Trained(
            model=model,
            checked=learned,
            probabilities=calibrated(made, held),
            teasers=calibrated(made, teasers),
            background=calibrated(made, usual),
        ),
        topics=tuple(topics),
        firmness=task.firmness,
        curve=_curve(space, task, [one for one in probe if one.language in languages()]),
    )


@dataclass(frozen=True, kw_only=True)
class _Task:
    """What is fitted: rows, belief, how firmly it is held."""

    design: Design
    mean: Weights
    learned: Sequence[Example]
    words: int  #: so many features come first; the others are cues
    firmness: float = 1.0  #: of words
    near: Weights | None = None  #: the weights from all rows, where they are known
    fitting: Callable[[], None]  #: called before each fit

    def fitted(self, rows: NDArray[np.intp] | None = None) -> Weights:
        """Give the weights learned from these rows, or from all."""
        self.fitting()
        design = self.design if rows is None else self.design.rows(rows)
        cues = CUES * self.firmness / refining(len(self.learned))
        precision = np.where(np.arange(len(self.mean.features)) < self.words, self.firmness, cues)
        return fit(
            design,
            self.mean,
            precision=precision,
            keyword_precision=KEYWORD_PRECISION,
            near=self.near,
            # What is only compared need not be exact to the last digit.
            tolerance=1e-9 if rows is None else 1e-6,
        )

    def held_out(self, forms: Sequence[Design]) -> list[Array]:
        """Score each example, in each of its forms, by weights that were learned without its group."""
        found = [np.zeros(self.design.labels.shape) for _ in forms]
        numbered = folds(self.learned)
        for fold in np.unique(numbered):
            inside = np.flatnonzero(numbered == fold)
            weights = self.fitted(np.flatnonzero(numbered != fold))
            for scores, form in zip(found, forms, strict=True):
                scores[inside] = weights.scores(form.rows(inside))
        return found


@dataclass(frozen=True, kw_only=True)
class _Checks:
    """What calibration and thresholds rest on, articles × topics."""

    held: Array  #: scores of the examples by weights not learned from them
    teasers: Array  #: the same of title and opening alone
    usual: Array  #: scores of the stream
    beliefs: Array  #: the base model's probabilities of the stream and the examples

    def anchors(self, index: int, *, known: bool) -> tuple[Array, Array]:
        """Give the scores that are tied to the base model's probabilities, and these.

        Where it knew keywords only, it says nothing that labelled articles do not say better.
        """
        usual = self.usual[:, index]
        if not known:
            return usual, self.beliefs[: len(usual), index]
        return np.concatenate([usual, self.held[:, index]]), self.beliefs[:, index]


def _settled(task: _Task, forms: Sequence[Design]) -> tuple[_Task, list[Array]]:
    """Settle how firmly the prior is held: by cross-validation, the firmest that predicts as well as the best.

    As well: within one standard error (Breiman et al. 1984), because what predicts best within the outlets that were answered
    about is too loose for others. Few labels get the usual firmness. Gives the held-out scores with it.
    """
    usual = refining(len(task.learned))
    tried = []
    for multiple in _multiples(task.learned):
        task = replace(task, firmness=usual * multiple)
        task = replace(task, near=task.fitted())
        tried.append(task)
    scored = [(one, one.held_out(forms)) for one in tried]
    losses = [_losses(scores[0], task.design.labels) for _, scores in scored]
    best = min(losses, key=lambda one: float(one.mean()))
    return next(pair for pair, loss in zip(scored, losses, strict=True) if _as_good(loss - best))


def _multiples(learned: Sequence[Example]) -> Sequence[float]:
    return MULTIPLES if len(learned) >= ENOUGH_TO_CHOOSE else (1.0,)


def _counted(learned: Sequence[Example], watch: Watch) -> Callable[[], None]:
    """Give what counts fits: for each firmness one of all and one per fold, then those of the learning curve."""
    whole = len(_multiples(learned)) * (1 + len(np.unique(folds(learned)))) + len(SHARES)
    done = count()
    return lambda: watch(next(done), whole)


def _as_good(worse: Array) -> bool:
    """Tell whether a mean loss lies within one standard error of the best, the two compared article by article."""
    return bool(worse.mean() <= worse.std() / np.sqrt(len(worse)))


def _losses(scores: Array, labels: Array) -> Array:
    """Give the log loss of each label, with yeses and noes of each topic weighing alike, as in the fit."""
    found = []
    for topic in range(labels.shape[1]):
        for value, sign in ((1, -1.0), (0, 1.0)):
            rows = labels[:, topic] == value
            if rows.any():
                found.append(np.logaddexp(0, sign * scores[rows, topic]) / rows.sum())
    return np.concatenate(found)


def _head(base: Model, task: _Task, checks: _Checks, index: int, topic: str) -> Head:
    """Give a topic's calibration, thresholds and evidence, the weights still those of the base model."""
    known, before = topic in base.heads, base.head(topic)
    labels, held = task.design.labels[:, index], checks.held[:, index]
    # A topic that was known by keywords only has no calibration worth keeping: labels from files count as well.
    telling = ~np.isnan(labels) & np.array([one.origin == STREAM or not known for one in task.learned])
    scores, beliefs = checks.anchors(index, known=known)
    slope, offset = calibrate(
        np.concatenate([scores, held[telling]]),
        np.concatenate([beliefs, labels[telling]]),
        np.concatenate(
            [np.full(len(scores), (ANCHOR if known else LOOSE_ANCHOR) / max(1, len(scores))), np.ones(telling.sum())]
        ),
    )
    chances = sigmoid(slope * held + offset)
    yes = telling & (labels == 1)
    threshold = before.threshold
    if yes.sum() >= ENOUGH or not known:
        threshold = auto_threshold(labels[telling], chances[telling], np.zeros(0))
    pages = sigmoid(slope * checks.teasers[yes & (chances >= threshold), index] + offset)
    rated, ordinary = ~np.isnan(labels), sigmoid(slope * checks.usual[:, index] + offset)
    return replace(
        before,
        slope=round(slope, 6),
        offset=round(offset, 6),
        threshold=round(float(threshold), 6),
        # It may let more pages be fetched than before, never fewer on so few labels.
        gate=min(before.gate, round(0.999 * gate(pages), 9)) if len(pages) >= ENOUGH else before.gate,
        evidence=_evidence(before, labels[rated], chances[rated], ordinary),
    )


def _weighted(head: Head, space: Space, weights: Weights, index: int) -> Head:
    words = len(space.vocabulary)
    return replace(
        head,
        words=floats(weights.features[:words, index]),
        cues=floats(weights.features[words:, index] / space.scale),
        keywords=floats(weights.keywords),
        intercept=round(float(weights.intercepts[index]), 6),
    )


def _evidence(before: Head, labels: Array, held: Array, ordinary: Array) -> tuple[Evidence, ...]:
    return evidence(labels, held, ordinary) if len(ordinary) >= FEWEST_ORDINARY else before.evidence


def _beliefs(base: Model, topics: Sequence[Topic], mean: Weights, design: Design) -> Array:
    """Give the base model's own probabilities; where the new words weigh nothing they are what its judge says."""
    heads = [base.head(topic.id) for topic in topics]
    keywords = np.column_stack([design.keywords[:, row] @ head.keywords for row, head in enumerate(heads)])
    return calibrated(heads, np.asarray(design.features @ mean.features + mean.intercepts + keywords))


def _padded(head: Head, more: int) -> Head:
    return replace(head, words=np.concatenate([head.words, np.zeros(more, dtype=np.float32)]))


def _curve(space: Space, task: _Task, probe: Sequence[Example]) -> list[tuple[int, dict[str, float]]]:
    """Give average precision on the test set from none, and from shares of the labels."""
    tested = space.design([one.article for one in probe], probe)
    order = np.random.default_rng(0).permutation(len(task.learned))
    counts = [round(share * len(order)) for share in SHARES]
    fitted = [(count, task.fitted(np.sort(order[:count]))) for count in counts]
    return [(count, _ranked(space.topics, tested, weights)) for count, weights in ((0, task.mean), *fitted)]


def _ranked(topics: Sequence[Topic], tested: Design, weights: Weights) -> dict[str, float]:
    scores, found = weights.scores(tested), {}
    for index, topic in enumerate(topics):
        labels = tested.labels[:, index]
        rows = ~np.isnan(labels)
        if (labels[rows] == 1).any():
            found[topic.id] = round(average_precision((labels[rows] == 1).tolist(), scores[rows, index].tolist()), 4)
    return found
