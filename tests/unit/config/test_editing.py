"""Takes a sources.yaml as people write it, and expects sources added at its end and not one other character changed."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from monitor.config import load, shipped
from monitor.config.document import read_document
from monitor.config.editing import add_sources, fields_of, known_as, sort_rows, source_from
from monitor.config.insertion import as_line, with_entries
from monitor.errors import ConfigError, UsageError
from monitor.sources.rows import Row
from monitor.types import Settings, SourceKind

Write = Callable[..., Path]
Load = Callable[..., Settings]
NEW = {
    "id": "quay",
    "name": "The Quay: news",
    "url": "https://q.example/rss?q={query}",
    "query": "a",
    "tags": ["un", "b, c"],
}
TEXTS = {
    "block": (
        "# mine\nsources:\n  # first\n  - url:   https://a.example  # aligned\n    tags: [x]\n  # last\n\nx-y: 1\n",
        "    tags: [x]\n  - id: quay\n    name: 'The Quay: news'\n    url: https://q.example/rss?q={query}\n"
        "    query: a\n    tags: [un, 'b, c']\n  # last\n",
    ),
    "apart, no indent, quotes": (
        'sources:\n- url: "https://a.example"\n\n- url: "https://b.example"\n',
        '- url: "https://b.example"\n\n- id: quay\n  name: \'The Quay: news\'\n  url: "https://q.example/rss?q={query}"\n',
    ),
    "braces": (
        "sources:\n  - {id: a, url: 'https://a.example'}  # remark\n",
        "# remark\n  - {id: quay, name: 'The Quay: news', url: 'https://q.example/rss?q={query}', query: a, tags: [un, 'b, c']}\n",
    ),
    "JSON": (
        '{"sources": [{"url": "https://a.example"}]}',
        '"https://a.example"}, {"id": "quay", "name": "The Quay: news", "url": "https://q.example/rss?q={query}",',
    ),
    "JSON on lines": (
        '{\n  "sources": [\n    {"url": "https://a.example"}\n  ]\n}\n',
        '{"url": "https://a.example"},\n    {"id": "quay", ',
    ),
    "brackets with remarks": (
        "sources: [\n  {id: a, url: 'https://a.example'},  # ours\n]  # end\n",
        "},  # ours\n  {id: quay, ",
    ),
    "block text at the end": (
        "sources:\n- url: https://a.example\n  note: |\n    one\n    two\n",
        "    two\n- id: quay\n",
    ),
    "merged and empty keys at the end": (
        "c: &c {kind: feed}\nsources: &s\n  -   url: https://a.example\n      <<: *c\n      tags:\n",
        "      tags:\n  -   id: quay\n      name: ",
    ),
    "empty list": ("sources: []  # none yet\n", "sources:  # none yet\n  - id: quay\n"),
    "empty list in JSON": ('{"sources": []}', '{"sources": [{"id": "quay", '),
    "empty key": ("sources:\n# none yet\n", "sources:\n  - id: quay\n"),
    "null": ("sources: ~\nx: 1", "sources:\n  - id: quay\n"),
    "only remarks": ("# none yet", "# none yet\nsources:\n  - id: quay\n"),
    "no end of line": ("sources:\n- url: https://a.example", "https://a.example\n- id: quay\n"),
    "nothing": ("", "sources:\n  - id: quay\n"),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_a_source_is_added_in_the_style_of_the_file(kind: str) -> None:
    """Indent, braces, quotes and blank lines are those of the entry before; nothing else changes."""
    before, expected = TEXTS[kind]

    after = with_entries(before, [NEW])

    assert after is not None
    assert expected in after
    data, old = (read_document("s", text.encode()) for text in (after, before))
    assert data.problems == []
    assert data.data == {**old.data, "sources": [*(old.data.get("sources") or []), NEW]}
    kept = [line for line in before.splitlines() if line.strip()]
    if not kind.startswith(("JSON", "empty", "null")):
        assert [line for line in after.splitlines() if line in kept] == kept


@pytest.mark.parametrize("text", ["[]", "{}", "just text", "x: &x []\nsources: *x", "sources: {a: b}"])
def test_what_cannot_be_followed_is_left_alone(text: str) -> None:
    """The caller is told, and tells what to paste."""
    assert with_entries(text, [NEW]) is None


def test_the_starter_file_keeps_every_line(write: Write) -> None:
    """Added to and read back: the old text is there line by line, the new source is the last."""
    old = (shipped("config") / "sources.yaml").read_text()
    topics = (shipped("config") / "topics.yaml").read_text()
    folder = write(sources=old, topics=topics)

    settings = add_sources(folder, {}, [NEW])

    lines = (folder / "sources.yaml").read_text().splitlines()
    position = lines.index("  - id: quay")
    assert lines[:position] + lines[position + 5 :] == old.splitlines()
    assert settings == load(folder, {})
    assert settings.sources[-1].id == "quay"


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark_are_kept(write: Write, ends: str, mark: str) -> None:
    """A file from Windows stays one."""
    text = f"{mark}sources:{ends}- url: https://a.example{ends}# end{ends}"
    folder = write(sources=text.encode())

    add_sources(folder, {}, [{"url": "https://b.example"}])

    added = text.replace(f"# end{ends}", f"- url: https://b.example{ends}# end{ends}")
    assert (folder / "sources.yaml").read_bytes() == added.encode()


def test_a_file_that_is_absent_is_begun(write: Write) -> None:
    """The folder is the one that holds the other files."""
    folder = write(monitor="timezone: UTC")

    settings = add_sources(folder, {}, [{"id": "a", "url": "https://a.example"}])

    assert [source.id for source in settings.sources] == ["a"]
    assert (folder / "sources.yaml").read_text() == "sources:\n  - id: a\n    url: https://a.example\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sources:\n- url: https://a.example\n", {"url": "https://A.example/"}),
        ("sources:\n- {id: a, url: 'https://a.example'}\n", {"id": "a", "url": "https://b.example"}),
        ("sources:\n- url: https://a.example\n", {"url": "https://b.example", "interval": "1s"}),
        ("sources:\n- url: nonsense\n", {"url": "https://b.example"}),
        ("sources: {a: b}\n", {"url": "https://b.example"}),
        ("[]\n", {"url": "https://b.example"}),
    ],
)
def test_what_would_not_load_changes_nothing(write: Write, old: str, new: dict[str, str]) -> None:
    """Duplicates, broken rules, a file that was wrong before: the file is as it was, and no other lies beside it."""
    folder = write(sources=old)

    with pytest.raises(ConfigError):
        add_sources(folder, {}, [new])

    assert (folder / "sources.yaml").read_text() == old
    assert [file.name for file in folder.iterdir()] == ["sources.yaml"]


def test_a_refusal_of_the_form_says_what_to_paste(write: Write) -> None:
    """The line is ready for the clipboard."""
    folder = write(sources="{}\n")

    with pytest.raises(
        ConfigError, match=r"nothing was changed. Paste this under `sources:`:\n  - {url: https://b.example}"
    ):
        add_sources(folder, {}, [{"url": "https://b.example"}])

    assert (folder / "sources.yaml").read_text() == "{}\n"


def test_a_place_that_cannot_be_written_is_told(write: Write, tmp_path: Path) -> None:
    """The name of the file, the reason, and that nothing changed."""
    folder = write(monitor="")
    (folder / "sources.yaml").symlink_to(tmp_path / "gone" / "sources.yaml")

    with pytest.raises(ConfigError, match=r"sources.yaml cannot be written \(No such file.*nothing was changed"):
        add_sources(folder, {}, [{"url": "https://b.example"}])


def test_a_link_stays_a_link_and_permissions_stay(write: Write, tmp_path: Path) -> None:
    """The file it leads to is replaced."""
    (tmp_path / "shared").mkdir()
    target = tmp_path / "shared" / "list.yaml"
    target.write_text("sources: []")
    target.chmod(0o640)
    folder = write(monitor="")
    (folder / "sources.yaml").symlink_to(target)

    add_sources(folder, {}, [{"url": "https://b.example"}])

    assert (folder / "sources.yaml").is_symlink()
    assert "b.example" in target.read_text()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_one_line_can_be_pasted() -> None:
    """It is an item of a list, whatever stands in it."""
    line = as_line({"name": "# a: {b}\n", "url": "https://a.example/?q={query}", "tags": ["x", "y: z"]})

    assert "\n" not in line
    assert read_document("s", f"sources:\n  {line}\n".encode()).data["sources"] == [
        {"name": "# a: {b}\n", "url": "https://a.example/?q={query}", "tags": ["x", "y: z"]}
    ]


_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@given(
    st.sampled_from([text for text, _ in TEXTS.values()]),
    st.lists(st.dictionaries(st.sampled_from(["name", "note", "url"]), _TEXTS, min_size=1), min_size=1, max_size=3),
)
@examples(max_examples=150)
def test_whatever_is_added_reads_back(before: str, entries: list[dict[str, str]]) -> None:
    """Any text in any style of file."""
    after = with_entries(before, entries)

    assert after is not None
    assert read_document("s", after.encode()).data["sources"][-len(entries) :] == entries


SOURCE = (
    "{id: a, name: A, url: 'https://a.example/{query}', query: x y, kind: page, interval: 3h, full_text: never, tags: [un, b],"
    " language: pt-BR, country: BR, selector: h2 a, headers: {Accept-Language: pt}, user_agent: desk, topics: [t], note: slow}"
)


def test_a_source_is_declared_by_its_fields(settings: Load) -> None:
    """What `fields_of` gives declares the same source again, but for its headers."""
    loaded = settings(sources=f"sources: [{SOURCE}]", topics="topics: [{id: t}]")

    fields = fields_of(loaded.sources[0], loaded.fetch)

    again = source_from(fields, loaded)
    assert fields["url"] == "https://a.example/{query}"
    assert "headers" not in fields
    assert again.headers == ()
    assert again == type(again)(**{**{f: getattr(loaded.sources[0], f) for f in again.__slots__}, "headers": ()})


def test_defaults_are_not_declared(settings: Load) -> None:
    """Not even the interval that monitor.yaml sets."""
    loaded = settings(monitor="fetch: {interval: 2h}", sources="sources: [{url: 'https://a.example'}]")

    fields = fields_of(loaded.sources[0], loaded.fetch)

    assert fields == {"id": "a-example", "name": "a.example", "url": "https://a.example"}


def test_a_name_that_only_repeats_the_id_is_not_declared(settings: Load) -> None:
    """So a list that is taken out and in again says what the file said."""
    loaded = settings(sources="sources: [{id: quay, url: 'https://a.example'}]")

    assert fields_of(loaded.sources[0], loaded.fetch) == {"id": "quay", "url": "https://a.example"}


def test_what_is_wrong_with_a_source_is_told_in_one_line() -> None:
    """The rules of the file hold for options and rows too."""
    fields = {"url": "https://a.example/{query}", "kind": "rss", "interval": "1m", "topics": ["t"]}

    with pytest.raises(UsageError) as caught:
        source_from(fields, Settings())

    for part in ("`kind` must be feed, sitemap or page", "{query}", "`interval` must be at least 15m", "topic 't'"):
        assert part in str(caught.value)


def test_an_address_is_known_however_it_is_written(settings: Load) -> None:
    """Host, port, last slash, tracking parameters."""
    sources = settings(sources="sources: [{id: a, url: 'https://a.example/rss/'}]").sources

    assert known_as("HTTPS://A.example:443/rss?utm_source=x#top", sources) == sources[0]
    assert known_as("https://a.example/rss?page=2", sources) is None


def test_rows_are_told_apart(settings: Load) -> None:
    """New, there already (in the file or further up), refused with the reason."""
    loaded = settings(sources="sources: [{id: a, url: 'https://a.example'}]")
    texts = ["https://b.example", "https://a.example/", "https://b.example/", "nonsense"]
    rows = [Row(line=n, fields={"url": url}) for n, url in enumerate(texts, 2)]
    taken = Row(line=9, fields={"id": "a", "url": "https://c.example"})

    found = sort_rows([*rows, taken], loaded)

    assert found.new == (Row(line=2, fields={"id": "b-example", "url": "https://b.example"}),)
    assert found.there == (rows[1], rows[2])
    assert [refusal.line for refusal in found.refused] == [5, 9]
    assert "http or https address" in found.refused[0].reason
    assert "belongs to another address" in found.refused[1].reason


def test_a_kind_is_a_kind() -> None:
    """Words from the command line become values."""
    assert source_from({"url": "https://a.example", "kind": "sitemap"}, Settings()).kind is SourceKind.SITEMAP
