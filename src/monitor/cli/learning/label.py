"""Takes a person at a terminal, gives the store their answers: one article after the other, one key per answer."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.bootstrap import Archive
    from monitor.feedback.queue import Question
    from monitor.types import Judgement, Label

READ = 1_200  # characters of a text that are shown at first
KINDS = {
    "disputed": "people differ about this one",
    "uncertain": "the model is uncertain",
    "high": "the model is rather sure",
    "random": "drawn at random for the audit",
}


def register(app: typer.Typer) -> None:
    """Add `label`."""
    app.command(
        epilog="Examples: monitor label · monitor label --count 50 --who ana · monitor label --topic drug_policy"
    )(label)


def label(
    ctx: typer.Context,
    count: Annotated[int, typer.Option(min=1, max=1_000, help="How many articles at most.")] = 20,
    topic: Annotated[
        list[str] | None, typer.Option(metavar="TOPIC", help="Ask about this topic alone; may be given several times.")
    ] = None,
    who: Annotated[
        str | None, typer.Option(envvar="MONITOR_WHO", metavar="NAME", help="Who answers (default: your login).")
    ] = None,
) -> None:
    """Answer about articles, one key each: what the model is unsure of, what it is sure of, and some drawn at random.

    Keys: 1, 2 … this topic and no other · b all topics · n none · m several · u unsure · s skip · z undo · t whole text · q quit.
    """
    from rich.console import Console

    from monitor import bootstrap
    from monitor.errors import UsageError
    from monitor.jobs.people import labelling

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        known = {one.id: one for one in archive.settings.topics}
        unknown = [name for name in topic or () if name not in known]
        if unknown or not known:
            raise UsageError(
                f"unknown topic {unknown[0]!r}: topics.yaml has {', '.join(known)}"
                if unknown
                else "topics.yaml is empty"
            )
        chosen = [known[name] for name in topic] if topic else [*known.values()]
        person = who or bootstrap.login()
        asked = labelling.questions(
            archive.store, chosen, archive.settings.learning, person, bootstrap.now(), count=count
        )
        console = Console(highlight=False)
        if not asked:
            console.print("Nothing to ask: no judged article of the last 14 days is left that nobody answered about.")
            return
        round_ = _Round(archive=archive, topics=[one.id for one in chosen], who=person, console=console)
        round_.introduce([(one.name, one.include) for one in chosen])
        round_.go(asked)


@dataclass(kw_only=True, slots=True)
class _Round:
    """One sitting: what was asked, answered and may be undone."""

    archive: "Archive"
    topics: list[str]
    who: str
    console: "Console"
    undo: "list[tuple[int, list[Label]]]" = field(
        default_factory=list
    )  #: article, and what this person had said before

    def introduce(self, topics: list[tuple[str, tuple[str, ...]]]) -> None:
        """Say what the topics are and which key means what."""
        from rich.markup import escape

        for number, (name, keywords) in enumerate(topics, 1):
            words = ", ".join(keywords[:12]) + (" …" if len(keywords) > 12 else "")
            self.console.print(f"[bold]{number}[/]  [bold]{escape(name)}[/]: {escape(words) or '(no keywords)'}")
        several = "[bold]b[/] all of them  [bold]m[/] several  " if len(topics) > 1 else ""
        self.console.print(
            f"\n[bold]1[/]–[bold]{len(topics)}[/] this topic and no other  {several}[bold]n[/] none  [bold]u[/] unsure"
            "  [bold]s[/] skip  [bold]z[/] undo  [bold]t[/] whole text  [bold]q[/] quit"
        )

    def go(self, asked: "list[tuple[Question, Judgement]]") -> None:
        """Ask about each; undo goes back one."""
        place = answered = 0
        while place < len(asked):
            question, one = asked[place]
            self._show(one, place, len(asked), question.kind.value)
            match self._answer(one):
                case "quit":
                    break
                case "undo" if self.undo:
                    place = self._take_back(asked)
                    answered -= 1
                case "undo":
                    self.console.print("Nothing to undo.")
                case "skip":
                    place += 1
                case _:
                    answered += 1
                    place += 1
        self.console.print(f"{answered} answered. What they come to: monitor labels stats · monitor train --dry-run")

    def _show(self, one: "Judgement", place: int, total: int, kind: str) -> None:
        from rich.markup import escape

        entry, text = one.article.entry, one.article.text
        date = f", {entry.published:%Y-%m-%d}" if entry.published else ""
        self.console.print(f"\n[dim]{place + 1} of {total} · {KINDS[kind]} · {escape(entry.outlet)}{date}[/]")
        self.console.print(f"[bold]{escape(_plain(entry.title)) or '(no title)'}[/]")
        if text:
            self.console.print(escape(_plain(text[:READ])) + ("[dim] … (t: whole text)[/]" if len(text) > READ else ""))
        for verdict in one.verdicts:
            if verdict.topic in self.topics:
                why = self._why(one, verdict.topic)
                self.console.print(f"[dim]{escape(verdict.topic)}: {verdict.probability:.2f}{escape(why)}[/]")
        for said in one.labels:
            word = {True: "yes", False: "no", None: "unsure"}[said.value]
            self.console.print(f"[yellow]{escape(said.said_by)} said {word} to {escape(said.topic)}[/]")

    def _why(self, one: "Judgement", topic: str) -> str:
        terms = next((verdict.contributions for verdict in one.verdicts if verdict.topic == topic), ())
        return "".join(f"  {term.feature} {term.value:+.1f}" for term in terms[:3])

    def _answer(self, one: "Judgement") -> str:
        """Read keys until one is an answer; store it."""
        while True:
            key = _key()
            if key in {"q", "\x03", "\x04", ""}:
                return "quit"
            if key == "s":
                return "skip"
            if key == "z":
                return "undo"
            if key == "t":
                self.console.print(_plain(one.article.text) or "(no text)", markup=False)
                continue
            values = self._values(key)
            if values:
                self._store(one, values)
                return "answered"
            self.console.print(f"[dim]{key!r} means nothing here[/]", markup=True)

    def _values(self, key: str) -> dict[str, bool | None]:
        """Give what a key says of each topic; {} where it says nothing."""
        if key == "n":
            return dict.fromkeys(self.topics, False)
        if key == "u":
            return dict.fromkeys(self.topics, None)
        if key == "b":
            return dict.fromkeys(self.topics, True)
        if key == "m":
            self.console.print("[dim]their numbers, then Enter[/]")
            picked = set()
            while (digit := _key(blank=True)) not in {"\r", "\n", ""}:
                picked.add(digit)
            return {topic: str(number) in picked for number, topic in enumerate(self.topics, 1)} if picked else {}
        if key.isdecimal() and 1 <= int(key) <= len(self.topics):
            return {topic: number == int(key) for number, topic in enumerate(self.topics, 1)}
        return {}

    def _store(self, one: "Judgement", values: dict[str, bool | None]) -> None:
        from monitor import bootstrap
        from monitor.types import Label, Via

        entry, models = one.article.entry, {verdict.topic: verdict.model for verdict in one.verdicts}
        before = [said for said in one.labels if said.who == self.who]
        self.archive.store.save_labels(
            [
                Label(
                    entry_id=entry.id,
                    topic=topic,
                    value=value,
                    who=self.who,
                    at=bootstrap.now(),
                    via=Via.TERMINAL,
                    model=models.get(topic, ""),
                )
                for topic, value in values.items()
            ]
        )
        self.undo.append((entry.id, before))
        words = {True: "yes", False: "no", None: "unsure"}
        self.console.print(f"[green]{', '.join(f'{topic}: {words[value]}' for topic, value in values.items())}[/]")

    def _take_back(self, asked: "list[tuple[Question, Judgement]]") -> int:
        """Undo the last answer; give its article's place."""
        entry_id, before = self.undo.pop()
        self.archive.store.withdraw_labels(entry_id, self.who)
        self.archive.store.save_labels(before)
        return next(place for place, (question, _) in enumerate(asked) if question.entry_id == entry_id)


def _key(*, blank: bool = False) -> str:
    """Read one key; from a pipe, the next character that is not blank; "" at its end."""
    if sys.stdin.isatty():
        try:
            read: Callable[[], Any] = typer.getchar
            return str(read())
        except (EOFError, KeyboardInterrupt):  # what is answered is stored already
            return ""
    while (key := sys.stdin.read(1)).isspace() and not blank:
        pass
    return key


def _plain(text: str) -> str:
    """Give a text from the web without what a terminal would obey."""
    from monitor.notify.mrkdwn import clean

    return "\n".join(clean(line) for line in text.split("\n"))
