"""Takes flagged articles and open stories, gives each article its story: it joins one or opens one.

`signature` says what of an article is compared, `idf` how common words are, `likeness` how alike two articles are, `clusters`
puts the nearest together, `match` decides, `copies` finds one text in several papers. Of what there is then, `facts` gives the
tags, `lifecycle` where the story stands; `novelty`, by `figures` and reactions, what is worth telling again; and `corrections`
what has become of an article since. Numpy and scipy
are imported only when articles are matched.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from monitor.stories.copies import copies
from monitor.stories.idf import Idf, shipped_idf
from monitor.stories.signature import Signature, is_rolling, signature

if TYPE_CHECKING:
    from monitor.stories.facts import Facts, facts_of
    from monitor.stories.lifecycle import State, state
    from monitor.stories.match import Placed, StoryIndex, fold
    from monitor.stories.novelty import news

__all__ = [
    "Facts",
    "Idf",
    "Placed",
    "Signature",
    "State",
    "StoryIndex",
    "copies",
    "facts_of",
    "fold",
    "is_rolling",
    "news",
    "shipped_idf",
    "signature",
    "state",
]

_HOME = {
    "Facts": "facts",
    "Placed": "match",
    "State": "lifecycle",
    "StoryIndex": "match",
    "facts_of": "facts",
    "fold": "match",
    "news": "novelty",
    "state": "lifecycle",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
