"""Takes addresses with places, and expects them filled, or a mistake at the key that holds it."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import schema
from monitor.config.places import PLACES, filled
from monitor.types import Settings

Load = Callable[..., Settings]
Refusal = Callable[..., list[str]]
SEARCH = "https://news.example/rss?q={query}&hl={language}&gl={country}"


def entry(**keys: str) -> str:
    """Give a sources.yaml of one source."""
    return "sources: [{" + ", ".join(f"{key}: '{value}'" for key, value in keys.items()) + "}]"


def test_places_are_filled_percent_encoded(settings: Load) -> None:
    """The address that is asked has the values, the declared one is kept."""
    text = entry(url=SEARCH, query=' "working group" & drogas ñ/? ', language="pt-BR", country="BR")

    (source,) = settings(sources=text).sources

    assert source.url == ("https://news.example/rss?q=%22working%20group%22%20%26%20drogas%20%C3%B1%2F%3F&hl=pt&gl=BR")
    assert (source.template, source.query) == (SEARCH, '"working group" & drogas ñ/?')


def test_an_address_without_places_is_no_template(settings: Load) -> None:
    """What is declared is what is asked."""
    (source,) = settings(sources=entry(url="https://news.example/rss", language="en")).sources

    assert (source.url, source.template, source.query) == ("https://news.example/rss", None, None)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
def test_no_phrase_leaves_its_place(phrase: str) -> None:
    """Read as a server reads it, the address holds the phrase in one parameter, and nothing else changed."""
    parts = urlsplit(filled("https://news.example/rss?q={query}&x=1#f", {"query": phrase}))

    assert parse_qs(parts.query, keep_blank_values=True) == {"q": [phrase.strip()], "x": ["1"]}
    assert (parts.netloc, parts.path, parts.fragment) == ("news.example", "/rss", "f")


def test_one_template_serves_several_phrases(settings: Load) -> None:
    """Each is a source with an id and a name of its own."""
    url = "https://www.news.example/rss?q={query}"
    text = f"sources: [{{url: '{url}', query: fentanyl}}, {{url: '{url}', query: '\"arms deal\"'}}]"

    found = settings(sources=text).sources

    assert [(source.id, source.name) for source in found] == [
        ("news-example-fentanyl", "news.example: fentanyl"),
        ("news-example-arms-deal", 'news.example: "arms deal"'),
    ]


def test_phrases_that_no_id_can_be_made_of_get_different_ones(settings: Load) -> None:
    """The rest of the id comes from the address as it is asked."""
    url = "https://news.example/rss?q={query}"
    text = f"sources: [{{url: '{url}', query: фентанил}}, {{url: '{url}', query: оружие}}]"

    ids = [source.id for source in settings(sources=text).sources]

    assert ids[0] == "news-example"
    assert ids[1].startswith("news-example-")


@pytest.mark.parametrize("again", ["{query}", "arms%20deal"])
def test_the_same_phrase_twice_is_one_source_too_many(refusal: Refusal, again: str) -> None:
    """What counts is the address that is asked."""
    url = "https://news.example/rss?q="
    first = f"{{url: '{url}{{query}}', query: arms deal}}"
    second = f"{{url: '{url}{again}'{', query: arms deal' if again == '{query}' else ''}}}"

    (line,) = refusal(sources=f"sources:\n- {first}\n- {second}\n")

    assert line.startswith("sources.yaml:3:4: source url")
    assert "stands already in line 2" in line


@pytest.mark.parametrize(
    ("keys", "place", "message"),
    [
        ({"url": "https://n.example/rss", "query": "x"}, "query", "`query` has no place in the address: write {query}"),
        ({"url": "https://n.example/{query}"}, "url", "`url` has a place {query}, but there is no `query`: add"),
        ({"url": "https://n.example/{language}"}, "url", "`url` has a place {language}, but there is no `language`"),
        ({"url": "https://n.example/{country}"}, "url", "`url` has a place {country}, but there is no `country`"),
        (
            {"url": "https://n.example/{q}"},
            "url",
            "unknown place {q} in `url`: known are {query}, {language}, {country}",
        ),
        ({"url": "https://n.example/{}"}, "url", "unknown place {} in `url`: known are"),
        (
            {"url": "https://{country}.n.example/", "country": "South Africa"},
            "url",
            "what goes into the host of `url` must be letters, digits and hyphens",
        ),
    ],
)
def test_what_does_not_go_together_is_told_at_its_key(
    refusal: Refusal, keys: dict[str, str], place: str, message: str
) -> None:
    """Each with what to write instead."""
    text = entry(**keys)

    (line,) = refusal(sources=text)

    assert line.startswith(f"sources.yaml:1:{text.index(f'{place}:') + 1}: {message}")


def test_an_empty_query_is_told(refusal: Refusal) -> None:
    """It would ask for everything."""
    (line,) = refusal(sources=entry(url="https://n.example/{query}", query=" "))

    assert "`query` is empty" in line


def test_the_host_that_is_asked_decides_how_often(settings: Load, refusal: Refusal) -> None:
    """A place in the host does not lead around the floor."""
    trial = "fetch: {allow_networks: [127.0.0.0/8]}"
    keys = {"country": "127.0.0.1", "interval": "1s"}

    assert settings(monitor=trial, sources=entry(url="http://{country}/x", **keys)).sources[0].interval == timedelta(
        seconds=1
    )
    (line,) = refusal(monitor=trial, sources=entry(url="http://{country}/x", **{**keys, "country": "n.example"}))
    assert "`interval` must be at least 15m for n.example" in line


def test_the_editor_knows_that_a_query_needs_its_place() -> None:
    """The schema marks an address without {query} beside a query."""
    rule = schema()["sources"]["$defs"]["SourceEntry"]["dependentSchemas"]

    assert rule == {"query": {"properties": {"url": {"pattern": r"\{query\}"}}}}
    assert set(PLACES) < set(schema()["sources"]["$defs"]["SourceEntry"]["properties"])
