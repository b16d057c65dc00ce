"""Takes a text of which the XML parser made no whole tree, gives which of its limits stopped it, for people."""

from lxml import etree

from monitor.parse.xml_feed import mend

# What libxml2 2.14 says where one of its limits ends the parsing (parserInternals.h: XML_MAX_*), and what it means.
_LIMITS = {
    "Excessive depth": "it nests deeper than 256 levels",
    "Text node too long": "one of its texts is longer than ten million characters",
    "Buffer size limit": "one of its attributes is longer than ten million characters",
    "Name too long": "one of its names is longer than 50,000 characters",
}


def limit_hit(text: str) -> str:
    """Give the reason in words; "" where no limit stopped the parser, but a fault in the document."""
    try:
        etree.fromstring(mend(text).encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        return next((words for said, words in _LIMITS.items() if said in str(error)), "")
    return ""
