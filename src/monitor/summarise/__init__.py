"""Takes an article or a story, gives up to three sentences of its own and its best headline; nothing is invented.

`sentences` splits, `boilerplate` leaves out what is no article, `extractive` chooses sentences, `choice` chooses articles, and
`checked` says what is wrong with what a language model wrote.
"""

from monitor.summarise.choice import best_text, headline
from monitor.summarise.extractive import summary
from monitor.summarise.sentences import sentences

__all__ = ["best_text", "headline", "sentences", "summary"]
