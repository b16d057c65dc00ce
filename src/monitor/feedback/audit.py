"""Takes the stream's scores, gives a random sample to ask about; takes the answers, gives precision, recall and what to ask next.

The articles of a week are cut into strata by probability; a few are drawn from each, more where a miss is likelier. What counts
for the stream is a stratum's share of positives times its size (stratified sampling: Cochran 1977, chapter 5).

Interval: a stratum's true share of positives is the classifier's own belief (its mean probability there), wrong by an unknown
amount of log-odds: one part common to all strata, one of each stratum's own, both normal with mean 0. Together they allow for a
factor of five either way, at times of twenty. The posterior is exact on a grid; recall is drawn from it 4,000 times (binomial for
the articles nobody was asked about), and the 2.5 and 97.5 percentiles are given. A prior without the belief (Jeffreys') would need
thousands of answers to say anything of the nine tenths of news that have nothing to do with a topic. How often the interval holds
the truth, also where the classifier is wrong by factors of ⅕ to 10: benchmarks/audit.py.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log, sqrt
from random import Random

import numpy as np
from numpy.typing import NDArray

from monitor.types import Draw, Score

EDGES = (1e-4, 1e-3, 1e-2, 1e-1)  # probabilities between the strata of what was not flagged
FLAGGED = "flagged"
FLAGGED_SHARE = 0.25  # of a sample: for precision
FEWEST = 2  # drawn from every stratum
# Standard deviations, in log-odds, of how wrong the classifier's belief may be, in all strata alike and in each by itself. With
# them the interval of recall holds the truth in 94 to 99 of 100 simulated streams, whether the belief is wrong by a factor of ⅕, 1,
# 3 or 10; with 1.0 and 0.7 it was 88 to 100 and a tenth narrower, with 1.4 and 1.2 94 to 100 and a fifth wider.
ALIKE, APART = 1.4, 0.8
DRAWS = 4_000
OUTCOMES = 100  # drawn, of answers to come
WITHIN = 0.05  # half the width of the interval that is wanted
Array = NDArray[np.float64]
Interval = tuple[float, float, float]  #: median, and the 2.5 and 97.5 percentiles


@dataclass(frozen=True, kw_only=True, slots=True)
class Stratum:
    """What is known of one stratum: its size, how many answers, what share of them was yes."""

    name: str
    population: int
    answered: int
    share: float  #: of yeses among the answers, weighted; 0 without any
    belief: float  #: mean probability by the classifier


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """What was drawn for one topic, and what people said of it; who was unsure, or differs, is as if nobody had been asked."""

    drawn: tuple[Draw, ...]
    answers: Mapping[int, bool]  #: what is settled, by article
    unsure: frozenset[int] = frozenset()
    disputed: frozenset[int] = frozenset()

    @property
    def waiting(self) -> list[Draw]:
        """Give what nobody was asked about."""
        asked = {*self.answers, *self.unsure, *self.disputed}
        return [one for one in self.drawn if one.entry_id not in asked]

    @property
    def missed(self) -> list[int]:
        """Give the articles that are on topic and were not flagged."""
        return [one.entry_id for one in self.drawn if one.stratum != FLAGGED and self.answers.get(one.entry_id)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """What the audit says of one topic."""

    answered: int
    articles: int
    precision: Interval
    recall: Interval
    missed: Interval  #: articles on topic that were not flagged
    wanted: int  #: further answers until recall is known to ± 5 points, about; 0 where it is


def stratum(score: Score) -> str:
    """Give the stratum of a verdict."""
    if score.flagged:
        return FLAGGED
    edge = next((edge for edge in EDGES if score.probability < edge), None)
    return f"below {edge:g}" if edge else f"from {EDGES[-1]:g}"


def draw(scores: Sequence[Score], size: int, week: str) -> list[Draw]:
    """Draw a stratified random sample of one topic's verdicts: about `size` articles; the same week gives the same sample."""
    strata: dict[str, list[Score]] = defaultdict(list)
    for score in sorted(scores, key=lambda one: one.entry_id):
        strata[stratum(score)].append(score)
    beliefs = {name: sum(one.probability for one in inside) / len(inside) for name, inside in strata.items()}
    sizes = _allotted({name: len(inside) for name, inside in strata.items()}, beliefs, size)
    return [
        Draw(
            entry_id=one.entry_id,
            topic=one.topic,
            week=week,
            stratum=name,
            population=len(inside),
            drawn=sizes[name],
            belief=beliefs[name],
        )
        for name, inside in sorted(strata.items())
        for one in Random(f"{week} {inside[0].topic} {name}").sample(inside, sizes[name])  # noqa: S311 - a sample, no secret
    ]


def _allotted(populations: Mapping[str, int], beliefs: Mapping[str, float], size: int) -> dict[str, int]:
    """Share out a sample: Neyman's allocation over what was not flagged, a fixed share for what was."""
    spread = {name: populations[name] * sqrt(share * (1 - share)) for name, share in beliefs.items()}
    spread.pop(FLAGGED, None)
    rest = size * (1 - FLAGGED_SHARE if FLAGGED in populations else 1)
    whole = sum(spread.values()) or 1.0
    found = {name: rest * value / whole for name, value in spread.items()}
    found |= {FLAGGED: size - rest} if FLAGGED in populations else {}
    return {name: min(populations[name], max(FEWEST, round(number))) for name, number in found.items()}


def strata(draws: Iterable[Draw], answers: Mapping[int, bool]) -> list[Stratum]:
    """Give the strata of one topic over all weeks.

    Args:
        draws: what was drawn for the topic.
        answers: what is settled about its articles; who was unsure, or differs, is as if nobody had been asked.
    """
    weeks: dict[tuple[str, str], list[Draw]] = defaultdict(list)
    for one in draws:
        weeks[one.stratum, one.week].append(one)
    found: dict[str, list[tuple[int, int, int, float]]] = defaultdict(list)
    for (name, _), drawn in weeks.items():
        said = [answers[one.entry_id] for one in drawn if one.entry_id in answers]
        found[name].append((drawn[0].population, len(said), sum(said), drawn[0].belief))
    return [_pooled(name, rows) for name, rows in sorted(found.items())]


def _pooled(name: str, rows: Sequence[tuple[int, int, int, float]]) -> Stratum:
    """Pool the weeks of a stratum, each article drawn standing for as many as its week says."""
    population = sum(row[0] for row in rows)
    weighed = [(row[0], row[2] / row[1]) for row in rows if row[1]]
    total = sum(size for size, _ in weighed)
    return Stratum(
        name=name,
        population=population,
        answered=sum(row[1] for row in rows),
        share=sum(size * share for size, share in weighed) / total if total else 0.0,
        belief=sum(row[0] * row[3] for row in rows) / max(1, population),
    )


def estimate(known: Sequence[Stratum]) -> Estimate:
    """Give precision and recall of the stream these strata make up, with 95 % intervals."""
    precision, recall, missed = _intervals(known)
    return Estimate(
        answered=sum(one.answered for one in known),
        articles=sum(one.population for one in known),
        precision=precision,
        recall=recall,
        missed=missed,
        wanted=_wanted(known, recall),
    )


def _intervals(known: Sequence[Stratum]) -> tuple[Interval, Interval, Interval]:
    _, rest = _simulated(known)
    yes = [_said(one) + unasked for one, unasked in zip(known, rest, strict=True)]
    hits, missed = _split(known, yes)
    flagged = sum(one.population for one in known if one.name == FLAGGED)
    return _interval(hits / max(1, flagged)), _interval(_recall(hits, missed)), _interval(missed)


def _simulated(known: Sequence[Stratum]) -> tuple[list[Array], list[Array]]:
    """Draw 4,000 times each stratum's share of positives, and how many of those nobody was asked about are positive."""
    chance = np.random.default_rng(0)
    shares = _posterior(known, chance)
    return shares, [
        chance.binomial(_unasked(one), share).astype(float) for one, share in zip(known, shares, strict=True)
    ]


def _said(one: Stratum) -> float:
    """Give how many of those that were asked about are positive."""
    return one.share * min(one.answered, one.population)


def _unasked(one: Stratum) -> int:
    return one.population - min(one.answered, one.population)


def _split(known: Sequence[Stratum], yes: Sequence[Array]) -> tuple[Array, Array]:
    """Give how many positives were flagged, and how many were not."""
    hits, missed = np.zeros(DRAWS), np.zeros(DRAWS)
    for one, number in zip(known, yes, strict=True):
        if one.name == FLAGGED:
            hits = hits + number
        else:
            missed = missed + number
    return hits, missed


def _recall(hits: Array, missed: Array) -> Array:
    everything = hits + missed
    return np.divide(hits, everything, out=np.ones(DRAWS), where=everything > 0)


def _posterior(known: Sequence[Stratum], chance: np.random.Generator) -> list[Array]:
    """Draw the share of positives of each stratum, 4,000 times."""
    alike, apart = ALIKE * np.linspace(-3.5, 3.5, 71), APART * np.linspace(-3.5, 3.5, 141)
    weight, rows = -0.5 * (alike / ALIKE) ** 2, []
    for one in known:
        belief = min(max(one.belief, 1e-9), 1 - 1e-9)
        odds = log(belief / (1 - belief)) + alike[:, None] + apart
        yes, no = one.share * one.answered, (1 - one.share) * one.answered
        fit = -yes * np.logaddexp(0, -odds) - no * np.logaddexp(0, odds) - 0.5 * (apart / APART) ** 2
        top = fit.max(axis=1, keepdims=True)
        rows.append((odds, np.cumsum(np.exp(fit - top), axis=1)))
        weight = weight + top[:, 0] + np.log(rows[-1][1][:, -1])
    chances = np.exp(weight - weight.max())
    common = chance.choice(len(alike), DRAWS, p=chances / chances.sum())
    found = []
    for odds, sums in rows:
        # All rows in one rising line, each between its number and the next: one search finds the place in each draw's own row.
        line = (sums / sums[:, -1:] + np.arange(len(sums))[:, None]).ravel()
        own = np.searchsorted(line, common + chance.random(DRAWS)) - common * sums.shape[1]
        found.append(1 / (1 + np.exp(-odds[common, own])))
    return found


def _interval(values: Array) -> Interval:
    low, middle, high = np.percentile(values, [2.5, 50, 97.5])
    return round(float(middle), 4), round(float(low), 4), round(float(high), 4)


def _wanted(known: Sequence[Stratum], recall: Interval) -> int:
    """Give about how many more answers, shared out as so far, would narrow recall to ± 5 points."""
    answered = sum(one.answered for one in known)
    if not answered or recall[2] - recall[1] <= 2 * WITHIN:
        return 0
    factor = 1.0
    while factor < 10_000:
        factor *= 1.5
        more = [replace(one, answered=min(one.population, round(factor * one.answered))) for one in known]
        _, low, high = _intervals(more)[1]
        if high - low <= 2 * WITHIN or all(one.answered == one.population for one in more if one.answered):
            return sum(one.answered for one in more) - answered
    return round(factor * answered)


# ── what to ask next ─────────────────────────────────────────────────────────────────────────────────────────────────
def worth_asking(sample: Sample, count: int) -> list[Draw]:
    """Give up to so many articles that wait for an answer, first the one that is expected to narrow the interval of recall most.

    What is expected of recall after a yes or a no about one more article of a stratum is linear in that answer, as it has two
    values; so its variance falls on average by exactly cov(recall, share)² / var(answer), the share being that of positives
    among the articles of the stratum that nobody was asked about. This is Neyman's rule with all that is known so far: a stratum
    gains by its size and its doubt, loses by its answers, and counts for what it tells of the others too. For the next article
    the covariances are what the first leaves of them (Bayes linear: Goldstein and Wooff 2007, chapter 3), so strata take turns.
    Within a stratum the article comes first that would stand for the most others of its week.

    Such a choice biases nothing: within a stratum all were drawn with the same chance.
    """
    known, queues = strata(sample.drawn, sample.answers), _queues(sample)
    covariance, noise = _moments(known)
    found: list[Draw] = []
    while len(found) < count and (waiting := [row for row, one in enumerate(known, 1) if queues[one.name]]):
        gains = covariance[0] ** 2 / (covariance.diagonal() + noise)
        best = max(waiting, key=lambda row: float(gains[row]))
        found.append(queues[known[best - 1].name].popleft())
        told = covariance[best]
        covariance = covariance - np.outer(told, told) / (told[best] + noise[best])
    return found


def _queues(sample: Sample) -> dict[str, deque[Draw]]:
    """Give by stratum what waits, first what would stand for the most articles of its week."""
    answered = Counter((one.stratum, one.week) for one in sample.drawn if one.entry_id in sample.answers)
    ranked = []
    for one in sample.waiting:
        answered[one.stratum, one.week] += 1
        ranked.append((one.population / answered[one.stratum, one.week], one))
    queues: dict[str, deque[Draw]] = {one.stratum: deque() for one in sample.drawn}
    for _, one in sorted(ranked, key=lambda pair: -pair[0]):
        queues[one.stratum].append(one)
    return queues


def _moments(known: Sequence[Stratum]) -> tuple[Array, Array]:
    """Give the covariances of recall (first) and each stratum's share, and how far one answer strays from each."""
    _, rest = _simulated(known)
    hits, missed = _split(known, [_said(one) + unasked for one, unasked in zip(known, rest, strict=True)])
    shares = [unasked / max(1, _unasked(one)) for one, unasked in zip(known, rest, strict=True)]
    noise = np.array([0.0, *(float((share * (1 - share)).mean()) for share in shares)])
    # Where nothing is on topic in any of the draws there is nothing to tell, and nothing is divided by nothing.
    return np.cov(np.stack([_recall(hits, missed), *shares])), noise + 1e-12


def expected_width(sample: Sample, asked: Collection[Draw]) -> float:
    """Give how wide the interval of recall will be, on average, once these articles of the sample are answered too.

    Their answers are drawn from what is known so far, a hundred times; each time the 4,000 draws are weighed by how well they
    explain them (importance sampling), and the percentiles taken again.
    """
    known, more = strata(sample.drawn, sample.answers), Counter(one.stratum for one in asked)
    numbers = [min(more[one.name], _unasked(one)) for one in known]
    shares, _ = _simulated(known)
    chance = np.random.default_rng(1)
    left = [
        _said(one) + chance.binomial(_unasked(one) - number, share).astype(float)
        for one, number, share in zip(known, numbers, shares, strict=True)
    ]
    widths = []
    for row in chance.integers(DRAWS, size=OUTCOMES):
        said = [int(chance.binomial(number, share[row])) for number, share in zip(numbers, shares, strict=True)]
        fit = np.zeros(DRAWS)
        for yes, number, share in zip(said, numbers, shares, strict=True):
            fit += yes * np.log(share) + (number - yes) * np.log1p(-share)
        recall = _recall(*_split(known, [yes + unasked for yes, unasked in zip(said, left, strict=True)]))
        widths.append(_width(recall, np.exp(fit - fit.max())))
    return float(np.mean(widths))


def _width(values: Array, weights: Array) -> float:
    order = np.argsort(values)
    sums = np.cumsum(weights[order])
    low, high = values[order][np.searchsorted(sums, np.array([0.025, 0.975]) * sums[-1])]
    return float(high - low)
