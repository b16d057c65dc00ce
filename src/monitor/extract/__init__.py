"""Takes the HTML of a page, gives its article's text; takes a text, gives its language, and what in it is not the article's.

`page` is imported by those who read pages, in children: it brings trafilatura's tree and hundreds of phrases along.
"""

from monitor.extract.belonging import belongs
from monitor.extract.language import detect, detect_all
from monitor.extract.repeated import without_repeated

__all__ = ["belongs", "detect", "detect_all", "without_repeated"]
