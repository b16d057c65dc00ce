"""Takes the words of a cell, gives them as no spreadsheet reckons with them, and back.

A spreadsheet runs a cell that begins with = + - or @ as a formula, some in their wide form too. Where it takes semicolons, tabs or
line ends for the bounds of cells, whatever the file was written with, such a sign behind one of these begins a cell as well. An
apostrophe before it makes it text; one that stood there already gets another, so that reading takes off what writing put on.
"""

import re

_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_BOUNDS = ";\t\r\n"
#: What a spreadsheet may pass over before a sign: blanks, and quotes that it takes for its own.
_PASSED_OVER = rf"(?:['\"]|[^\S{_BOUNDS}])*"
_BEGINS = rf"(?:\A|(?<=[{_BOUNDS}])){{}}(?={_PASSED_OVER}[{_SIGNS}])|\A{{}}(?='*[\t\r])"
_UNGUARDED, _GUARDED = re.compile(_BEGINS.format("", "")), re.compile(_BEGINS.format("'", "'"))


def guarded(words: str) -> str:
    """Give words with an apostrophe before whatever would be run."""
    return _UNGUARDED.sub("'", words)


def bare(words: str) -> str:
    """Give words without what `guarded` put before them."""
    return _GUARDED.sub("", words)
