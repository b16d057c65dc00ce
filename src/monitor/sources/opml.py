"""Takes the text of an OPML file, gives the feeds in it, and back (OPML 2.0; opml.org/spec2).

A folder is a tag; a feed in folders within folders has the tags of all of them. What OPML has no word for stands in attributes of
our own namespace, so that what we wrote comes back whole. Read without entities, documents elsewhere and deep trees.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from monitor.errors import UsageError
from monitor.sources.rows import KEYS, Refusal, Row, as_many_as_fit, cells_of, fields_from

NAMESPACE = "urn:topic-monitor:source"
_OWN = f"{{{NAMESPACE}}}"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,31};)")


def write_opml(sources: Iterable[tuple[str, Mapping[str, str | Sequence[str]]]]) -> str:
    """Write sources, each with the address that is asked; those with tags in a folder named after the first."""
    root = etree.Element("opml", {"version": "2.0"}, nsmap={"monitor": NAMESPACE})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Sources of the topic monitor"
    body = etree.SubElement(root, "body")
    folders: dict[str, Any] = {}
    for url, fields in sources:
        folder, tags = body, fields.get("tags")
        if tags:
            if tags[0] not in folders:
                folders[tags[0]] = etree.SubElement(body, "outline", {"text": _legal(tags[0])})
            folder = folders[tags[0]]
        etree.SubElement(folder, "outline", _attributes(url, cells_of(fields)))
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return written.decode()


def read_opml(text: str) -> list[Row | Refusal]:
    """Read the feeds of a file.

    Raises:
        UsageError: it is no OPML, broken XML, too deep, or it declares entities.
    """
    if "<!ENTITY" in text:
        raise UsageError("the file declares XML entities, which are refused as unsafe")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    # The addresses that other programs write often hold a bare &.
    mended = _BARE_AMPERSAND.sub("&amp;", text.lstrip("\ufeff \r\n\t"))
    try:
        root = etree.fromstring(mended.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise UsageError(f"line {error.lineno}: broken XML ({error.msg})") from error
    if etree.QName(root).localname.lower() != "opml":
        raise UsageError(f"no OPML: the file begins with <{etree.QName(root).localname[:40]}>")
    body = next(root.iterchildren("{*}body"), root)
    return as_many_as_fit(_rows(body))


def _attributes(url: str, cells: Mapping[str, str]) -> dict[str, str]:
    declared = {f"{_OWN}{key}": cell for key, cell in cells.items() if key not in ("name", "url")}
    if cells["url"] != url:
        declared[f"{_OWN}url"] = cells["url"]
    feed = {"type": "rss"} if "kind" not in cells else {}
    site = {"htmlUrl": url} if cells.get("kind") == "page" else {}
    name = cells.get("name", url)
    attributes = {**feed, "text": name, "title": name, "xmlUrl": url, **site, **declared}
    return {key: _legal(value) for key, value in attributes.items()}


def _rows(body: Any) -> Iterator[Row | Refusal]:
    """Walk the outlines in document order; the tree is at most 256 deep."""
    for outline in body.iter("{*}outline"):
        attributes = {etree.QName(key).localname.lower(): value for key, value in outline.attrib.items()}
        own = {key: outline.get(f"{_OWN}{key}", "") for key in KEYS}
        url = attributes.get("xmlurl", "").strip()
        if url:
            name = outline.get("text") or outline.get("title") or ""
            cells = own | {"name": own["name"] or name, "url": own["url"] or url}
            fields = fields_from(cells)
            if "tags" not in fields and (folders := _folders(outline)):
                fields["tags"] = folders
            yield Row(line=outline.sourceline or 0, fields=fields)
        elif not len(outline):
            yield Refusal(line=outline.sourceline or 0, reason="an outline without xmlUrl, and none inside")


def _folders(outline: Any) -> list[str]:
    around = [parent.get("text") or parent.get("title") or "" for parent in outline.iterancestors("{*}outline")]
    return list(dict.fromkeys(name.strip() for name in reversed(around) if name.strip()))


def _legal(text: str) -> str:
    return _NOT_XML.sub("", text)
