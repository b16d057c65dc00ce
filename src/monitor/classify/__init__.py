"""Takes title, text, topics and a model, gives verdicts with exact contributions; imports numpy and an automaton, nothing heavier.

text (folded, sentences marked) → reading (words, cues, countries, keywords in one pass) → features (numbers) → judge (verdicts).
Beside these: lexicon (package data), patterns (keyword syntax), model (the value), threshold (rule → number), metrics, explain.
Even numpy is imported only when something is judged: a run in which all sources answer 304 does without.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from monitor.classify.explain import groups, passage, words_of

if TYPE_CHECKING:
    from monitor.classify.judge import Judge
    from monitor.classify.model import Evidence, Head, Model

__all__ = ["Evidence", "Head", "Judge", "Model", "groups", "passage", "words_of"]

_HOME = {"Judge": "judge", "Evidence": "model", "Head": "model", "Model": "model"}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
