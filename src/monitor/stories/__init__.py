"""Takes flagged articles and open stories, gives each article its story: it joins one or opens one.

`signature` says what of an article is compared, `idf` how common words are, `likeness` how alike two articles are, `clusters`
puts the nearest together, `match` decides, `copies` finds one text in several papers.
"""

from monitor.stories.copies import copies
from monitor.stories.idf import Idf, shipped_idf
from monitor.stories.match import Placed, StoryIndex, fold
from monitor.stories.signature import Signature, is_rolling, signature

__all__ = ["Idf", "Placed", "Signature", "StoryIndex", "copies", "fold", "is_rolling", "shipped_idf", "signature"]
