"""Takes nothing, gives what is asked of a server and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchRequest:
    """One GET to make: address, extra headers, and the largest body that is read."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    max_bytes: int = 10_000_000
    check_robots: bool = False
    conditional_at: str | None = None  #: the one address of a redirect chain that hears validators; None: all of them


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """The server answered 200 with a body; header names are lower-case."""

    url: str  #: address after redirects
    headers: Mapping[str, str]
    body: bytes
    permanent_url: str | None = None  #: set where the whole redirect chain was permanent (301, 308)


@dataclass(frozen=True, kw_only=True, slots=True)
class NotModified:
    """The server answered 304."""

    headers: Mapping[str, str]
    permanent_url: str | None = None  #: as in `Fetched`


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """The server answered 410: the address is to be left alone."""


class Weight(StrEnum):
    """How much a failed poll says about the source: hard 1, soft ½, transient ¼."""

    HARD = "hard"
    SOFT = "soft"
    TRANSIENT = "transient"


@dataclass(frozen=True, kw_only=True, slots=True)
class TryLater:
    """No usable answer this time; `result` is the word for the poll log, `detail` a sentence for people."""

    result: str
    detail: str
    weight: Weight = Weight.HARD
    retry_after: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PageText:
    """What could be read off an article's page; `text` without title and boilerplate, "" where nothing was found."""

    title: str
    text: str
    published: datetime | None = None
    note: str = ""  #: why there is no usable text: login page, consent page, no article found …


FetchOutcome = Fetched | NotModified | Gone | TryLater
