"""Takes what somebody pressed, gives the labels that it means; and from labels, what each person said, in words."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.types import Action, Label, Person, Pressed, Topic, Via

#: What each answer says of the topics that were asked about; a named topic is always said to be right.
_SAYS: dict[Action, bool | None] = {
    Action.RELEVANT: True,
    Action.NOT_RELEVANT: False,
    Action.TOPIC: False,
    Action.ALL_TOPICS: True,
    Action.UNSURE: None,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What one person said of a story."""

    who: str  #: the name for people
    words: str


def labels_of(
    pressed: Pressed, asked: Collection[str], known: Collection[str], *, model: str, via: Via = Via.SLACK
) -> list[Label]:
    """Give the labels of an answer; none where what was pressed is no answer, or names a topic that is not known any more.

    Args:
        pressed: what was pressed, by whom, when.
        asked: topics that the message told or the question named: what *Relevant* and *Not relevant* speak of.
        known: topics that are configured: what *All of them* speaks of.
        model: version whose verdict the person had before them.
        via: where they pressed it.
    """
    press = pressed.press
    if press.action not in _SAYS or (press.action is Action.TOPIC and press.topic not in known):
        return []
    about = known if press.action is Action.ALL_TOPICS else asked
    values = dict.fromkeys((topic for topic in about if topic in known), _SAYS[press.action])
    if press.action is Action.TOPIC:
        values[press.topic] = True
    return labels_by(pressed.person, press.entry, values, dict.fromkeys(values, model), at=pressed.at, via=via)


def labels_by(
    person: Person,
    entry_id: int,
    values: Mapping[str, bool | None],
    models: Mapping[str, str],
    *,
    at: datetime,
    via: Via,
) -> list[Label]:
    """Give the labels of what a person says of an article, by topic; `models`: the versions whose verdicts they had before them."""
    return [
        Label(
            entry_id=entry_id,
            topic=topic,
            value=value,
            who=person.id,
            name=person.name,
            at=at,
            via=via,
            model=models.get(topic, ""),
        )
        for topic, value in values.items()
    ]


def said(labels: Iterable[Label], told: Sequence[Topic], topics: Sequence[Topic]) -> list[Said]:
    """Give what each person said, who spoke first first; of two answers of one person on a topic the later one counts.

    Args:
        labels: on the articles of a story.
        told: topics that the message names.
        topics: all that are configured, for their names.
    """
    latest: dict[str, dict[str, Label]] = {}
    for label in sorted(labels, key=lambda one: (one.at, one.topic)):
        latest.setdefault(label.who, {})[label.topic] = label
    names = {topic.id: topic.name for topic in topics}
    return [
        Said(who=next(iter(by_topic.values())).said_by, words=words)
        for by_topic in latest.values()
        if (words := _in_words({topic: one.value for topic, one in by_topic.items() if topic in names}, told, names))
    ]


def differ(labels: Iterable[Label]) -> bool:
    """Tell whether two people who were sure say different things of the same article and topic."""
    values: dict[tuple[int, str], set[bool | None]] = {}
    for label in labels:
        values.setdefault((label.entry_id, label.topic), set()).add(label.value)
    return any({True, False} <= said_of for said_of in values.values())


def _in_words(values: dict[str, bool | None], told: Sequence[Topic], names: dict[str, str]) -> str:
    right = [topic for topic, value in values.items() if value]
    told_ids = {topic.id for topic in told}
    if not told_ids & values.keys():
        return ""  # what was said of other topics, elsewhere, is no answer to this message
    if not right:
        return "unsure" if None in values.values() else "not relevant"
    if set(right) >= told_ids:
        also = [names[topic] for topic in names if topic in right and topic not in told_ids]
        return "relevant" + (f", also {' and '.join(also)}" if also else "")
    return " and ".join(names[topic] for topic in names if topic in right)
