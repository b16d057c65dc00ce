"""Takes a page's title, text and source, gives the name of what stands before the article, "" where nothing does."""

import re

from monitor.parse.text import plain

# A longer text is an article, whatever it mentions; none of the 102 pages of the development set with an article was refused.
_STUB = 1_200
# With less than this found, the whole page is looked at, not only what was taken for the article.
_THIN = 250
_LOOKED_AT = 4_000
_OBSTACLES = (
    (
        "captcha page",
        r"captcha|verify (?:that )?you(?: are|'re|’re) (?:a )?human|are you a robot|not a robot|unusual traffic"
        r"|checking your browser|attention required|press (?:and|&) hold|security check|access denied",
    ),
    (
        "page needs JavaScript",
        r"(?:enable|activate|turn on|allow|requires) java ?script|java ?script (?:is )?(?:disabled|required|must be|to run)",
    ),
    (
        "consent page",
        r"before you continue|we (?:value|respect) your privacy|accept (?:all )?cookies|(?:manage|your) (?:cookie|privacy|consent) "
        r"(?:settings|preferences|choices)|consent to (?:the )?(?:use|processing)|we and our partners|wir und unsere partner",
    ),
    (
        "login page",
        r"(?:log|sign) ?in to (?:your|continue|access|view)|please (?:log|sign) ?in|forgot(?:ten)? (?:your )?password",
    ),
    (
        "paywall",
        r"subscribe (?:now )?to (?:continue|read|keep|unlock)|to (?:continue|keep) reading|already (?:a subscriber|subscribed)"
        r"|(?:for|to) (?:our )?subscribers only|subscribers[ -]only|unlock (?:this|the full) (?:article|story)"
        r"|reserved for subscribers",
    ),
)
_PATTERNS = tuple((note, re.compile(pattern, re.IGNORECASE)) for note, pattern in _OBSTACLES)
_PASSWORD = re.compile(r"type\s*=\s*[\"']?password", re.IGNORECASE)


def obstacle(title: str, text: str, source: str) -> str:
    """Name the obstacle: captcha, JavaScript, consent, login, paywall, or that no article was found."""
    if len(text) >= _STUB:
        return ""
    told = _told(f"{title}\n{text}")
    if told or len(text) >= _THIN:
        return told
    told = _told(plain(source)[:_LOOKED_AT]) or _told(_unseen(source))
    if told or _PASSWORD.search(source):
        return told or "login page"
    return "" if text else "no article found"


def _told(text: str) -> str:
    return next((note for note, pattern in _PATTERNS if pattern.search(text)), "")


def _unseen(source: str) -> str:
    """Give what is written for browsers without JavaScript."""
    return " ".join(plain(piece.partition("</noscript")[0]) for piece in source.split("<noscript>")[1:4])
