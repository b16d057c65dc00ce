"""Takes phrases with their meanings, gives every place where one stands in a normalised text, all phrases in one pass.

Pattern syntax, the same in topics.yaml and in the lexicons: whole words, case- and accent-blind, hyphens and spaces alike;
`*` at the very end leaves the last word open; quotation marks around a phrase are allowed and mean nothing.
An Aho-Corasick automaton finds any number of patterns in the time of one: 2,000 keywords cost what twenty cost.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

import ahocorasick

from monitor.errors import ConfigError

T = TypeVar("T")


def compile_pattern(pattern: str, normalise: Callable[[str], str]) -> str:
    """Give the characters to look for: ` drug policy `, or ` drug polic` for a pattern that ends in `*`.

    Raises:
        ConfigError: nothing could ever match it as it was meant.
    """
    plain = pattern.strip()
    if len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "\"'":
        plain = plain[1:-1].strip()
    stem = plain.removesuffix("*")
    if "*" in stem:
        raise ConfigError(f"keyword {pattern!r}: `*` may stand only at the very end, once")
    if stem != stem.rstrip() or (stem != plain and not stem[-1:].isalnum()):
        raise ConfigError(f"keyword {pattern!r}: `*` must follow a letter or digit")
    words = normalise(stem).split()
    if not words:
        raise ConfigError(f"keyword {pattern!r}: there is no letter or digit in it")
    if stem[-1] in "+#" or stem[0] in "+#":
        raise ConfigError(f"keyword {pattern!r}: `{stem[-1]}` at the edge of a word is not seen; write it out")
    return f" {' '.join(words)}{' ' if stem == plain else ''}"


class Matcher(Generic[T]):
    """A set of compiled patterns, each with its meaning."""

    def __init__(self, patterns: Mapping[str, T]) -> None:
        self._automaton = ahocorasick.Automaton()
        for pattern, meaning in patterns.items():
            closed = pattern[-1] == " "
            self._automaton.add_word(pattern, (len(pattern) - 1, int(not closed), meaning))
        self._automaton.make_automaton()
        self._empty = not patterns

    def __call__(self, text: str) -> Iterable[tuple[int, tuple[int, int, T]]]:
        """Give (last, (length, more, meaning)) of every occurrence in a normalised text, in the order of their ends.

        An occurrence reaches from `last - length + 1` to `last + more`; the blanks around it do not count. Nothing is made of
        the automaton's own answers here, because that would cost as much as finding them.
        """
        found: Iterable[tuple[int, tuple[int, int, T]]] = () if self._empty else self._automaton.iter(text)
        return found
