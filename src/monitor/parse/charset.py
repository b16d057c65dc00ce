"""Takes the bytes of a document and what is said of their encoding, gives text; never fails.

Order: byte order mark, HTTP charset (RFC 7303), declaration in the document, UTF-8; where the bytes contradict them all, the one
that the fewest do, and beside UTF-8 windows-1252. Labels are read as what they mean in practice (WHATWG Encoding
Standard): gb2312 as its extensions, latin-1 and ASCII as windows-1252, and these as UTF-8 where the bytes are valid UTF-8,
which by chance they hardly ever are.
"""

import codecs
import re
from contextlib import suppress
from math import inf

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BARE_UTF16 = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"), (b"{\0", "utf-16-le"), (b"\0{", "utf-16-be"))
# Text codecs of Python that are no charset of the web; some take quadratic time.
_NOT_CHARSETS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7", "undefined", "mbcs", "oem"}
_MEANT = {
    **dict.fromkeys(("ascii", "iso8859-1", "cp1252"), "utf-8"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    **dict.fromkeys(("tis-620", "iso8859-11"), "cp874"),
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-9": "cp1254",
}
_HTTP_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARED = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)|<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE
)
# In which no character of UTF-8 begins: a flood of them is taken at once.
_NEVER_UTF8 = re.compile(rb"(?:[\x80-\xc1\xf5-\xff]|[\xc2-\xf4](?![\x80-\xbf]))++")


def _as_western(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are not UTF-8 as windows-1252: feeds paste both into one document."""
    assert isinstance(error, UnicodeDecodeError)
    run = _NEVER_UTF8.match(error.object, error.start)
    end = run.end() if run else error.end
    return error.object[error.start : end].decode("cp1252", "replace"), end


codecs.register_error("monitor-western", _as_western)


def decode(body: bytes, content_type: str = "") -> str:
    """Decode a document; `content_type` is the HTTP header."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, "replace").lstrip("\ufeff")
    for start, name in _BARE_UTF16:
        if body.startswith(start):
            return body.decode(name, "replace")
    charsets = list(filter(None, map(_charset, _labels(body, content_type))))
    for charset in (*charsets, "utf-8"):
        with suppress(LookupError, ValueError):  # LookupError: a codec that gives no text
            return body.decode(charset)
    best = min(("utf-8", *charsets), key=lambda charset: _lost(body, charset))
    return body.decode(best, "monitor-western" if best == "utf-8" else "replace")


def _lost(body: bytes, charset: str) -> float:
    try:
        return body.decode(charset, "replace").count("\ufffd")
    except (LookupError, ValueError):
        return inf


def _labels(body: bytes, content_type: str) -> list[str]:
    http = _HTTP_CHARSET.search(content_type)
    declared = _DECLARED.search(body[:2048])
    stated = declared and (declared[1] or declared[2])
    return ([http[1]] if http else []) + ([stated.decode("ascii")] if stated else [])


def _charset(label: str) -> str | None:
    """Give the codec for a label; None where there is none, or none of the web's."""
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):  # ValueError: a label with a NUL
        return None
    if name in _NOT_CHARSETS or name.startswith(("utf-16", "utf-32")):  # their bytes were recognised by their beginning
        return None
    return _MEANT.get(name, name)
