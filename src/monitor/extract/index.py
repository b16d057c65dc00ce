"""Takes the tree of a page and the text found on it, gives whether that is a list of articles: a front page, a section, a tag.

A card is the smallest part of a page around one headline that is a link, with its teaser. Where most of what was taken for the
article stands in cards, the page is about no event, or about all of them.
"""

from collections import Counter
from typing import Any

from monitor.extract.prune import words

_HEADLINE = 20  #: characters; a shorter link is a section or a button
_CARD = 600  #: characters that a headline and its teaser hardly exceed
_FEWEST = 4
_SHARE = 0.6
_MOST_LINKS = 1_000


def cards(tree: Any) -> list[str]:
    """Give the words of each card of a page, before anything is dropped from it."""
    headlines = [link for link in tree.xpath(f"(//a)[position() <= {_MOST_LINKS}]") if _is_headline(link)]
    within = Counter(above for headline in headlines for above in headline.iterancestors())
    return [words(_card(headline, within)) for headline in headlines]


def is_index(text: str, listed: list[str]) -> bool:
    """Tell whether most of a text, a paragraph per line, stands in four cards or more; or there is no text beside eight."""
    if not text:
        return len(listed) >= 2 * _FEWEST
    found = {line: {at for at, card in enumerate(listed) if line in card} for line in text.splitlines()}
    in_cards = [line for line, at in found.items() if at]
    if len(set().union(*found.values())) < _FEWEST:
        return False
    return sum(map(len, in_cards)) >= _SHARE * sum(map(len, found))


def _is_headline(link: Any) -> bool:
    """Tell whether a link is no part of a sentence: it holds a heading, or no loose words stand beside it."""
    if len(words(link)) < _HEADLINE:
        return False
    if next(link.iter("h2", "h3", "h4"), None) is not None:
        return True
    before = link.getprevious()
    beside = (link.getparent().text if before is None else before.tail, link.tail)
    return not any(loose and not loose.isspace() for loose in beside)


def _card(headline: Any, within: Counter[Any]) -> Any:
    card = headline
    for above in headline.iterancestors():
        if within[above] > 1 or len(words(above)) > _CARD:
            break
        card = above
    return card
