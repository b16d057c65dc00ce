"""Takes nothing, gives what people, and who answers them, ask of the database, each its own door."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from monitor.types import (
    ConfigChange,
    Daily,
    Draw,
    Erased,
    Figures,
    Imported,
    Judgement,
    Known,
    Label,
    Ledger,
    Mute,
    Narrowed,
    Refresh,
    Ruling,
    Score,
    Story,
    StoryLine,
    Worker,
)


class Stories(Protocol):
    """Stories as they stand, and what people have ruled about them (job regroup)."""

    def stories(self, ids: Collection[int]) -> list[Story]:
        """Give these stories, by id; what is no story is left out."""

    def story_lines(self, narrowed: Narrowed, limit: int, offset: int = 0) -> list[StoryLine]:
        """Give up to `limit` stories of a list after the first `offset`, by their latest article, the latest first."""

    def named(self, kind: str) -> list[str]:
        """Give what the articles in stories name, each once, sorted; `kind`: country, agency or substance. As `index` found it."""

    def rulings(self) -> list[Ruling]:
        """Give what people have said about pairs of entries; the latest on each pair."""

    def save_rulings(
        self,
        worker: Worker,
        rulings: Sequence[Ruling],
        moved: Mapping[int, int],
        refreshes: Sequence[Refresh] = (),
    ) -> None:
        """Store what a person said, the stories that follow from it and the messages that change, in one transaction.

        Raises `ClaimLost` where `worker` does not hold the lock `judge` any more.
        """


class Answers(Protocol):
    """What was pressed or written in a channel (job answer)."""

    def save_answer(
        self, labels: Sequence[Label], new_mutes: Sequence[Mute] = (), refreshes: Sequence[Refresh] = ()
    ) -> int:
        """Store what a person answered and the messages that show it, in one transaction. Idempotent.

        Labels as in `save_labels`; a mute takes the place of an older one on the same subject. Gives how many labels are new.
        """

    def mutes(self, now: datetime) -> list[Mute]:
        """Give what people do not want to hear of now, what was said last first."""


class Labels(Protocol):
    """Labels, and the stream they are about (jobs learn, audit, replay; whoever answers)."""

    def save_labels(self, labels: Sequence[Label]) -> int:
        """Store answers, each in the place of the same person's older one on the same article and topic. Idempotent.

        Gives how many said something new. An answer older than the one that is there changes nothing.
        """

    def withdraw_labels(self, entry_id: int, who: str) -> None:
        """Take back all that a person said of an article. Idempotent."""

    def labels(self, ids: Collection[int] | None = None) -> list[Label]:
        """Give all answers, or those about these articles: the latest of each person."""

    def import_labels(self, items: Sequence[Imported], now: datetime) -> tuple[list[int | None], int]:
        """Store articles with their answers; one that is stored already, by its URL, keeps its own words. Idempotent.

        Gives each one's entry (None: an address that is unknown, without title and text), and how many answers said something new.
        """

    def labelled(self, after: int, limit: int) -> list[Judgement]:
        """Give articles that somebody answered about, by rising id beyond `after`."""

    def stream(self, since: datetime, after: int, limit: int) -> list[Judgement]:
        """Give articles judged at or after `since`, by rising id beyond `after`; imported ones are not of the stream."""

    def judgements(self, ids: Collection[int]) -> list[Judgement]:
        """Give these articles with verdicts and labels, by rising id."""

    def scores(self, since: datetime, until: datetime | None = None) -> list[Score]:
        """Give the verdicts on articles of the stream judged in a span of time, by rising id, without the articles."""

    def daily(self, since: datetime) -> list[Daily]:
        """Count what was flagged of the stream judged at or after `since`, by day (UTC) and topic, where anything was."""

    def probabilities(self, topic: str, model: str, since: datetime) -> list[float]:
        """Give what a version of the model said of the stream's articles judged at or after `since`, in no order."""

    def volume(self, since: datetime) -> tuple[int, datetime | None]:
        """Count the articles of the stream judged at or after `since`, and tell when the first of them was."""

    def save_draws(self, draws: Sequence[Draw]) -> int:
        """Store what was drawn for the audit, where the week and topic have no draw yet; give how many. Idempotent."""

    def draws(self, since: str = "") -> list[Draw]:
        """Give what was drawn in and after a week (`2026-W48`)."""


class People(Protocol):
    """What is kept about a person (commands)."""

    def people(self) -> list[Known]:
        """Give everybody of whom something is stored, by `who`."""

    def held_of(self, who: str) -> list[Mapping[str, Any]]:
        """Give everything stored about a person as rows, each with its `kind`: answer, ruling, mute, config change, message."""

    def erase(self, who: str, now: datetime, key: str, *, keep_answers: bool = False) -> Erased:
        """Forget a person; whoever is not known leaves all as it is.

        Answers and lapsed mutes are deleted. Rulings, mutes that hold, and with `keep_answers` answers (without the reason
        somebody wrote) stand under a new name that says nothing. Stored messages lose the name, and an edit takes it out of
        those that were sent; `key` begins the edits' keys.
        """


class ConfigLog(Protocol):
    """What has changed in the configuration (bootstrap)."""

    def noted_config(self) -> tuple[str, Mapping[str, Any]]:
        """Give digest and settings (as noted) of the last configuration that was noted; "" and nothing before the first."""

    def note_config(self, change: ConfigChange, settings: Mapping[str, Any]) -> bool:
        """Store a change, unless that very configuration is the last one noted; tell whether it was stored.

        `settings` must hold no secret. Only the latest are kept.
        """

    def config_changes(self, since: datetime, limit: int = 1_000) -> list[ConfigChange]:
        """Give up to `limit` changes noted at or after a time, the latest first."""


class Looks(Protocol):
    """Search, counts, and the whole case of an article (commands and pages)."""

    def search(
        self,
        question: str,
        limit: int,
        offset: int = 0,
        *,
        topic: str = "",
        source: str = "",
        country: str = "",
        since: datetime | None = None,
        told: bool = False,
    ) -> list[int]:
        """Give the indexed articles that have all words, "phrases" and open-ended words* of a question, the latest first.

        `topic`: flagged for it; `source`: of that source; `country`: part of a story, and naming it; `since`: published (or,
        undated, seen) then or later; `told`: part of a story. None where the question has no word.
        """

    def found(self, question: str, since: datetime, *, topic: str = "") -> int:
        """Count the indexed articles of the stream since then that a search for this would find; `topic`: flagged for it."""

    def index(self, limit: int) -> int:
        """Make up to so many judged articles findable by `search`, the latest first; give how many. Idempotent."""

    def counts(self) -> Mapping[str, int]:
        """Count entries by stage (`entries_read` …), deliveries by state (`deliveries_sent` …), `stories`, `articles_flagged`."""

    def figures(self, now: datetime) -> Figures:
        """Count what there is, polls only within the last hour, and tell since when what has waited longest waits.

        Of a delivery that was tried that is since it was decided, else since it was due.
        """

    def ledger(self, entry_id: int) -> Ledger | None:
        """Give all that is known of one entry; None where there is none."""

    def ledgers(self, url: str) -> list[Ledger]:
        """Give all that is known of the entries with this canonical URL or published link, oldest first."""
