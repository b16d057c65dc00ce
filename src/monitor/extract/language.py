"""Takes a text and the language its source states, gives a two-letter code.

A stated language wins. Else a text with enough of the commonest English words is English, which spares most texts the
identifier; the rest goes to py3langid, held to the languages news is likely to be in (unrestricted it calls short English
titles Latin or Luxembourgish).
"""

import re
from collections.abc import Callable
from functools import cache

_PRIMARY = re.compile(r"([a-z]{2,3})(?:[-_].*)?")
_WORDS = re.compile(r"[^\W\d_]+")
_READ = 600  #: characters looked at; longer samples changed no answer on the development set
# Function words of English that no other language here writes the same way.
_ENGLISH_WORDS = """
about after against and been could from have he his into its of over said says she that the their they this to was were what
when which who will with would you
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
# Share of words that makes it English: at 0.12, on 2,483 development articles (159 Spanish), it settles 87 % of the texts with
# title and 27 % of the titles alone, none of them wrongly, and agrees with py3langid on every text (2026-11-22).
_SURE = 0.12
_LANGUAGES = "ar bg bn cs da de el en es fa fi fr he hi hu id it ja ko nl no pl pt ro ru sv sw th tr uk ur vi zh"


def detect(text: str, stated: str | None = None) -> str:
    """Give the language of a text, "und" where there is nothing to tell it by."""
    code = _PRIMARY.fullmatch((stated or "").strip().lower())
    if code and code[1] not in ("und", "mul", "zxx"):
        return code[1]
    sample = text[:_READ]
    words = _WORDS.findall(sample.lower())
    if not words:
        return "und"
    return "en" if _surely_english(words) else _identifier()(sample)


def _surely_english(words: list[str]) -> bool:
    found = [word for word in words if word in _ENGLISH]
    return len(set(found)) >= 2 and len(found) >= _SURE * len(words)


@cache
def _identifier() -> Callable[[str], str]:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - numpy and 3 MB of model

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(_LANGUAGES.split())
    return lambda text: str(identifier.classify(text)[0])
