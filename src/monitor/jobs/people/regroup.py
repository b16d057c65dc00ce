"""Takes what a person says of stories, that two are one or that one is two, gives the stories so; later judging obeys it."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import TYPE_CHECKING

from monitor.errors import StoreBusy, UsageError
from monitor.jobs.context import new_key
from monitor.jobs.people.answer import tell_again
from monitor.jobs.telling import Telling, rules_of
from monitor.jobs.watch import presence
from monitor.ports import Store, Writer
from monitor.types import Ruling, Settings, Story, StoryArticle, Worker

if TYPE_CHECKING:
    from monitor.classify import Judge

PATIENCE, PAUSE = 20, 0.5
"""How often it is asked whether articles are still being judged, and seconds in between."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Editor:
    """What a change of stories by hand takes."""

    settings: Settings
    store: Store
    open_judge: "Callable[[], Judge]"
    clock: Callable[[], datetime]
    worker: Worker  #: who keeps others from judging meanwhile
    key: Callable[[], str] = new_key
    writer: Writer | None = None
    answers: bool = False
    pause: Callable[[float], None] = time.sleep

    @property
    def judge(self) -> "Judge":
        """Give the judge of the topics in force, whose words the messages show."""
        return self.open_judge()


def merge(editor: Editor, stories: Collection[int], who: str) -> Story:
    """Make one story of several and give it; it keeps the name of one that was told, of several the oldest.

    Raises:
        UsageError: one of them is no story, or there are fewer than two.
        StoreBusy: articles are being judged.
    """
    with _alone(editor):
        return _merge(editor, stories, who)


def _merge(editor: Editor, stories: Collection[int], who: str) -> Story:
    found = [_story(editor, story_id) for story_id in sorted(set(stories))]
    if len(found) < 2:
        raise UsageError("merging takes two stories or more")
    telling = _telling(editor)
    told = telling.told_of([story.id for story in found])
    kept = min(found, key=lambda story: (story.id not in told, story.id))
    gone = [story for story in found if story is not kept]
    whole = _of(kept.id, [article for story in found for article in story.articles])
    moved = {article.entry_id: kept.id for story in gone for article in story.articles}
    inside = {article.entry_id for article in whole.articles}
    telling.follow([whole], {story.id: whole for story in gone})
    _save(editor, telling, _rulings(editor, who, together=[inside]), moved)
    return whole


def split(editor: Editor, story_id: int, entries: Collection[int], who: str) -> tuple[Story, Story]:
    """Take articles out of a story into one of their own; give what is left and what is new.

    The part with the entry that opened the story keeps its name and its message; of the other nobody is told again.

    Raises:
        UsageError: there is no such story, an entry is not in it, or they are all of it.
        StoreBusy: articles are being judged.
    """
    with _alone(editor):
        return _split(editor, story_id, entries, who)


def _split(editor: Editor, story_id: int, entries: Collection[int], who: str) -> tuple[Story, Story]:
    story = _story(editor, story_id)
    inside = {article.entry_id for article in story.articles}
    if strange := sorted(set(entries) - inside):
        raise UsageError(
            f"article {strange[0]} is not in story {story_id}, which has {', '.join(map(str, sorted(inside)))}"
        )
    out = set(entries)
    if not out or out == inside:
        raise UsageError(
            f"name some of the articles of story {story_id}, not all of them: {', '.join(map(str, sorted(inside)))}"
        )
    goes = inside - out if story_id in out else out
    left = _of(story_id, [article for article in story.articles if article.entry_id not in goes])
    new = _of(min(goes), [article for article in story.articles if article.entry_id in goes])
    telling = _telling(editor)
    telling.follow([left], {})
    _save(editor, telling, _rulings(editor, who, together=[inside - goes, goes]), dict.fromkeys(goes, new.id))
    return left, new


def show(editor: Editor, entries: Collection[int]) -> None:
    """Write the messages about articles anew, with what people have said of them.

    Raises:
        StoreBusy: articles are being judged.
    """
    with _alone(editor):
        tell_again(editor, rules_of(editor.settings), entries, editor.clock())


@contextmanager
def _alone(editor: Editor) -> Iterator[None]:
    """Keep others from judging: who has read the stories before this change would put the articles back where they were."""
    presence.beat(editor.store, editor.worker, editor.clock())  # buries whoever was killed with the lock
    for _ in range(PATIENCE):
        if editor.store.lock("judge", editor.worker):
            break
        editor.pause(PAUSE)
    else:
        raise StoreBusy("articles are being judged just now: try again in a minute")
    try:
        yield
    finally:
        editor.store.unlock("judge", editor.worker)


def _story(editor: Editor, story_id: int) -> Story:
    found = editor.store.stories([story_id])
    if not found:
        raise UsageError(f"there is no story {story_id}: `monitor stories list` names them")
    return found[0]


def _of(story_id: int, articles: Iterable[StoryArticle]) -> Story:
    return Story(id=story_id, articles=tuple(sorted(articles, key=lambda one: (one.at, one.entry_id))))


def _telling(editor: Editor) -> Telling:
    return Telling(editor, rules_of(editor.settings), editor.clock())


def _rulings(editor: Editor, who: str, *, together: Sequence[set[int]]) -> list[Ruling]:
    """Rule that each part is one story and that no two parts are, by as few pairs as say so; what was said before gives way."""
    first = [min(part) for part in together]
    said = {
        pair: True
        for part, opener in zip(together, first, strict=True)
        for pair in ((opener, entry) for entry in sorted(part) if entry != opener)
    }
    said |= dict.fromkeys(combinations(sorted(first), 2), False)
    part_of = {entry: number for number, part in enumerate(together) for entry in part}
    for one in editor.store.rulings():
        if one.entry in part_of and one.other in part_of:
            said[one.entry, one.other] = part_of[one.entry] == part_of[one.other]
    now = editor.clock()
    return [
        Ruling(entry=entry, other=other, together=one, who=who, at=now) for (entry, other), one in sorted(said.items())
    ]


def _save(editor: Editor, telling: Telling, rulings: Sequence[Ruling], moved: Mapping[int, int]) -> None:
    _, refreshes = telling.written()
    editor.store.save_rulings(editor.worker, rulings, moved, refreshes)
