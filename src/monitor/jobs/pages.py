"""Takes a reading of the store that gives articles by rising id, gives all of them a page at a time: memory for one page."""

from collections.abc import Callable, Iterator

from monitor.types import Judgement

Read = Callable[[int, int], list[Judgement]]  #: from (id beyond which, how many)


def pages(read: Read, size: int, after: int = 0) -> Iterator[list[Judgement]]:
    """Give the articles with an id beyond `after`, `size` at a time."""
    while page := read(after, size):
        yield page
        after = page[-1].article.entry.id
