"""Takes words, gives the articles that have all of them in headline or teaser, the latest first."""

from sqlalchemy import Connection, or_, select

from monitor.adapters.store.schema import IN_STORY, entries


def ids(connection: Connection, words: str, limit: int, *, told: bool) -> list[int]:
    """Give the entries; with `told` only those that are in a story, so that were flagged."""
    wanted = [
        or_(entries.c.title.icontains(word, autoescape=True), entries.c.summary.icontains(word, autoescape=True))
        for word in words.split()
    ]
    question = select(entries.c.id).where(*wanted, *([IN_STORY] if told else []))
    return list(connection.execute(question.order_by(entries.c.at.desc(), entries.c.id.desc()).limit(limit)).scalars())
