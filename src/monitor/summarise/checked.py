"""Takes what a language model wrote and the article it wrote about, gives what speaks against showing it.

A model may invent. So every number and every name it wrote has to stand in the article: figures digit for digit, numbers in
words as a word or its digits, names word by word, of countries in any language. What fails is not mended: the extract is shown.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from monitor.classify.lexicon import languages, lexicon
from monitor.summarise.sentences import sentences

MOST_SENTENCES, MOST_WORDS = 3, 60

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_IN_WORDS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
    "eleven": "11", "twelve": "12", "dozen": "12", "dozens": "", "hundred": "00", "hundreds": "", "thousand": "000",
    "thousands": "", "million": "000000", "millions": "", "billion": "000000000", "billions": "", "half": "", "twice": "",
}  # fmt: skip
_MARKUP = re.compile(r"https?://|[<>*_`#|\[\]{}]")


def faults(written: str, title: str, text: str, language: str = "en") -> list[str]:
    """Say what is wrong with a summary; nothing where every number and name in it stands in the article.

    Args:
        written: By the model.
        title: Of the article.
        text: Of the article.
        language: Of what was written, for its sentences.
    """
    source = f"{title}\n{text}"
    if not written.strip():
        return ["nothing was written"]
    found = ["mark-up or a link"] if _MARKUP.search(written) else []
    if len(written.split()) > MOST_WORDS:
        found.append(f"more than {MOST_WORDS} words")
    if len(sentences(written, language)) > MOST_SENTENCES:
        found.append(f"more than {MOST_SENTENCES} sentences")
    return [*found, *(f"not in the article: {word}" for word in _strange(written, source))]


def _strange(written: str, source: str) -> list[str]:
    """Give the numbers and names that the source does not have."""
    figures = {_digits(found) for found in _NUMBER.findall(source)}
    known = {_folded(word) for found in _WORD.findall(source) for word in (found, *re.split("['’-]", found))}
    codes = {code for word in known if (code := _country(word))}
    strange = [number for number in _NUMBER.findall(written) if _digits(number) not in figures]
    for found in _WORD.finditer(written):
        word = found[0]
        folded = _folded(word)
        if folded in _IN_WORDS:
            if folded not in known and (
                not _IN_WORDS[folded] or not any(one.endswith(_IN_WORDS[folded]) for one in figures)
            ):
                strange.append(word)
        elif word[0].isupper() and not _opens_sentence(written, found.start()):
            parts = [_folded(part) for part in re.split("['’-]", word) if len(part) > 1] or [folded]
            if not all(part in known or _country(part) in codes for part in parts):
                strange.append(word)
    return strange


def _digits(number: str) -> str:
    """Give a number without its separators: 1,500 and 1.500 are one."""
    return re.sub(r"[.,]", "", number)


def _folded(word: str) -> str:
    plain = "".join(one for one in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(one))
    return plain.removesuffix("'s").removesuffix("’s")


def _opens_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \t\n\"'“”‘’«»(")
    return not before or before[-1] in ".!?…:"


def _country(word: str) -> str | None:
    return _country_of().get(word) or _country_of().get(word.removesuffix("s"))


@cache
def _country_of() -> Mapping[str, str]:
    """Give the country of each name of one word, in all languages."""
    return {
        _folded(name): code
        for language in languages()
        for name, code in lexicon(language).countries.items()
        if " " not in name and code != "-"
    }
