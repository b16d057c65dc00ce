"""Takes the text of a page and those of other pages of the same source, gives the text without the lines they have in common.

About the company, how to subscribe, the author's two books: what stands word for word on page after page of an outlet is not
what this article says. A paragraph of background that a running story carries along is: so a line has to stand in three other
pages and in a quarter of them, and a page that is mostly the same as this one, an earlier version, does not count.
"""

from collections import Counter
from collections.abc import Sequence

_LINE = 40  #: characters; shorter lines are labels and answers
_FEWEST = 3
_SHARE = 0.25
_SAME = 0.5  #: of a text's words in another page, from which both are the same article
_QUOTES = ('"', "“", "”", "«", "»", "„", "「")


def without_repeated(text: str, others: Sequence[str], titles: Sequence[str] = ()) -> tuple[str, str]:
    """Part a text into what is the article's and the lines that are the site's; where in doubt, all is the article's.

    Args:
        text: a paragraph per line.
        others: the texts of recent pages of the same source, as they were read.
        titles: lines that stay, whatever other pages have.
    """
    lines = text.splitlines()
    pages = [page for page in (set(other.splitlines()) for other in others) if _share(lines, page) < _SAME]
    seen = Counter(line for page in pages for line in page)
    least = max(_FEWEST, _SHARE * len(pages))
    site = {line for line in lines if seen[line] >= least and _may_go(line) and line not in titles}
    kept = [line for line in lines if line not in site]
    if 2 * sum(map(len, kept)) < len(text):
        return text, ""
    return "\n".join(kept), "\n".join(line for line in lines if line in site)


def _share(lines: Sequence[str], page: set[str]) -> float:
    return sum(len(line) for line in lines if line in page) / max(1, sum(map(len, lines)))


def _may_go(line: str) -> bool:
    return len(line) >= _LINE and not any(mark in line for mark in _QUOTES)
