"""Takes the tokens of those who may use the page, gives who somebody is: by token at the door, by a signed cookie afterwards.

`MONITOR_WEB_TOKEN` holds a token per person, `ana:TOKEN`, parted by commas or line ends. Without any, whoever can reach the page is
the one who started the service: `serve` then refuses to be reached from elsewhere. A cookie says which session, whose and until
when, under a signature whose key is made of all tokens: when one is changed everybody signs in again. What was signed out of is
remembered for as long as its cookie would hold, by this process alone.
"""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from monitor.errors import ConfigError

VARIABLE = "MONITOR_WEB_TOKEN"
SHORTEST = 16  #: characters of a token: fewer can be guessed
STAYS = timedelta(days=14)

_NAME = re.compile(r"[\w][\w .@-]{0,79}")


class _Session(NamedTuple):
    until: int
    id: str
    who: str


class People:
    """Those who may use the page, and which of their sessions were ended. Safe for any number of threads."""

    def __init__(self, listed: str, login: str) -> None:
        """Read the tokens; `login` is who started the service.

        Raises:
            ConfigError: an entry cannot be used; no token is repeated.
        """
        self._login = login
        self._tokens = dict(_entry(part) for part in re.split(r"[,\n]", listed) if part.strip())
        all_of_them = "\n".join(sorted(f"{who}:{token}" for who, token in self._tokens.items()))
        # Without tokens nothing is known to us alone: then the key lasts as long as the process.
        self._key = hashlib.sha256(all_of_them.encode()).digest() if all_of_them else secrets.token_bytes(32)
        self._lock, self._ended = Lock(), dict[str, int]()  # by session, until when its cookie would hold

    @property
    def open(self) -> bool:
        """Tell whether nobody has to sign in."""
        return not self._tokens

    def by_token(self, token: str) -> str | None:
        """Give whose token this is; each is compared in the same time, right or wrong."""
        given = hashlib.sha256(token.strip().encode("utf-8", "replace")).digest()
        found = [
            who
            for who, one in self._tokens.items()
            if hmac.compare_digest(hashlib.sha256(one.encode()).digest(), given)
        ]
        return found[0] if found else None

    def cookie(self, who: str, now: datetime) -> str:
        """Give the value of a session's cookie."""
        said = f"{int((now + STAYS).timestamp())}|{secrets.token_hex(8)}|{who}"
        return f"{urlsafe_b64encode(said.encode()).decode()}.{self._signed('session', said)}"

    def by_cookie(self, value: str, now: datetime) -> str | None:
        """Give whose session this is; None where it is over, forged, or of somebody who has no token any more."""
        if self.open:
            return self._login
        session = self._session(value)
        if session is None or session.who not in self._tokens or session.until <= now.timestamp():
            return None
        with self._lock:
            return None if session.id in self._ended else session.who

    def end(self, value: str, now: datetime) -> None:
        """End the session of a cookie, so that no copy of it counts any more."""
        with self._lock:
            self._ended = {one: until for one, until in self._ended.items() if until > now.timestamp()}
            if session := self._session(value):
                self._ended[session.id] = session.until

    def form_token(self, cookie: str, who: str) -> str:
        """Give what every form of a session carries, so that no other site can send it."""
        return self._signed("form", f"{cookie}|{who}")

    def is_ours(self, given: str, cookie: str, who: str) -> bool:
        """Tell whether a form was made by us for this session."""
        return given.isascii() and hmac.compare_digest(self.form_token(cookie, who), given)

    def _session(self, value: str) -> _Session | None:
        """Read a cookie; None where we did not make it."""
        encoded, _, signature = value.partition(".")
        try:
            said = urlsafe_b64decode(encoded.encode("ascii")).decode()
        except ValueError:
            return None
        if not signature.isascii() or not hmac.compare_digest(self._signed("session", said), signature):
            return None
        parts = said.split("|")
        return _Session(int(parts[0]), parts[1], parts[2]) if len(parts) == 3 else None

    def _signed(self, what: str, said: str) -> str:
        return hmac.new(self._key, f"{what}|{said}".encode(), hashlib.sha256).hexdigest()


def people(environ: Mapping[str, str], login: str) -> People:
    """Give those whom the environment names."""
    return People(environ.get(VARIABLE, ""), login)


def _entry(part: str) -> tuple[str, str]:
    who, colon, token = (piece.strip() for piece in part.partition(":"))
    if not colon or not _NAME.fullmatch(who):
        raise ConfigError(f"{VARIABLE} must hold name:token for each person, parted by commas")
    if len(token) < SHORTEST:
        raise ConfigError(
            f"{VARIABLE}: the token of {who} is shorter than {SHORTEST} characters: make one by `openssl rand -hex 24`"
        )
    return who, token
