"""Takes an address, or a text in which addresses may stand, gives it as it may be shown: without passwords and tokens.

Rather too much is masked than too little: what is shown says which setting is meant, not what it holds.
"""

import re
from urllib.parse import unquote

MASK = "***"

_SLACK = re.compile(r"\bx(?:ox[a-z]|app)-[\w-]+")
#: `user:password@`, even with signs in the password that should be encoded, or `user@`, for a user's name may be a token.
_LOGIN = re.compile(r"(?<=://)(?:[^\s/?#@:]*:\S*|[^\s/?#@]*)@")
_BARE_LOGIN = re.compile(r"(?<![\w.%-])(?!mailto:)[\w.%-]+:(?!//)[^\s@]+@", re.IGNORECASE)
_PARAMETER = re.compile(r"(?<=[?&;#])([^=&;#\s]*)=([^&;#\s]+)")
_TELLING = re.compile(r"key(?!word)|token|secret|pass|pwd|auth(?!or)|^sig$|signature|cred|session|jwt", re.IGNORECASE)
_RANDOM = re.compile(r"(?=.*[0-9])[\w%-]{24,}")


def without_password(url: str) -> str:
    """Give the URL of a database as it may be shown: the user's name stays."""
    url = re.sub(r"(?<=://)([^:/?#@]*):.*@", rf"\1:{MASK}@", url)
    return _PARAMETER.sub(_parameter, re.sub(r"([?&][^=&]*password=)[^&]*", rf"\1{MASK}", url))


def without_secrets(text: str) -> str:
    """Give any other text as it may be shown: without what lets one in through an address, and without Slack's tokens."""
    text = _SLACK.sub(MASK, text)
    text = _BARE_LOGIN.sub(f"{MASK}@", _LOGIN.sub(f"{MASK}@", text))
    return _PARAMETER.sub(_parameter, text)


def _parameter(match: re.Match[str]) -> str:
    name, value = match.groups()
    return f"{name}={MASK}" if _TELLING.search(unquote(name)) or _RANDOM.fullmatch(value) else match[0]
