"""Takes a text of the configuration, gives it as it will be used; refuses the rest with what to write instead.

Pure but for the table of time zones. Every refusal is a ValueError whose message completes the key's name.
"""

import re
from collections.abc import Callable
from difflib import get_close_matches
from ipaddress import ip_network
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from monitor.config.keyword_rules import keyword_problem
from monitor.config.quantities import shown

_LANGUAGE = re.compile(r"([a-z]{2,3})([-_][a-z0-9]{2,8})*")
_DATABASE = re.compile(r"(sqlite:///|postgres(ql)?(\+psycopg)?://)\S")


def matching(pattern: str, wanted: str) -> Callable[[str], str]:
    """Give a check that the whole text matches a pattern."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"must be {wanted}, not {shown(text)}")
        return text

    return check


def url(text: str) -> str:
    """Check that an address can be polled."""
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna")
        usable = parts.scheme in {"http", "https"} and bool(host) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\x00-\x1f\x7f]", text):
        raise ValueError(f"must be an http or https address such as https://example.org/feed.xml, not {shown(text)}")
    return text


def base_url(text: str) -> str:
    """Check an address that paths are appended to, and end it with a slash."""
    return url(text).rstrip("/") + "/"


def database(text: str) -> str:
    """Check the address of a database; the message does not repeat it, for it may hold a password."""
    if not _DATABASE.match(text):
        raise ValueError("must be sqlite:///PATH or postgresql://USER@HOST/NAME")
    return text


def keyword(pattern: str) -> str:
    """Check one keyword."""
    if problem := keyword_problem(pattern):
        raise ValueError(f"keyword {shown(pattern)} {problem}")
    return pattern


def selector(text: str) -> str:
    """Check a CSS selector."""
    from monitor.parse.listing import selector_problem  # noqa: PLC0415 - lxml, for the few who read pages

    if problem := selector_problem(text):
        raise ValueError(f"must be a CSS selector such as h2 a, not {shown(text)} ({shown(problem)[1:-1]})")
    return text


def language(text: str) -> str:
    """Reduce `pt-BR` to `pt`: lexicons are per language."""
    match = _LANGUAGE.fullmatch(text.lower())
    if not match:
        raise ValueError(f"must be a language code such as en, es, pt or fr, not {shown(text)}")
    return match[1]


def network(text: str) -> str:
    """Check a network in CIDR notation; host bits are dropped."""
    try:
        found = ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError(f"must be a network such as 127.0.0.0/8 or fd00::/8, not {shown(text)}") from error
    if found.prefixlen == 0:
        raise ValueError(f"must not allow every address ({shown(text)}): name your own networks")
    return str(found)


def header_value(text: str) -> str:
    """Check a text that is sent as a request header: HTTP takes one line of Latin-1 (RFC 9110, section 5.5)."""
    if not text.isprintable() or any(ord(char) > 255 for char in text):
        raise ValueError("must be one line of Latin letters, digits and signs")  # not what it is: it may be a password
    return text


def timezone(name: str) -> str:
    """Check the name of a time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # by turns: unknown, not a plain name, the name of a folder
        near = get_close_matches(name, available_timezones(), n=1, cutoff=0.5)
        raise ValueError(
            f"must be a time zone such as {near[0] if near else 'Europe/Berlin'}, not {shown(name)}"
        ) from error
    return name
