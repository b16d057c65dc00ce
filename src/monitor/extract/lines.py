"""Takes the text found on a page, gives its lines without what the page says of itself.

Invitations to newsletters, apps and networks, who else reported, dates, labels, copyright: whole lines only, recognised by how
they begin, short ones only, so that an article *about* cookies or newsletters keeps its paragraphs.
"""

import re
from collections.abc import Collection
from functools import cache
from itertools import groupby

from monitor.extract.phrases import PAGE_TALK, REPORTED, either
from monitor.parse.text import tidy

_SHORT = 350  #: characters; a longer line is a paragraph, whatever it invites to
_NEAR = 3  #: lines within which a teaser is printed again as the first paragraph
_REPEATED = 40  #: characters from which that counts: shorter lines are answers, scores, names
_PROSE = 80
_MENU = 30
_WORDS = re.compile(r"\w+")
_REPORTED = re.compile(REPORTED, re.IGNORECASE)


def article_lines(text: str, titles: Collection[str]) -> str:
    """Give the article's lines, spaces collapsed; `titles` are the page's titles and first headings, never part of it."""
    said = {_key(title) for title in titles}
    lines = [line for line in map(tidy, text.splitlines()) if line and _key(line) not in said]
    lines = _without_repetitions(_without_menus(lines))
    kept = [line for line in lines if not is_page_talk(line)]
    # Where that is most of what was found, it is the article's subject, or there is none.
    return "\n".join(kept if 2 * sum(map(len, kept)) >= sum(map(len, lines)) else lines)


def is_page_talk(line: str) -> bool:
    """Tell whether a line is the page speaking of itself."""
    return len(line) < _SHORT and bool(_page_talk().search(line)) and not _REPORTED.search(line)


@cache
def _page_talk() -> re.Pattern[str]:
    return re.compile(either(PAGE_TALK), re.IGNORECASE)


def _without_repetitions(lines: list[str]) -> list[str]:
    kept: list[str] = []
    for line in lines:
        if line not in kept[-1:] and not (len(line) >= _REPEATED and line in kept[-_NEAR:]):
            kept.append(line)
    return kept


def _without_menus(lines: list[str]) -> list[str]:
    """Give the blocks with most prose, where a whole page with its menus was taken for an article."""
    menu = [len(line) < _MENU for line in lines]
    if sum(menu) < 30 or sum(menu) < 0.75 * len(lines):
        return lines
    blocks: list[list[str]] = [[]]
    for in_menu, run in groupby(lines, key=lambda line: len(line) < _MENU):
        found = list(run)
        if in_menu and len(found) >= 3:
            blocks.append([])
        else:
            blocks[-1] += found
    prose = [sum(len(line) for line in block if len(line) >= _PROSE) for block in blocks]
    most = max(prose)
    return [
        line for block, amount in zip(blocks, prose, strict=True) if amount and 2 * amount >= most for line in block
    ]


def _key(line: str) -> str:
    return " ".join(_WORDS.findall(line.lower()))
