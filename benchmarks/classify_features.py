"""Takes real news, gives what each family of features is worth, and what keywords do when they are added or taken away.

    python benchmarks/classify_features.py

Families: weights learned from the real labels alone, outlets left out, with one family off. Keywords: the shipped model as it is,
no training; each of twenty keywords is added to a topic without it, or taken from a topic that has it.
"""

from dataclasses import replace

import numpy as np
from corpora import TOPICS, Array, Flags, ap, by_outlet, development, real_news, table
from scipy import sparse

from monitor.adapters.model_files import ModelFiles
from monitor.classify import Judge
from monitor.classify.features import CUE_FEATURES
from monitor.config import shipped
from monitor.feedback.design import Example, Scanners, new_space
from monitor.feedback.fitting import Design, fit
from monitor.feedback.training import KEYWORD_PRECISION, refining
from monitor.types import Topic

FOLDS = 5
FAMILIES = {
    "nothing": lambda _: False,
    "cue lists": lambda name: not name.startswith(("countries.", "pair")),
    "cues in the title": lambda name: name.startswith("title."),
    "lists that meet in a sentence": lambda name: name.startswith(("meet.", "share.")),
    "countries": lambda name: name.startswith(("countries.", "pair")),
}
ADDED = {
    "drug_policy": "addict*, pills, dispensar*, cartel*, rehab*, overdose*, dea, poppy, psilocybin, prescription drug*",
    "bilateral_security": "air defense, troops, patriot, warships, tanks, drones, uranium, border guards, spy, peacekeep*",
}
TAKEN = {
    "drug_policy": "fentanyl, opioid*, marijuana, cannabis, cocaine, naloxone, drug traffick*, unodc, decriminali*, harm reduction",
    "bilateral_security": "extradit*, military aid, arms control, joint exercise*, strategic partnership, denucleari*, arms sale*, "
    "nuclear deal, counterterrorism, aukus",
}


def main() -> None:
    """Print both tables."""
    english = [one for one in real_news().labelled if one.language == "en"]
    families(english)
    keywords([one for one in english if (one.title, one.text) in development()])


def families(examples: list[Example]) -> None:
    """Print average precision with one family of features off at a time."""
    scanners = Scanners(TOPICS)
    space, mean = new_space(scanners, TOPICS, examples)
    design = space.design([one.article for one in examples], examples)
    names = [name for name, _ in CUE_FEATURES]
    rows: list[tuple[object, ...]] = []
    for family, off in FAMILIES.items():
        kept = [1.0] * len(space.vocabulary) + [0.0 if off(name) else 1.0 for name in names]
        rows.append((family, *_crossed(_only(design, np.array(kept)), mean, examples)))
    words = [0.0] * len(space.vocabulary) + [1.0] * len(names)
    rows.append(("words", *_crossed(_only(design, np.array(words)), mean, examples)))
    rows.append(("keywords", *_crossed(replace(design, keywords=design.keywords * 0), mean, examples)))
    table(("off", *(f"AP {topic.id}" for topic in TOPICS)), rows)


def _only(design: Design, kept: Array) -> Design:
    return replace(design, features=(design.features @ sparse.diags(kept)).tocsr())


def _crossed(design: Design, mean: object, examples: list[Example]) -> list[float]:
    outlets = sorted({by_outlet(one) for one in examples})
    folds = np.array([outlets.index(by_outlet(one)) % FOLDS for one in examples])
    scores = np.zeros(design.labels.shape)
    for fold in range(FOLDS):
        weights = fit(
            design.rows(np.flatnonzero(folds != fold)),
            mean,  # type: ignore[arg-type]
            precision=refining(len(examples)),
            keyword_precision=KEYWORD_PRECISION,
        )
        scores[folds == fold] = weights.scores(design.rows(np.flatnonzero(folds == fold)))
    inside = np.array([(one.title, one.text) in development() for one in examples])
    found = []
    for place in range(len(TOPICS)):
        rows = np.flatnonzero(inside & ~np.isnan(design.labels[:, place]))
        found.append(ap(design.labels[rows, place] == 1, scores[rows, place]))
    return found


def keywords(examples: list[Example]) -> None:
    """Print what one keyword more or less does to scores and average precision."""
    model = ModelFiles(shipped("models")).load()
    rows: list[tuple[object, ...]] = []
    for place, topic in enumerate(TOPICS):
        labelled = [one for one in examples if topic.id in one.labels]
        labels: Flags = np.array([one.labels[topic.id] for one in labelled])
        before = _logits(Judge(model, TOPICS), labelled, place)
        for sign, phrases in (("+", ADDED[topic.id]), ("−", TAKEN[topic.id])):
            for phrase in phrases.split(", "):
                after = _logits(Judge(model, _changed(place, sign, phrase)), labelled, place)
                moved = np.abs(after - before) > 1e-9
                change = float((after - before)[moved].mean()) if moved.any() else 0.0
                rows.append(
                    (
                        topic.id,
                        f"{sign} {phrase}",
                        int(moved.sum()),
                        f"{change:+.2f}",
                        f"{ap(labels, after) - ap(labels, before):+.4f}",
                    )
                )
    table(("topic", "keyword", "articles moved", "mean change of log-odds", "change of AP"), rows)


def _changed(place: int, sign: str, phrase: str) -> list[Topic]:
    topic = TOPICS[place]
    assert (phrase in topic.include) is (sign == "−"), phrase
    include = (*topic.include, phrase) if sign == "+" else tuple(one for one in topic.include if one != phrase)
    return [replace(one, include=include) if one is topic else one for one in TOPICS]


def _logits(judge: Judge, examples: list[Example], place: int) -> Array:
    found = np.array([verdicts[place].probability for verdicts in judge.verdicts_many(one.article for one in examples)])
    return np.log(found) - np.log1p(-found)


if __name__ == "__main__":
    main()
