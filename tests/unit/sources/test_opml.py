"""Takes OPML files, sound, careless and hostile, and expects rows, tags from folders, and clean refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import UsageError
from monitor.sources.opml import read_opml, write_opml
from monitor.sources.rows import KEYS, LISTS, MOST_ROWS, Refusal, Row

_LEGAL = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
_TEXTS = st.text(_LEGAL, min_size=1).filter(str.strip).map(str.strip)
FIELDS = st.fixed_dictionaries(
    {"url": _TEXTS, "name": _TEXTS},
    optional={
        key: st.lists(_TEXTS, min_size=1) if key in LISTS else _TEXTS for key in KEYS if key not in ("url", "name")
    },
)


def opml(body: str) -> str:
    """Give a file with this body."""
    return f'<?xml version="1.0"?><opml version="2.0"><head/><body>{body}</body></opml>'


def rows(body: str) -> list[Row | Refusal]:
    """Read a file with this body."""
    return read_opml(opml(body))


def test_folders_are_tags() -> None:
    """A feed has the names of all folders around it, outermost first, each once."""
    body = """
<outline text="Press"><outline title="Asia"><outline text="Press">
<outline text="Harbour" type="rss" xmlUrl="https://h.example/rss" htmlUrl="https://h.example/"/>
</outline></outline></outline>"""

    (row,) = rows(body)

    assert row == Row(line=3, fields={"name": "Harbour", "url": "https://h.example/rss", "tags": ["Press", "Asia"]})


@pytest.mark.parametrize("attributes", ['title="T"', 'text="" title="T"', 'text="T" title="other"'])
def test_the_name_is_text_or_title(attributes: str) -> None:
    """Programs differ in which of the two they write."""
    (row,) = rows(f'<outline {attributes} XMLURL="https://h.example/?a=1&b=2"/>')

    assert row == Row(line=1, fields={"name": "T", "url": "https://h.example/?a=1&b=2"})


def test_an_outline_that_is_neither_feed_nor_folder_is_refused_with_its_line() -> None:
    """The others are kept."""
    found = rows(
        '\n<outline text="a"/>\n<outline text="b" xmlUrl="https://b.example"/>\n<outline text="c" xmlUrl=" "/>'
    )

    assert [(row.line, type(row)) for row in found] == [(2, Refusal), (3, Row), (4, Refusal)]


@given(st.lists(FIELDS, max_size=4))
def test_what_is_written_is_read_again(sources: list[dict[str, str | list[str]]]) -> None:
    """Every key comes back; sources with one first tag stand in one folder, so that the order may change."""
    text = write_opml([(str(fields["url"]), fields) for fields in sources])

    found = [row.fields for row in read_opml(text) if isinstance(row, Row)]
    assert sorted(found, key=str) == sorted(({key: f[key] for key in KEYS if key in f} for f in sources), key=str)


def test_other_programs_are_given_the_address_that_is_asked() -> None:
    """The places of a template are ours alone."""
    fields = {"name": "Wire", "url": "https://w.example/?q={query}", "query": "a b"}

    text = write_opml([("https://w.example/?q=a%20b", fields)])

    assert 'xmlUrl="https://w.example/?q=a%20b"' in text
    (row,) = read_opml(text)
    assert row == Row(line=7, fields=fields)


def test_what_xml_cannot_hold_is_left_out() -> None:
    """Control characters have no way to be written."""
    (row,) = read_opml(
        write_opml([("https://h.example", {"url": "https://h.example", "name": "a\x07b", "note": "c\nd"})])
    )

    assert row.fields == {"url": "https://h.example", "name": "ab", "note": "c\nd"}  # type: ignore[union-attr]


BOMB = '<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><opml><body><outline xmlUrl="&b;"/></body></opml>'
ELSEWHERE = '<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/hostname">]><opml><body><outline xmlUrl="h">&x;</outline></body></opml>'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, "entities"),
        (ELSEWHERE, "entities"),
        (opml("<outline>" * 300 + "</outline>" * 300), "broken XML"),
        (opml('<outline text="a">'), "line 1: broken XML"),
        (opml(f'<outline text="a" text="{"x" * 20}"/>'), "broken XML"),
        ("", "broken XML"),
        ("url,name\nhttps://a.example,a\n", "broken XML"),
        ("<rss><channel/></rss>", "no OPML: the file begins with <rss>"),
    ],
)
def test_what_is_no_safe_opml_is_refused(text: str, reason: str) -> None:
    """Bombs, files elsewhere, trees without end, halves, and other documents."""
    with pytest.raises(UsageError, match=reason):
        read_opml(text)


def test_a_document_type_elsewhere_is_not_fetched() -> None:
    """Naming one is allowed; it is not looked at."""
    text = '<!DOCTYPE opml SYSTEM "http://127.0.0.1:9/opml.dtd">' + opml('<outline xmlUrl="https://h.example"/>')[21:]

    assert len(read_opml(text)) == 1


def test_a_file_without_end_is_cut_off() -> None:
    """What was not read is said."""
    found = rows('<outline xmlUrl="https://h.example"/>' * (MOST_ROWS + 50))

    assert len(found) == MOST_ROWS + 1
    assert isinstance(found[-1], Refusal)


@given(st.text(alphabet="<>/='\" &;!-[]outlinexmUr\0", max_size=120))
def test_no_text_raises_anything_else(text: str) -> None:
    """There are rows, refusals, or a refusal of the whole."""
    try:
        found = rows(text)
    except UsageError:
        return
    assert all(row.line >= 1 for row in found)
