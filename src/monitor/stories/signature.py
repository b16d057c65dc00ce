"""Takes an article's title and text, gives its signature: what of it is compared with other articles.

Words are lower-cased, stripped of accents and possessives, and lightly stemmed. Names are words that stand capitalised
inside a sentence, or in the title without ever being lower-case in the text (some outlets write Titles Like This).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

TITLE_WEIGHT = 2
"""How often a word of the title counts. Against 1 and 3: +.005 B³ F1 on rss-2022-11-dev, ±.00 on ECB+."""

MAX_CHARS = 20_000
"""As much of a title or text is read. No news article of the development corpora is longer; it bounds the cost of one item."""

_WORD = re.compile(r"[^\W_]+(?:[.,'’][^\W_]+)*")
_SENTENCE_END = frozenset(".!?:;\n\"'“”‘’«»()[]-–—|•")
_SMALL_WORDS = (
    "a about after against all amid an and are as at be been before but by can could for from had has have he her his how in "
    "into is it its may more new no not of off on or our out over said say says she should than that the their they this to "
    "up us was we were what when where which who why will with would you your"
)
TITLE_SMALL_WORDS = frozenset(_SMALL_WORDS.split())
"""Words that a headline may capitalise though they are no names."""


_ROLLING = re.compile(
    r"\blive(?: updates?| news| blog| coverage)?\s*[:|–—]|[:|–—]\s*live\b|\blive (?:updates?|blog|coverage)\b"
    r"|\b(?:as it happened|at a glance|what we know|what to know|takeaways|explained|explainer|in pictures|podcast|quiz)\b"
    r"|\b(?:opinion|analysis|briefing)\s*[:|–—]|^(?:watch|video|live)\b|[–—|-]\s*(?:video|opinion|analysis|live)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """What is compared: stems in reading order, their counts, and which of them are names and numbers."""

    stems: tuple[str, ...]
    title_length: int  #: how many of them are the title's
    counts: Mapping[str, int]
    names: frozenset[str]
    title_names: frozenset[str]
    title_numbers: frozenset[str]
    rolling: bool  #: a page that touches many events: live, at a glance, explained


def signature(title: str, text: str) -> Signature:
    """Give the signature of an article."""
    text = text[:MAX_CHARS]
    title_words, text_words = list(_words(title[:MAX_CHARS])), list(_words(text))
    stems = tuple(stem for _, stem, _ in (*title_words, *text_words))
    counts = Counter(stems)
    counts.update({stem: TITLE_WEIGHT - 1 for _, stem, _ in title_words})
    names = {stem for word, stem, start in text_words if word[0].isupper() and not _opens_sentence(text, start)}
    lower = {stem for word, stem, _ in text_words if word[0].islower()}
    title_names = {
        stem
        for word, stem, _ in title_words
        if word[0].isupper() and stem not in lower and word.lower() not in TITLE_SMALL_WORDS
    }
    return Signature(
        stems=stems,
        title_length=len(title_words),
        counts=counts,
        names=frozenset(names | title_names),
        title_names=frozenset(title_names),
        title_numbers=frozenset(stem for _, stem, _ in title_words if stem[0].isdigit()),
        rolling=is_rolling(title),
    )


@lru_cache(maxsize=4096)  # a story's headlines are looked at whenever it is shown
def is_rolling(title: str) -> bool:
    """Tell whether a headline is that of a rolling page, digest, explainer or opinion: it does not say what happened."""
    return bool(_ROLLING.search(title))


def stem_of(word: str) -> str:
    """Give the form under which a word is compared.

    A handful of suffixes suffices: +.01 B³ F1 over unstemmed words on rss-2022-11-dev.
    """
    word = word.lower().replace("’", "'").removesuffix("'s").replace("'", "")
    word = word.replace(",", "") if word[:1].isdigit() else word.replace(".", "").replace(",", "")
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-3] + "y" if word.endswith("ies") and len(word) > 4 else word[:-1]
    for suffix in ("ing", "ed"):
        if len(word) > len(suffix) + 3 and word.endswith(suffix):
            word = word.removesuffix(suffix)
            break
    return word.removesuffix("e") if len(word) > 4 else word


def _words(text: str) -> Iterator[tuple[str, str, int]]:
    """Give each word as written, its stem, and where it starts."""
    for found in _WORD.finditer(text):
        if stem := stem_of(found[0]):
            yield found[0], stem, found.start()


def _opens_sentence(text: str, start: int) -> bool:
    """Tell whether the word at `start` is capitalised for its place rather than for itself."""
    before = text[max(0, start - 2) : start].strip(" \t")
    return not before or before[-1] in _SENTENCE_END
