"""Takes title, text, topics and a model, gives verdicts with exact contributions; imports numpy and an automaton, nothing heavier.

text (folded, sentences marked) → reading (words, cues, countries, keywords in one pass) → features (numbers) → judge (verdicts).
Beside these: lexicon (package data), patterns (keyword syntax), model (the value), threshold (rule → number), metrics.
"""

from monitor.classify.judge import Judge, words_of
from monitor.classify.model import Evidence, Head, Model

__all__ = ["Evidence", "Head", "Judge", "Model", "words_of"]
