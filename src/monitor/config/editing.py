"""Takes sources to add, gives a sources.yaml that holds them, or a refusal that changes nothing.

The file is read, extended (`insertion`), read back and loaded with the other two before it takes the old one's place in one step;
a service that watches it never sees half of it.
"""

import os
import stat
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from pydantic import ValidationError
from ruamel.yaml.error import YAMLError

from monitor.config.document import Document, read_document
from monitor.config.explain import explain
from monitor.config.insertion import Fields, as_line, with_entries
from monitor.config.loading import default_interval, file_path, read_files, settings_of, source_of
from monitor.config.models import SourceEntry
from monitor.config.quantities import duration_text
from monitor.config.rules import plain_url, source_problems
from monitor.errors import ConfigError, UsageError
from monitor.parse import canonical_url
from monitor.sources.rows import Refusal, Row
from monitor.types import FetchSettings, FullText, Settings, Source, SourceKind


def source_from(fields: Fields, settings: Settings, taken: Collection[str] | None = None) -> Source:
    """Give the source that these keys declare, under the rules of sources.yaml.

    Without an id it gets one that is not `taken`: by default, that no declared source has.

    Raises:
        UsageError: all that is wrong with them, in one line.
    """
    document = Document(name="", data={"sources": [dict(fields)]})
    wrong = [p.text for p in source_problems(document, [t.id for t in settings.topics], settings.fetch)]
    try:
        entry = SourceEntry.model_validate(dict(fields))
    except ValidationError as errors:
        wrong = [explain(error, SourceEntry) for error in errors.errors(include_url=False)] + wrong
    if wrong:
        raise UsageError("; ".join(wrong))
    return source_of(entry, settings.fetch, {source.id for source in settings.sources} if taken is None else taken)


def fields_of(source: Source, fetch: FetchSettings) -> dict[str, str | Sequence[str]]:
    """Give the keys that declare a source, without those that say what is the default, and without its headers."""
    default = default_interval(source.url, fetch)
    fields: dict[str, str | Sequence[str] | None] = {
        "id": source.id,
        "name": source.name if source.name != source.id else None,  # as it is called without a name
        "url": source.template or source.url,
        "query": source.query,
        "kind": source.kind.value if source.kind is not SourceKind.FEED else None,
        "interval": duration_text(source.interval) if source.interval != default else None,
        "full_text": source.full_text.value if source.full_text is not FullText.AUTO else None,
        "language": source.language,
        "country": source.country,
        "selector": source.selector,
        "user_agent": source.user_agent,
        "topics": source.topics,
        "tags": source.tags,
        "note": source.note,
    }
    return {key: value for key, value in fields.items() if value}


def known_as(url: str, sources: Iterable[Source]) -> Source | None:
    """Give the source that is already asked at this address, however either is written."""
    wanted = _address(url)
    return next((source for source in sources if _address(source.url) == wanted), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sorted:
    """Rows of a list, by what is to become of them; new ones have an id, so that a new name does not start them afresh."""

    new: tuple[Row, ...]
    there: tuple[Row, ...]
    refused: tuple[Refusal, ...]


def sort_rows(rows: Iterable[Row], settings: Settings) -> Sorted:
    """Tell rows that can be added from those that are there already and those that cannot be used."""
    ids = {source.id for source in settings.sources}
    addresses = {_address(source.url) for source in settings.sources}
    new: list[Row] = []
    there: list[Row] = []
    refused: list[Refusal] = []
    for row in rows:
        try:
            source = source_from(row.fields, settings, ids)
        except UsageError as error:
            refused.append(Refusal(line=row.line, reason=str(error)))
            continue
        if _address(source.url) in addresses:
            there.append(row)
        elif "id" in row.fields and source.id in ids:
            refused.append(Refusal(line=row.line, reason=f"the id {source.id} belongs to another address already"))
        else:
            new.append(Row(line=row.line, fields={"id": source.id, **row.fields}))
            addresses.add(_address(source.url))
            ids.add(source.id)
    return Sorted(new=tuple(new), there=tuple(there), refused=tuple(refused))


def add_sources(folder: Path, environ: Mapping[str, str], entries: Sequence[Fields]) -> Settings:
    """Add entries to the end of sources.yaml, and give the settings that the folder then holds.

    Raises:
        ConfigError: the configuration would not load with them, the file is written in a way that cannot be extended, it changed
            meanwhile, or it cannot be written. Nothing was changed.
    """
    files = read_files(folder)
    settings_of(files, environ)  # an old mistake is told as one, not as a fault of what is added
    path, old = file_path(folder, "sources"), files["sources"]
    new = _extended(old or b"", entries)
    settings = settings_of({**files, "sources": new}, environ)
    _replace(path, old, new)
    return settings


def _address(url: str) -> str:
    return plain_url(canonical_url(url) or url)


def _extended(old: bytes, entries: Sequence[Fields]) -> bytes:
    text = old.decode("utf-8-sig")
    ends = "\r\n" if "\r\n" in text else "\n"
    new: str | None = None
    with suppress(YAMLError):
        new = with_entries(text.replace("\r\n", "\n"), entries)
    raw = (b"\xef\xbb\xbf" if old.startswith(b"\xef\xbb\xbf") else b"") + (new or "").replace("\n", ends).encode()
    if new is None or not _says(raw, old, entries):
        lines = "\n".join(f"  {as_line(entry)}" for entry in entries[:20])
        raise ConfigError(
            "sources.yaml is written in a way that cannot be added to; nothing was changed. Paste this under `sources:`:\n"
            + lines
        )
    return raw


def _says(raw: bytes, old: bytes, entries: Sequence[Fields]) -> bool:
    """Whether the new text says all that the old one said, and the entries, and nothing else."""
    was, now = (read_document("sources.yaml", text) for text in (old, raw))
    added = [{key: value if isinstance(value, str) else list(value) for key, value in e.items()} for e in entries]
    wanted = {**was.data, "sources": [*(was.data.get("sources") or []), *added]}
    return not now.problems and now.data == wanted


def _replace(path: Path, old: bytes | None, new: bytes) -> None:
    target = path.resolve()  # where it is a link, the file it leads to is replaced
    try:
        with NamedTemporaryFile("wb", dir=target.parent, prefix=f".{target.name}.", delete=False) as temporary:
            _take_place(temporary, target, old, new)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({error.strerror}): nothing was changed") from error


def _take_place(temporary: IO[bytes], target: Path, old: bytes | None, new: bytes) -> None:
    beside = Path(temporary.name)
    try:
        temporary.write(new)
        temporary.flush()
        os.fsync(temporary.fileno())
        temporary.close()
        beside.chmod(0o644 if old is None else stat.S_IMODE(target.stat().st_mode))
        if (target.read_bytes() if target.exists() else None) != old:
            raise ConfigError(f"{target.name} was changed by somebody else meanwhile: nothing was added, try again")
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
