"""Takes the articles of a story, gives which are copies of which: one agency's text in several papers is one voice, not several."""

from collections.abc import Mapping, Sequence

from monitor.stories.signature import Signature, signature
from monitor.types import StoryArticle

COPY_OVERLAP = 0.8
"""Share of the shorter article's runs of four words that a copy has in common with the other. 0.6–1: no effect on B³."""

NO_FORMULA, FEWEST_RUNS = 25, 8
"""Words from which a text alone can tell a copy, and runs from which anything can. Set by reading; no effect on B³."""

_RUN = 4


def is_copy(one: Signature, other: Signature) -> bool:
    """Tell whether two articles are one text: the shorter one's runs of words stand in the other, and so do its title's figures.

    A text long enough to be no formula ("follow all the news of the day") is compared without its headline.
    """
    if one.stems == other.stems:
        return bool(one.stems)
    if one.title_numbers != other.title_numbers:
        return False
    long = all(len(seen.stems) - seen.title_length >= NO_FORMULA for seen in (one, other))
    ours, theirs = (runs(seen.stems[seen.title_length :] if long else seen.stems) for seen in (one, other))
    shorter = min(len(ours), len(theirs))
    return shorter >= FEWEST_RUNS and len(ours & theirs) >= COPY_OVERLAP * shorter


def copies(articles: Sequence[StoryArticle]) -> Mapping[int, int]:
    """Give each article that is a copy, and the first in the caller's order that it is a copy of, by their entries."""
    found: dict[int, int] = {}
    originals: list[tuple[int, Signature]] = []
    for article in articles:
        seen = signature(article.title, article.text)
        original = next((entry for entry, known in originals if is_copy(seen, known)), None)
        if original is None:
            originals.append((article.entry_id, seen))
        else:
            found[article.entry_id] = original
    return found


def runs(stems: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Give the runs of four words that a text is made of."""
    return set(zip(*(stems[shift:] for shift in range(_RUN)), strict=False))
