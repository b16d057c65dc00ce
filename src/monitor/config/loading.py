"""Takes a folder of YAML files and the environment, gives the settings, or every mistake in them at once with its place."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from monitor.config import checks
from monitor.config.document import Document, Problem, read_document
from monitor.config.explain import explain
from monitor.config.models import (
    FILES,
    Alerts,
    Fetch,
    MonitorFile,
    Section,
    SourceEntry,
    SourcesFile,
    TopicEntry,
    TopicsFile,
)
from monitor.config.places import filled
from monitor.config.rules import allowed, broken_rules, floor
from monitor.errors import ConfigError
from monitor.types import (
    AlertSettings,
    FetchSettings,
    LearningSettings,
    QueueShares,
    QuietHours,
    ReportSettings,
    RetentionSettings,
    Route,
    Settings,
    SlackSettings,
    Source,
    Topic,
    WebSettings,
    WriterSettings,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """The three files, read and without a mistake, and the settings that they stand for."""

    documents: Mapping[str, Document]
    monitor: MonitorFile
    sources: SourcesFile
    topics: TopicsFile
    settings: Settings


def load(folder: Path, environ: Mapping[str, str]) -> Settings:
    """Read monitor.yaml, sources.yaml and topics.yaml.

    Raises:
        ConfigError: with one line per mistake, in all files, as `file:line:col: what is wrong, and what to write instead`.
    """
    return settings_of(read_files(folder), environ)


def read_files(folder: Path) -> dict[str, bytes | None]:
    """Give the bytes of the three files, None for an absent one; `folder` may also be the one that holds `config`.

    Raises:
        ConfigError: there is no such folder, none of the files is in it, or one cannot be read.
    """
    return _found(folder)[1]


def file_path(folder: Path, name: str) -> Path:
    """Give where one of the three files lies, or would lie.

    Raises:
        ConfigError: as `read_files`.
    """
    return _found(folder)[0] / f"{name}.yaml"


def _found(folder: Path) -> tuple[Path, dict[str, bytes | None]]:
    for place in (folder, folder / "config"):
        found = {name: _read(place / f"{name}.yaml") for name in FILES}
        if any(raw is not None for raw in found.values()):
            misnamed = [name for name, raw in found.items() if raw is None and (place / f"{name}.yml").exists()]
            if misnamed:
                raise ConfigError(
                    "\n".join(f"{n}.yml:1:1: this file is not read: rename it to {n}.yaml" for n in misnamed)
                )
            return place, found
    what = "holds no monitor.yaml, sources.yaml or topics.yaml" if folder.is_dir() else "is not there"
    start = folder.parent if folder.name == "config" else folder
    raise ConfigError(
        f"the configuration folder {folder} {what}: run `monitor init {start}`, or name another with --config DIR"
    )


def settings_of(files: Mapping[str, bytes | None], environ: Mapping[str, str]) -> Settings:
    """Give the settings that the bytes of the files stand for.

    Raises:
        ConfigError: as `load`.
    """
    return checked(files, environ).settings


def checked(files: Mapping[str, bytes | None], environ: Mapping[str, str]) -> Checked:
    """Give the settings that the bytes of the files stand for, with what they were made of.

    Raises:
        ConfigError: as `load`.
    """
    documents = {name: read_document(f"{name}.yaml", files[name] or b"") for name in FILES}
    sections = {name: _check(documents[name], model) for name, model in FILES.items()}
    monitor, sources, topics = (sections[name] for name in ("monitor", "sources", "topics"))
    problems = [problem for document in documents.values() for problem in document.problems]
    problems += broken_rules(documents, _fetch(documents["monitor"]))
    override = environ.get("MONITOR_DATABASE_URL", "").strip()
    lines = _in_order(problems, [document.name for document in documents.values()]) + _override_problem(override)
    if lines:
        raise ConfigError("\n".join(lines))
    assert isinstance(monitor, MonitorFile)
    assert isinstance(sources, SourcesFile)
    assert isinstance(topics, TopicsFile)
    if override:
        monitor = monitor.model_copy(update={"database": override})
    if monitor.engine == "procrastinate" and monitor.database.startswith("sqlite"):
        text = "`engine: procrastinate` needs PostgreSQL: write `database: postgresql://…`, or `engine: local`"
        raise ConfigError(str(documents["monitor"].problem(("engine",), text)))
    settings = _settings(monitor, sources, topics)
    return Checked(documents=documents, monitor=monitor, sources=sources, topics=topics, settings=settings)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"{path.name}:1:1: cannot be read ({why}): make it a file that you may read") from error


def _check(document: Document, model: type[Section]) -> Section | None:
    if not isinstance(document.data, dict):
        first = next(iter(model.model_fields))
        text = f"the file must be a mapping of keys: start it with `{first}:` and indent what belongs to it"
        document.problems.append(document.problem((), text))
        return None
    try:
        return model.model_validate(document.data)
    except ValidationError as errors:
        for error in errors.errors(include_url=False):
            document.problems.append(document.problem(error["loc"], explain(error, model)))
        return None


def _fetch(document: Document) -> Fetch | None:
    """Give the section by itself: its rules are checked even where another section has an error."""
    try:
        return Fetch.model_validate(document.data.get("fetch") or {})
    except (AttributeError, ValidationError):
        return None


def _in_order(problems: Iterable[Problem], names: list[str]) -> list[str]:
    ordered = sorted(problems, key=lambda problem: (names.index(problem.file), problem.line, problem.column))
    return list(dict.fromkeys(map(str, ordered)))


def _override_problem(url: str) -> list[str]:
    try:
        if url:
            checks.database(url)
    except ValueError as error:
        return [f"MONITOR_DATABASE_URL {error}"]
    return []


def _settings(monitor: MonitorFile, sources: SourcesFile, topics: TopicsFile) -> Settings:
    return Settings(
        database=monitor.database,
        models=monitor.models,
        engine=monitor.engine,
        timezone=monitor.timezone,
        fetch=FetchSettings(**dict(monitor.fetch)),
        alerts=_alerts(monitor.alerts),
        slack=SlackSettings(**dict(monitor.slack)),
        web=WebSettings(**dict(monitor.web)),
        report=ReportSettings(**dict(monitor.report)),
        retention=RetentionSettings(**dict(monitor.retention)),
        learning=LearningSettings(**{**dict(monitor.learning), "queue": QueueShares(**dict(monitor.learning.queue))}),
        summaries=WriterSettings(**{**dict(monitor.summaries), "base_url": monitor.summaries.base_url or ""}),
        sources=tuple(_sources(sources.sources, monitor.fetch)),
        topics=tuple(map(_topic, topics.topics)),
    )


def _alerts(alerts: Alerts) -> AlertSettings:
    quiet = alerts.quiet_hours
    return AlertSettings(
        first_run_window=alerts.first_run.window,
        first_run_max=alerts.first_run.max,
        max_per_hour=alerts.max_per_hour,
        quiet_hours=QuietHours(start=quiet.start, end=quiet.end) if quiet else None,
        story_window=alerts.story_window,
        ops_channel=alerts.ops_channel,
    )


def _topic(entry: TopicEntry) -> Topic:
    return Topic(
        id=entry.id,
        name=entry.name or entry.id.replace("_", " ").capitalize(),
        about=entry.about,
        threshold=entry.threshold,
        **dict(entry.keywords),
        routes=tuple(
            Route(**{**dict(alert), "timezone": alert.timezone or ""}) for alert in entry.alert if alert.channel
        ),
    )


def _sources(entries: tuple[SourceEntry, ...], fetch: Fetch) -> Iterable[Source]:
    taken = {entry.id for entry in entries if entry.id}
    for entry in entries:
        source = source_of(entry, fetch, taken)
        taken.add(source.id)
        yield source


def source_of(entry: SourceEntry, fetch: Fetch | FetchSettings, taken: Collection[str] = ()) -> Source:
    """Give the source that an entry declares; one without an id gets one that is not `taken`."""
    url = filled(entry.url, dict(entry))
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    called = f"{host}: {entry.query}" if entry.query else host
    declared = dict(entry) | {
        "id": entry.id or _free_id(entry.name or called, host, url, taken),
        "name": entry.name or entry.id or called,
        "url": url,
        "template": entry.url if entry.url != url else None,
        "interval": entry.interval or default_interval(url, fetch),
        "headers": tuple(entry.headers.items()),
    }
    return Source(**declared)


def default_interval(url: str, fetch: Fetch | FetchSettings) -> timedelta:
    """Give the default interval; one set below the floor for a trial does not reach the servers of others."""
    return fetch.interval if allowed(url, fetch) else max(fetch.interval, floor(fetch))


def _free_id(called: str, host: str, url: str, taken: Collection[str]) -> str:
    """Make an id from name or host. A second one of the kind gets some of the address's digest, so that order hardly matters."""
    slug = _slug(called) or _slug(host) or "source"
    digest = hashlib.sha256(url.encode()).hexdigest()
    candidates = (f"{slug}-{digest[:length]}" for length in range(6, 65))
    return slug if slug not in taken else next(candidate for candidate in candidates if candidate not in taken)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
