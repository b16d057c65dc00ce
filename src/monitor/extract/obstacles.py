"""Takes what was read off a page, gives the name of what stands before the article, "" where nothing does.

Told by what a page says to its reader, not by words that an article may use as well: a sentence counts where it *begins* so,
unquoted, and a title that says nothing else; and where enough prose is left beside it, the page is an article with a banner.
Only a paywall's line ends an article that began well.
"""

import re
from collections.abc import Mapping
from functools import cache

from monitor.extract.phrases import BANNERS, SENTENCES, TITLES, either
from monitor.parse.text import plain

Patterns = tuple[tuple[str, re.Pattern[str]], ...]

# A longer text is an article, whatever it mentions; none of the 102 pages of the development set with an article was refused.
_STUB = 1_200
_PROSE = 60  #: characters that a sentence has and a button has not
_ENOUGH = 250  #: characters of prose beside a banner that make an article
_ENOUGH_UNDER_TITLE = 600  #: the same where the very title is that of an obstacle: such pages explain themselves
_LOOKED_AT = 4_000
_PAYWALL = "paywall"

_PASSWORD = re.compile(r"type\s*=\s*[\"']?password", re.IGNORECASE)


def obstacle(title: str, text: str, source: str) -> str:
    """Name the obstacle: captcha, JavaScript, consent, login, paywall, no such page, or that no article was found.

    Args:
        title: the page's title.
        text: what was taken for the article, a paragraph per line.
        source: the whole page.
    """
    if len(text) >= _STUB:
        return ""
    told, prose = _read([line for line in text.splitlines() if line != title])
    titled = _said(title, _titles())
    if _PAYWALL in told:
        return _PAYWALL
    if titled and prose < _ENOUGH_UNDER_TITLE:
        return titled
    if told and prose < _ENOUGH:
        return told[0]
    return "" if prose else _nothing_read(text, source)


def _nothing_read(text: str, source: str) -> str:
    """Look at the whole page, where nothing like an article was read off it."""
    told = _said(f"{_unseen(source)} {plain(source)[:_LOOKED_AT]}", _anywhere())
    if told or _PASSWORD.search(source):
        return told or "login page"
    return "" if text else "no article found"


def _read(lines: list[str]) -> tuple[list[str], int]:
    """Give the obstacles that lines tell of, and the characters of prose in the others."""
    told = [_said(line, _beginnings()) for line in lines]
    prose = sum(len(line) for line, note in zip(lines, told, strict=True) if not note and len(line) >= _PROSE)
    return list(filter(None, told)), prose


def _said(text: str, patterns: Patterns) -> str:
    return next((note for note, pattern in patterns if pattern.search(text)), "")


# Compiled when the first page is read: that takes 20 ms, and most processes that import this read none.
@cache
def _anywhere() -> Patterns:
    return _compiled("{}", SENTENCES)


@cache
def _beginnings() -> Patterns:
    return _compiled(r"(?:^|[.!?…:»] )[\s¡¿•✓-]{{0,3}}(?:{})", SENTENCES, BANNERS)


@cache
def _titles() -> Patterns:
    """Behind it only the outlet's name."""
    return _compiled(r"^\W*(?:{})\W*(?:$| [|–—·-] )", TITLES, SENTENCES)


def _compiled(form: str, *phrases: Mapping[str, str]) -> Patterns:
    return tuple(
        (note, re.compile(form.format(either(lines)), re.IGNORECASE))
        for each in phrases
        for note, lines in each.items()
    )


def _unseen(source: str) -> str:
    """Give what is written for browsers without JavaScript."""
    return " ".join(plain(piece.partition("</noscript")[0]) for piece in source.split("<noscript>")[1:4])
