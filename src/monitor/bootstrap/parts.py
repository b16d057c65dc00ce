"""Takes settings and the environment, gives single parts: clock, model files, notifier, writer, judge."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from monitor.adapters.model_files import ModelFiles
from monitor.adapters.notifier import ConsoleNotifier
from monitor.adapters.notifier.pace import BURST
from monitor.adapters.notifier.routed import RoutedNotifier
from monitor.config import shipped
from monitor.ports import Labels, Notifier, Writer
from monitor.types import Settings, Topic

if TYPE_CHECKING:
    from monitor.classify import Judge, Model
    from monitor.classify.threshold import Stream

#: What a wanted number of flags a day is reckoned from.
STREAM_WINDOW = timedelta(days=14)
FEWEST_FOR_VOLUME = 100  #: articles


def now() -> datetime:
    """Give the time: the clock that jobs are handed."""
    return datetime.now(UTC)


def model_files(settings: Settings) -> ModelFiles:
    """Give the model versions: those of the configured folder, else those shipped."""
    return ModelFiles(Path(settings.models), shipped=shipped("models"))


def notifier(settings: Settings, environ: Mapping[str, str], output: TextIO) -> Notifier:
    """Give the way into the channels: what their names say, else Slack where a bot token is set, else the terminal."""
    return RoutedNotifier(_usual(settings, environ, output), environ, now)


def _burst(settings: Settings) -> float:
    """Give how many messages a channel may get at once: where many post, none in advance, so that the pace is that of all."""
    return 1.0 if settings.engine == "procrastinate" else BURST


def _usual(settings: Settings, environ: Mapping[str, str], output: TextIO) -> Notifier:
    token = environ.get("SLACK_BOT_TOKEN", "")
    if not token:
        return ConsoleNotifier(output)
    from monitor.adapters.notifier.slack import SlackNotifier  # noqa: PLC0415 - heavy, and not everybody has a token

    return SlackNotifier(token, settings.slack.base_url, per_second=settings.slack.per_second, burst=_burst(settings))


def answers_come(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Tell whether what people press can be heard, so whether messages have buttons."""
    token = {"socket": "SLACK_APP_TOKEN", "http": "SLACK_SIGNING_SECRET"}.get(settings.slack.answers, "")
    return bool(environ.get("SLACK_BOT_TOKEN") and environ.get(token))


def writer(settings: Settings, environ: Mapping[str, str]) -> Writer | None:
    """Give who writes summaries; nobody where no address is configured."""
    if not settings.summaries.base_url:
        return None
    from monitor.adapters.writer import ChatWriter  # noqa: PLC0415 - few have one

    return ChatWriter(settings.summaries, environ.get("MONITOR_LLM_KEY", "").strip(), now)


def opener(load: "Callable[[], Model]", topics: Sequence[Topic], store: Labels) -> "Callable[[], Judge]":
    """Give what gives the judge: put together at the first call, because a run in which nothing changed needs none."""

    @cache
    def judge() -> "Judge":
        from monitor.classify import Judge  # noqa: PLC0415

        model = load()
        return Judge(model, topics, stream_of(store, model.version, topics))

    return judge


def stream_of(store: Labels, version: str, topics: Sequence[Topic]) -> "Stream":
    """Give what is known of the stored stream, as far as a threshold of these topics asks for it."""
    from monitor.classify.threshold import UNKNOWN, Stream  # noqa: PLC0415 - numpy

    asking = [topic.id for topic in topics if topic.threshold.kind == "per_day"]
    if not asking:
        return UNKNOWN
    since = now() - STREAM_WINDOW
    number, first = store.volume(since)
    days = max(1.0, (now() - first) / timedelta(days=1)) if first else 1.0
    return Stream(
        daily=number / days if number >= FEWEST_FOR_VOLUME else UNKNOWN.daily,
        scores={topic: store.probabilities(topic, version, since) for topic in asking},
    )


def login() -> str:
    """Give the name under which whoever runs the command is known to the machine."""
    try:
        return getuser()
    except (OSError, KeyError):
        return "somebody"
