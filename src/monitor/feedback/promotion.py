"""Takes the comparison of a candidate with the model in use, gives whether it may take its place, and why not.

A candidate is refused where it is worse for any topic beyond doubt, where too little is left to tell, where labels have gone, and
where nothing changed. Each reason says what to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.feedback.evaluation import Comparison

WORSE = -0.01  # average precision: the whole paired interval below it is a loss beyond doubt
FEWEST = 30  # undisputed labels of a topic in the test set
SHRUNK = 0.2  # of the undisputed labels there were


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """What a candidate was learned from and is tested on, as far as the decision needs it."""

    undisputed: int  #: labels, all topics
    frozen: Mapping[str, int]  #: by topic, undisputed labels in the test set
    asked: Mapping[str, int]  #: the same with the disputed ones
    trained: Sequence[str]  #: topics whose head was learned anew
    before: int | None = None  #: undisputed labels when the model in use was trained; None where that was not here
    same: Sequence[str] = ()  #: versions at hand that were learned from the very same labels


def refusals(comparisons: Sequence[Comparison], basis: Basis) -> list[str]:
    """Give the reasons against the candidate, none where it may be promoted."""
    found = []
    if not basis.trained:
        found.append(
            "no topic has enough labels to be learned: answer some with `monitor label`,"
            " or import them with `monitor labels import`"
        )
    if basis.same:
        found.append(f"no label has changed since {basis.same[-1]} was trained")
    if basis.before is not None and basis.undisputed < (1 - SHRUNK) * basis.before:
        found.append(
            f"{basis.undisputed} undisputed labels are left of {basis.before}: more than a fifth is gone or disputed;"
            " settle the disputed ones with `monitor label`"
        )
    for topic, asked in sorted(basis.asked.items()):
        left = basis.frozen.get(topic, 0)
        if left < FEWEST and (topic in basis.trained or asked >= FEWEST):
            found.append(
                f"{topic}: {left} undisputed labels in the test set, {FEWEST} are needed to tell better from worse"
                + (f" ({asked - left} more are disputed: settle them with `monitor label`)" if asked > left else "")
            )
    for one in comparisons:
        if one.topic not in basis.trained:
            continue
        if one.average_precision is None:
            found.append(f"{one.topic}: the test set holds {one.positives} yes of {one.items}: it cannot rank anything")
        elif one.average_precision[2] < WORSE:
            change, low, high = one.average_precision
            found.append(
                f"{one.topic}: average precision changes by {change:+.3f} [{low:+.3f}, {high:+.3f}]: worse beyond doubt"
            )
    return found
