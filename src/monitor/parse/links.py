"""Takes an address as published, gives its canonical form, by which two mentions of one page are recognised.

Rules (RFC 3986 section 6, in this order): scheme and host lower-case, host in IDNA without trailing dot, no user
information, no default port, percent-encoding in one form, dot segments resolved, session ids, tracking parameters and
fragment dropped (but not one that a script reads as a path: `#!/1`, `#/1`), other parameters in their order. Only http and
https have one. The result is its own canonical form.

Two pages must never meet in one form, for the second would be lost. So what leads to the same page on most sites only
stays apart: `www.` and mobile hosts, AMP variants, a slash at the end, `index.html`, the order of parameters, `ref` and
`source`. Copies that come in this way are folded as stories. What is risked: a site that shows other content by a parameter
of a tracking name; IDNA 2003, by which ß is ss; user information.
"""

import re
from urllib.parse import urljoin, urlsplit

from monitor.fetch.addresses import LONGEST_URL

_LONGEST = 3 * LONGEST_URL  #: also of canonical forms, in which a letter has become three signs and more
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?|\[[0-9a-f:.]+\]")
_TOKEN = re.compile(r"%[0-9A-Fa-f]{2}|%|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# Parameters that say who reads or where he came from, never what is shown: session ids of web servers, and those that
# newsletters, advertising networks and the feeds of large outlets add.
_TRACKING_PREFIXES = ("utm_", "at_", "ns_", "mtm_", "pk_", "hsa_", "vero_", "oly_", "__hs", "guce_", "aspsessionid")
_TRACKING_NAMES = """
__twitter_impression _ga _gl _hsenc _hsmi _openstat cmp cmpid dclid epik fbclid feedname feedtype ftag gad_campaignid gad_source
gbraid gclid gclsrc guccounter icid igsh igshid jsessionid li_fat_id mc_cid mc_eid mibextid mkt_tok msclkid ncid ocid phpsessid
ref_src ref_url s_cid smid smtyp spm sr_share srsltid taid tblci traffic_source ttclid twclid twsrc wbraid wickedid wt.mc_id
wt_mc_id xtor yadclid yclid
"""
_SESSION = re.compile(r";jsessionid=[^;/]*", re.IGNORECASE)
_ROUTE = re.compile(r"[!/]+[^!/]")  # what scripts read as the path of a page
_TRACKING = frozenset(_TRACKING_NAMES.split())


def canonical_url(url: str) -> str | None:
    """Give the canonical form of an address, None where it is no http(s) address. Idempotent; never raises."""
    if len(url) > _LONGEST:
        return None
    try:
        parts = urlsplit(url.strip())
        host = _host(parts.hostname or "")
        port = parts.port
    except ValueError:  # UnicodeError among them
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return None
    netloc = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    query = _query(parts.query)
    route = _TOKEN.sub(_one_form, parts.fragment) if _ROUTE.match(parts.fragment) else ""
    form = f"{parts.scheme}://{netloc}{_path(parts.path)}{'?' + query if query else ''}{'#' + route if route else ''}"
    return form if len(form) <= _LONGEST else None


def absolute(base: str, link: str) -> str | None:
    """Join a link with its base; None where no http(s) address of bearable length comes of it (javascript:, data:, file: …)."""
    joined = link.strip()
    if len(joined) > LONGEST_URL:
        return None
    try:
        if not joined.startswith(("http://", "https://")):
            joined = urljoin(base, joined)
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if parts.scheme in _DEFAULT_PORTS and parts.netloc else None


def _host(host: str) -> str:
    host = host.rstrip(".").lower()
    if not host.isascii():
        # A longer name cannot be a host, and the codec is slow on it.
        host = host.encode("idna").decode("ascii").lower().rstrip(".") if len(host) <= 253 else ""
    if host and ":" in host:
        host = f"[{host}]"
    return host if _HOST.fullmatch(host) else ""


def _path(path: str) -> str:
    kept: list[str] = []
    segments = _SESSION.sub("", _TOKEN.sub(_one_form, path)).split("/")[1:] or [""]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _query(query: str) -> str:
    pairs = (_TOKEN.sub(_one_form, pair) for pair in query.split("&") if pair)
    return "&".join(pair for pair in pairs if not _tracks(pair.partition("=")[0].lower()))


def _tracks(name: str) -> bool:
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def _one_form(match: re.Match[str]) -> str:
    token = match[0]
    if len(token) == 3:
        char = chr(int(token[1:], 16))
        return char if char in _UNRESERVED else token.upper()
    return "".join(f"%{byte:02X}" for byte in token.encode("utf-8", "replace"))
