"""Takes a verdict, gives the words that spoke for it: what a summary should bear on."""

from monitor.types import Verdict


def words_of(verdict: Verdict) -> frozenset[str]:
    """Give the words and keywords that spoke for a verdict, in small letters."""
    named = (term.feature.split(": ", 1) for term in verdict.contributions if term.value > 0)
    return frozenset(
        word
        for kind, phrase in named
        if kind.startswith(("word", "keyword"))
        for word in phrase.rstrip("*").lower().split()
    )
