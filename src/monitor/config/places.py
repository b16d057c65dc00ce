"""Takes an address with places in braces and what goes into them, gives the address that is asked.

`https://news.example/search?q={query}&hl={language}` watches a phrase: one template serves any number of sources. What goes in
is percent-encoded whole (RFC 3986, section 2.1: UTF-8, a space as %20), so that no value can add a parameter or leave its place.
"""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlsplit

PLACES = ("query", "language", "country")  #: the keys of a source that may stand in its address
_PLACE = re.compile(r"\{([^{}]*)\}")


def filled(template: str, values: Mapping[str, object]) -> str:
    """Put the values of the keys in `PLACES` into an address; a place without a value stays as it stands."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match[1]) if match[1] in PLACES else None
        return quote(found.strip(), safe="") if isinstance(found, str) and found.strip() else match[0]

    return _PLACE.sub(value, template)


def misplaced(template: str, values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Find what does not go together: the key at fault, and what is wrong with it."""
    places = dict.fromkeys(_PLACE.findall(template))
    for place in places:
        if place not in PLACES:
            known = ", ".join(f"{{{name}}}" for name in PLACES)
            yield (
                "url",
                f"unknown place {{{place}}} in `url`: known are {known}; write %7B and %7D for braces themselves",
            )
        elif not values.get(place):
            yield (
                "url",
                f"`url` has a place {{{place}}}, but there is no `{place}`: add `{place}: …` or write it into the url",
            )
    if values.get("query") and "query" not in places:
        yield "query", "`query` has no place in the address: write {query} where it belongs in `url`"
    if "{" in urlsplit(template).netloc and "%" in urlsplit(filled(template, values)).netloc:
        yield "url", "what goes into the host of `url` must be letters, digits and hyphens"
