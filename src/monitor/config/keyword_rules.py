"""Takes one keyword as written in `topics.yaml`, gives what is wrong with it, or None.

A keyword is a word or a phrase. It is found at word boundaries whatever the case; `*` at the end of its last word stands for any
ending; quotes around a phrase are allowed. It is no regular expression: what looks like one is refused, not searched for as it is.
"""

import re
import unicodedata
from collections.abc import Iterator

MIN_STEM = 3  # letters before `*`: with fewer, `co*` would be found in every text
MAX_LENGTH = 200
_REGEX_SIGNS = re.compile(r"\.[*+?]|[|\\\[\](){}^$]|\*\*|\?$")


def keyword_problem(pattern: str) -> str | None:
    """Say why a keyword cannot be used and what to write instead; None where it can."""
    text = pattern.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    return next(_problems(text), None)


def keyword_key(pattern: str) -> str:
    """Give the form in which two ways of writing one keyword are equal: case, accents, hyphens and quotes make no difference."""
    plain = (char for char in unicodedata.normalize("NFKD", pattern.casefold()) if not unicodedata.combining(char))
    return re.sub(r"[^\w*+]+", " ", "".join(plain)).strip()


def _problems(text: str) -> Iterator[str]:
    if not any(map(str.isalnum, text)):
        yield "holds no word: write a word or a phrase, or remove it"
    if any(unicodedata.category(char) == "Cc" for char in text):
        yield "holds a line break, a tab or another control character: write it as one line of plain text"
    if len(text) > MAX_LENGTH:
        yield f"is longer than {MAX_LENGTH} characters: write a word or a phrase"
    if '"' in text:
        yield "holds a stray quote: put quotes around the whole phrase, or none"
    if found := _REGEX_SIGNS.search(text):
        yield f"looks like a regular expression ({found[0]}): write words; only * at the end of the last word is special"
    if text[0] in "+#" or text.rstrip("*")[-1] in "+#":
        yield "has + or # at its edge, which is not seen in texts: write the word out"
    if "*" in text[:-1]:
        yield "has * in a place other than its end: only the last word may end in *"
    stem = re.split(r"[\s-]", text[:-1])[-1]
    if text.endswith("*") and (not stem[-1:].isalnum() or sum(map(_is_letter, stem)) < MIN_STEM):
        yield f"needs at least {MIN_STEM} letters before *: write a longer beginning or the whole word"


def _is_letter(char: str) -> bool:
    # Marks count: a Devanagari vowel sign is a character of its own.
    return unicodedata.category(char)[0] in "LMN"
