"""Takes the HTML of a page, gives its article's text; takes a text, gives its language."""

from monitor.extract.language import detect
from monitor.extract.page import read_page

__all__ = ["detect", "read_page"]
