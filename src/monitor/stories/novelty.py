"""Takes a story and a further article of it, gives what of it is worth telling again.

An account that repeats what the story said is told by the count of outlets alone. Worth a word of its own are a figure that
nobody had given, and a reaction: a country or agency that had not been named, in the headline of what it says or does.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from monitor.stories.copies import is_copy
from monitor.stories.facts import Facts, fact_tables, facts_of
from monitor.stories.figures import new_figures
from monitor.stories.signature import is_rolling, signature
from monitor.types import StoryArticle

SPOKEN_WITHIN = 4
"""Words before a verb of reaction, or behind one that opens a clause, among which whoever reacts is named."""

_CLAUSE = re.compile(r"[,;:|–—\"“”‘’«»]|(?<!\w)'|'(?!\w)|\s-\s")


def news(before: Sequence[StoryArticle], article: StoryArticle) -> tuple[str, ...]:
    """Say what an article adds to those told before, in words to be shown; nothing where it repeats them.

    A copy, a rolling page or digest, and an article older than all others add nothing, whatever they say.
    """
    if not before or is_rolling(article.title) or article.at < min(one.at for one in before):
        return ()
    seen = signature(article.title, article.text)
    if any(is_copy(seen, signature(one.title, one.text)) for one in before):
        return ()
    figures = new_figures(article.title, (f"{one.title}\n{one.text}" for one in before))
    return (*(f"new figure: {figure.written}" for figure in figures), *_reactions(before, article))


def _reactions(before: Sequence[StoryArticle], article: StoryArticle) -> Iterator[str]:
    """Give the countries and agencies that react in the headline and that no earlier article names."""
    reacting = facts_of((part, "", article.language) for part in _reacting(article.title))
    if names := _who(reacting):
        named = set(_who(facts_of((one.title, one.text, one.language) for one in before)))
        yield from (f"now also: {name}" for name in names if name not in named)


def _who(facts: Facts) -> tuple[str, ...]:
    return (*facts.countries, *facts.agencies)


def _reacting(title: str) -> Iterator[str]:
    """Give the words that name who reacts: right before the verb ("Peru and Chile condemn …"), or behind ("…, says Peru")."""
    verbs, former = _patterns()
    for clause in _CLAUSE.split(title):
        words = clause.split()
        for place, word in enumerate(words):
            if verbs.fullmatch(word) and not any(former.fullmatch(one) for one in words[:place]):
                yield " ".join(words[max(0, place - SPOKEN_WITHIN) : place] or words[1 : 1 + SPOKEN_WITHIN])


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    table = fact_tables()["reactions"]
    return re.compile("|".join(table["verbs"]), re.IGNORECASE), re.compile(rf"(?:{table['former']})\W?", re.IGNORECASE)
