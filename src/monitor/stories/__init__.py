"""Takes flagged articles and open stories, gives each article its story: it joins one or opens one.

`signature` says what of an article is compared, `idf` how common words are, `match` decides.
"""

from monitor.stories.idf import Idf, shipped_idf
from monitor.stories.match import Joins, Opens, StoryIndex, fold
from monitor.stories.signature import Signature, signature

__all__ = ["Idf", "Joins", "Opens", "Signature", "StoryIndex", "fold", "shipped_idf", "signature"]
