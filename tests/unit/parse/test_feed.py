"""Takes bodies of answers, gives what `parse_feed` makes of them: feeds, refusals in plain words, limits."""

import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ChildFailed, ParseFailure
from monitor.parse import parse, parse_feed
from monitor.parse.feed import SlowFeed
from monitor.parse.listing import read_listing
from monitor.parse.raw import RawEntry, RawFeed
from monitor.parse.slow_feed import read_slowly
from monitor.types import Fetched, FetchSettings, Source

URL = "https://outlet.example/feed"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def rss(inner: str, title: str = "Outlet") -> bytes:
    """Give a feed with this inside its channel."""
    return f'<rss version="2.0"><channel><title>{title}</title>{inner}</channel></rss>'.encode()


def item(title: str = "Quay reopens", link: str = "https://outlet.example/1", inner: str = "") -> str:
    """Give an item of a feed."""
    return f"<item><title>{title}</title><link>{link}</link>{inner}</item>"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The document is empty."),
        (b" \r\n\0 ", "The document is empty."),
        (b"<!DOCTYPE html><html><head><title>News</title></head></html>", "An HTML page instead of a feed."),
        (b"<html><form><input type='password'></form></html>", "A login page instead of a feed."),
        (b"Service unavailable", "Plain text instead of a feed."),
        (b'{"error": "gone"}', "JSON, but no JSON Feed."),
        (b"[" * 100_000, "JSON, but no JSON Feed."),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "An error message instead of a feed."),
        (
            b"<urlset><url><loc>https://outlet.example/1</loc></url></urlset>",
            "A sitemap instead of a feed: set `kind: sitemap`.",
        ),
        (b"<opml><body/></opml>", "A list of feeds (OPML) instead of a feed."),
        (b"<invoice/>", "An XML document <invoice> instead of a feed."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x04<p>\0", "Binary data instead of a feed."),
    ],
)
def test_what_is_no_feed_is_named_in_plain_words(body: bytes, words: str) -> None:
    """The poll log says what lies at the address instead."""
    with pytest.raises(ParseFailure) as failure:
        parse_feed(body, url=URL)

    assert failure.value.result == "not-a-feed"
    assert str(failure.value) == words


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<?xml version="1.0"?><!-- <rss> --><!DOCTYPE rss [<!ELEMENT rss ANY><!ENTITY % p SYSTEM "http://10.0.0.1/x">]>',
    ],
)
def test_a_document_that_declares_entities_is_refused(doctype: str) -> None:
    """Neither a billion laughs nor a foreign file comes in, and nothing is read half."""
    with pytest.raises(ParseFailure, match="entities") as failure:
        parse_feed(doctype.encode() + rss(item("&x;")), url=URL, slow=read_slowly)

    assert failure.value.result == "parse-error"


def test_an_empty_feed_is_a_feed() -> None:
    """A source that has nothing to say at present has not failed."""
    feed = parse_feed(rss(""), url=URL)

    assert (feed.title, feed.entries) == ("Outlet", ())


def test_warnings_of_server_software_before_the_document_are_skipped() -> None:
    """What a plugin printed in front does not hide the feed."""
    feed = parse_feed(b"<br />\n<b>Warning</b>: cache full\n<?xml version='1.0'?>" + rss(item()), url=URL)

    assert [entry.title for entry in feed.entries] == ["Quay reopens"]


def test_an_article_that_quotes_an_entity_declaration_is_read() -> None:
    """Only the document's own prolog is searched for entities."""
    body = rss(item(inner="<description><![CDATA[The <!ENTITY trick]]></description>"))

    assert len(parse_feed(body, url=URL).entries) == 1


def test_no_more_entries_are_given_than_wanted() -> None:
    """The cap holds for XML and for JSON."""
    json_feed = b'{"version":"https://jsonfeed.org/version/1","items":[' + b",".join([b'{"title":"a"}'] * 9) + b"]}"

    assert len(parse_feed(rss(item() * 9), url=URL, max_entries=4).entries) == 4
    assert len(parse_feed(json_feed, url=URL, max_entries=4).entries) == 4


def test_texts_are_cut_to_their_limits() -> None:
    """A title, summary or full text of any length is kept in part."""
    long = "word " * 100_000
    entry = parse_feed(rss(item(long, inner=f"<description>{long}</description>")), url=URL).entries[0]

    assert 900 < len(entry.title) <= 1_000
    assert 4_900 < len(entry.summary) <= 5_000
    assert 199_000 < len(entry.content) <= 200_000


def test_a_feed_of_full_texts_alone_gets_a_teaser_as_its_summary() -> None:
    """The summary stays short enough to be shown, and the whole text is kept."""
    text = "The ministers met on the bridge. " * 50
    entry = parse_feed(rss(item(inner=f"<content>{text}</content>")), url=URL).entries[0]

    assert entry.content.startswith(entry.summary)
    assert len(entry.summary) <= 500 < len(entry.content)


def test_a_damaged_feed_is_read_by_the_slow_reader() -> None:
    """Where the fast reader had to guess, feedparser's reading is taken."""
    asked: list[bytes] = []

    def slow(body: bytes) -> RawFeed:
        asked.append(body)
        return RawFeed(title="Outlet", entries=(RawEntry(title="Whole", link="https://outlet.example/1"),))

    feed = parse_feed(rss("<item><title>Torn<b></title></item>"), url=URL, slow=slow)

    assert [entry.title for entry in feed.entries] == ["Whole"]
    assert len(asked) == 1


def test_a_sound_feed_never_goes_to_the_slow_reader() -> None:
    """Neither do entities of HTML, stray ampersands and control characters, which are mended."""

    def slow(body: bytes) -> RawFeed:
        raise AssertionError(body)

    feed = parse_feed(rss(item("Fish & chips &eacute;t&eacute;\x0c")), url=URL, slow=slow)

    assert feed.entries[0].title == "Fish & chips été"


def test_when_the_slow_reader_fails_what_was_read_fast_is_kept() -> None:
    """A child that was killed costs nothing that had been read already."""

    def slow(body: bytes) -> RawFeed:
        raise ChildFailed("stopped")

    feed = parse_feed(rss(item() + "<item><title>Torn"), url=URL, slow=slow)

    assert feed.entries[0].title == "Quay reopens"


def test_a_feed_nobody_can_read_is_a_parse_error() -> None:
    """Both readers failed: the poll says so and why."""

    def slow(body: bytes) -> RawFeed:
        raise ChildFailed("took longer than 10 s")

    with pytest.raises(ParseFailure, match="took longer") as failure:
        parse_feed(b"<channel><item HREF=x>", url=URL, slow=slow)

    assert failure.value.result == "parse-error"


def test_a_channel_definition_file_is_read_slowly() -> None:
    """CDF, the oldest format, is feedparser's business."""
    body = b'<CHANNEL><TITLE>Old Push</TITLE><ITEM HREF="https://outlet.example/1"><TITLE>Quay</TITLE></ITEM></CHANNEL>'

    feed = parse_feed(body, url=URL, slow=read_slowly)

    assert [(entry.title, entry.link) for entry in feed.entries] == [("Quay", "https://outlet.example/1")]


def test_a_large_damaged_feed_is_not_given_to_the_slow_reader() -> None:
    """Beyond 2 MB feedparser would not come to an end in time; what was read fast is kept."""

    def slow(body: bytes) -> RawFeed:
        raise AssertionError(len(body))

    feed = parse_feed(rss(item() + "<item><title>Torn" + "x" * 2_000_000), url=URL, slow=slow)

    assert feed.entries[0].title == "Quay reopens"


@pytest.mark.parametrize(
    ("head", "minutes"),
    [
        ("<ttl>15</ttl>", 15),
        ("<ttl>0</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>99999999999999</ttl>", None),
        ('<x:updatePeriod xmlns:x="http://purl.org/rss/1.0/modules/syndication/"> hourly </x:updatePeriod>', 60),
    ],
)
def test_the_wish_for_an_interval_is_read_where_it_is_one(head: str, minutes: int | None) -> None:
    """Nonsense is as good as nothing."""
    ttl = parse_feed(rss(head), url=URL).wishes.ttl

    assert (ttl.total_seconds() / 60 if ttl else None) == minutes


@pytest.mark.parametrize(
    ("content_type", "declared", "encoding"),
    [
        ("application/xml; charset=windows-1251", "utf-8", "windows-1251"),
        ("text/xml", "koi8-r", "koi8-r"),
        ("text/xml; charset=nonsense", "utf-8", "utf-8"),
        ("text/xml; charset=iso-8859-1", "utf-8", "utf-8"),
        ("text/xml; charset=idna", "utf-8", "utf-8"),
        ("", "utf-8", "utf-16-le"),
        ("text/xml; charset=utf-8", "utf-8", "utf-32"),
    ],
)
def test_the_charset_is_found_as_the_standards_say(content_type: str, declared: str, encoding: str) -> None:
    """Byte order mark, HTTP header, declaration; a label the bytes contradict is passed over."""
    text = f'<?xml version="1.0" encoding="{declared}"?><rss><channel><title>Міністр: “ні”</title></channel></rss>'
    body = text.replace("“", '"').replace("”", '"').replace("і", "и").encode(encoding)

    assert parse_feed(body, url=URL, content_type=content_type).title == 'Министр: "ни"'


@pytest.mark.parametrize(
    ("label", "encoding", "title"),
    [
        ("gb2312", "gb18030", "朱镕基 €"),
        ("shift_jis", "cp932", "警察は①を～逮捕"),
        ("ks_c_5601-1987", "cp949", "똠방각하 체포"),
        ("tis-620", "cp874", "ตำรวจ “จับ”"),
        ("iso-8859-9", "cp1254", "“Şırnak”"),
    ],
)
def test_a_label_means_all_that_is_written_under_it(label: str, encoding: str, title: str) -> None:
    """Publishers use the characters of the larger set and name the smaller one."""
    body = rss("", title).decode().encode(encoding)

    assert parse_feed(body, url=URL, content_type=f"text/xml; charset={label}").title == title


@pytest.mark.parametrize(
    ("label", "encoding", "bad"),
    [
        ("windows-1251", "cp1251", b"\x98"),
        ("gbk", "gbk", b"\xff"),
        ("windows-1251", "utf-8", b"\xff"),
        ("utf-8", "utf-8", b"\xff"),
    ],
)
def test_a_byte_that_is_out_of_place_costs_no_more_than_itself(label: str, encoding: str, bad: bytes) -> None:
    """One symbol pasted from elsewhere does not make the whole document unreadable; nor does a label that is wrong as well."""
    body = rss("", "Министр иностранных дел: Италия и Иран @").decode().encode(encoding).replace(b"@", bad + b"!")

    title = parse_feed(body, url=URL, content_type=f"text/xml; charset={label}").title

    assert title.startswith("Министр иностранных дел: Италия и Иран")


@pytest.mark.parametrize(
    "inner",
    [
        "<item><description>" + "<a>" * 200_000,
        "<item><description>" + "&lt;!--" * 200_000 + "</description></item>",
        "<item><description><![CDATA[" + "<!--" * 500_000 + "]]></description></item>",
        "<item><description><![CDATA[<a " + 'b="1" ' * 200_000 + ">]]></description></item>",
        "<item " + " ".join(f'a{number}="1"' for number in range(100_000)) + "/>",
        "<item>" * 200_000,
        "<item><title>" * 120 + "x " * 2_000_000 + "</title></item>" * 120,
        '<a xml:base="http://outlet.example/'
        + "a/" * 2_000_000
        + '">'
        + "<item><link>1</link></item>" * 5_000
        + "</a>",
        ('<a xml:base="' + "a/" * 3_900 + '">') * 200 + "<item><link>1</link></item>" * 5_000 + "</a>" * 200,
        "<item><link>http://outlet.example/" + "../" * 3_000_000 + "</link></item>",
        "<a:b/>" * 1_000_000,
        "<item><title><![CDATA[&#" + "9" * 5_000_000 + ";]]></title></item>",
        "&" * 1_000_000,
        "<" * 1_000_000,
    ],
    ids=[
        "deep",
        "escaped comments",
        "comments",
        "attributes in text",
        "attributes",
        "nested items",
        "items in titles",
        "long base",
        "many bases",
        "long link",
        "undeclared prefixes",
        "long number",
        "ampersands",
        "brackets",
    ],
)
def test_hostile_documents_take_no_more_than_seconds(inner: str) -> None:
    """The fast reader is linear: it runs where it cannot be killed."""
    started = time.process_time()

    with suppress(ParseFailure):
        parse_feed(rss(inner), url=URL)

    assert time.process_time() - started < 30  # 5 on a slow core; what is not linear takes minutes


def test_a_flood_of_declarations_before_a_document_is_passed_over_at_once() -> None:
    """Looking for the root element is linear, too."""
    started = time.process_time()

    assert outcome(b"<!a>" * 2_000_000) == "not-a-feed"

    assert time.process_time() - started < 30  # 5 on a slow core; what is not linear takes minutes


def test_a_flood_of_bytes_that_are_no_utf_8_takes_no_more_than_seconds() -> None:
    """They are read as windows-1252 all at once."""
    started = time.process_time()

    title = parse_feed(rss("").replace(b"Outlet", b"caf\xc3\xa9 \x93" + b"\x80" * 3_000_000), url=URL).title

    assert title.startswith("café “€€€")
    assert time.process_time() - started < 30  # 5 on a slow core; what is not linear takes minutes


def outcome(body: bytes, content_type: str = "") -> str:
    """Give the word of the poll log for a body."""
    try:
        parse_feed(body, url=URL, content_type=content_type, now=NOW)
    except ParseFailure as failure:
        return failure.result
    return "read"


VALID = rss(
    item(inner="<guid>1</guid><pubDate>Fri, 20 Nov 2026 17:05:00 GMT</pubDate><description>a &lt;b&gt;</description>")
)


@given(st.lists(st.tuples(st.integers(0, len(VALID)), st.integers(0, 12), st.binary(max_size=6)), max_size=6))
@settings(max_examples=150)
def test_no_mutation_of_a_feed_raises_anything_but_parse_failure(cuts: list[tuple[int, int, bytes]]) -> None:
    """Whatever a server sends, the poll gets a feed or a reason."""
    body = VALID
    for start, length, replacement in cuts:
        body = body[:start] + replacement + body[start + length :]

    assert outcome(body) in {"read", "not-a-feed", "parse-error"}


@given(st.binary(max_size=200), st.text(max_size=20))
@settings(max_examples=150)
def test_no_bytes_raise_anything_but_parse_failure(body: bytes, content_type: str) -> None:
    """Neither a body nor a header of any kind is more than a refused feed."""
    assert outcome(body, content_type) in {"read", "not-a-feed", "parse-error"}


def test_a_fetched_document_is_read_with_its_own_address_as_base() -> None:
    """`parse` takes base and charset from the answer, not from the declaration."""
    page = Fetched(url=URL, headers={"content-type": "text/xml"}, body=rss(item(link="/2")))

    source = Source(id="o", name="O", url="https://elsewhere.example")
    feed = parse(source, page, limits=FetchSettings(), slow=None, listing=read_listing, now=NOW)

    assert feed.entries[0].link == "https://outlet.example/2"


@pytest.mark.parametrize("slow", [None, read_slowly], ids=["fast", "slow"])
@pytest.mark.parametrize("end", [1, 9, 40, 70, 95])
def test_a_feed_that_breaks_off_says_so(slow: SlowFeed | None, end: int) -> None:
    """What could be read is kept, whichever reader it was; the remark tells that there was more."""
    items = "".join(f"<item><title>Quay {n}</title><link>https://q.example/{n}</link></item>" for n in range(9))
    whole = f"<rss><channel><title>Quay</title>{items}</channel></rss>"

    feed = parse_feed(whole[: whole.index("</channel>") - end].encode(), url=URL, slow=slow)

    assert feed.cut == "it breaks off in the middle"
    assert len(feed.entries) in (8, 9)


def test_a_feed_with_another_fault_does_not_break_off() -> None:
    """An item that nobody closed is no end."""
    body = b"<rss><channel><item><title>Quay</title></channel></rss>"

    assert parse_feed(body, url=URL).cut == ""


@pytest.mark.parametrize(
    "body", [b"<rss><channel>", b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "ti']
)
def test_a_feed_that_breaks_off_before_its_first_entry_is_damaged(body: bytes) -> None:
    """It is one, so its address is right."""
    with pytest.raises(ParseFailure, match="The feed is damaged: it breaks off in the middle") as failure:
        parse_feed(body, url=URL)

    assert failure.value.result == "parse-error"
