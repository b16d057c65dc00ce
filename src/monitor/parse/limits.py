"""Takes a document of which the XML parser made no whole tree, gives what ended it early, for people."""

import re

from lxml import etree

from monitor.parse.xml_feed import mend

# What libxml2 2.14 says where one of its limits ends the parsing (parserInternals.h: XML_MAX_*), and what it means.
_LIMITS = {
    "Excessive depth": "it nests deeper than 256 levels",
    "Text node too long": "one of its texts is longer than ten million characters",
    "Buffer size limit": "one of its attributes is longer than ten million characters",
    "Name too long": "one of its names is longer than 50,000 characters",
}


_ROOT = re.compile(r"<([\w:.-]{1,80})")


def ended_by(text: str) -> str:
    """Give what ended a text that begins with its root element, in words; "" where it is another fault of the document."""
    try:
        etree.fromstring(mend(text).encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        limit = next((words for said, words in _LIMITS.items() if said in str(error)), "")
        root = _ROOT.match(text)
        return limit or ("it breaks off in the middle" if root and f"</{root[1]}" not in text else "")
    return ""
