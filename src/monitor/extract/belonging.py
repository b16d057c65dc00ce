"""Takes an entry's words and the text of its page, gives whether the one is about the other.

A link that leads to the front page, to a section or to another article after a redirect shares nothing with the entry but the
commonest words. Compared are the beginnings of longer words, so that inflection does no harm; pairs of characters where a
script does without spaces. Names, places and figures of an entry stand on its page even where all else was rewritten.
"""

import re

_WORD = re.compile(r"\w+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_FEWEST = 6  #: words in the entry below which nothing can be told
# On 102 real pages, their stated title and description held against their text, one is refused (a diary); held against the text
# of another page, 81 % are (2026-11-22).
_SHARE = 0.15


def belongs(title: str, teaser: str, text: str) -> bool:
    """Tell whether a page's text is about what the entry's title and teaser speak of; when in doubt, yes."""
    wanted = _stems(title) | _stems(teaser[:600])
    return len(wanted) < _FEWEST or len(wanted & _stems(text)) > _SHARE * len(wanted)


def _stems(text: str) -> set[str]:
    found: set[str] = set()
    for word in _WORD.findall(text.lower()):
        if _UNSPACED.search(word):
            found.update(word[at : at + 2] for at in range(len(word) - 1))
        elif len(word) >= 5 or word.isdigit():
            found.add(word[:6])
    return found
