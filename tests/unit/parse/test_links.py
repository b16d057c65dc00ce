"""Takes addresses, gives tests of their canonical form."""

from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.parse import canonical_url
from monitor.parse.links import absolute


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://News.Example:443/A", "https://news.example/A"),
        ("http://news.example:80", "http://news.example/"),
        ("http://news.example:8080/a", "http://news.example:8080/a"),
        ("https://news.example./a", "https://news.example/a"),
        ("https://news.example/a/./b/../c", "https://news.example/a/c"),
        ("https://news.example/../a", "https://news.example/a"),
        ("https://news.example/a/..", "https://news.example/"),
        ("https://news.example/a#part", "https://news.example/a"),
        ("https://news.example/a?utm_source=x&id=7&fbclid=y&b=", "https://news.example/a?id=7&b="),
        ("https://news.example/a?UTM_Medium=rss", "https://news.example/a"),
        ("https://news.example/a#:~:text=the%20quay", "https://news.example/a"),
        ("https://news.example/a#!", "https://news.example/a"),
        ("https://news.example/#!/a/%7e1", "https://news.example/#!/a/~1"),
        ("https://news.example/app#/a/1", "https://news.example/app#/a/1"),
        ("https://news.example/a;JSESSIONID=0A1B.node2?id=7", "https://news.example/a?id=7"),
        ("https://news.example/a?PHPSESSID=0a1b&id=7&wt.mc_id=x", "https://news.example/a?id=7"),
        ("https://news.example:00443/a?", "https://news.example/a"),
        ("https://XN--BCHER-KVA.example/", "https://xn--bcher-kva.example/"),
        ("https://news.example/a?q=a+b&q=a%20b", "https://news.example/a?q=a+b&q=a%20b"),
        ("https://news.example/a?b=2&a=1", "https://news.example/a?b=2&a=1"),
        ("https://news.example/%7euser/%c3%a9?q=%2f", "https://news.example/~user/%C3%A9?q=%2F"),
        ("https://news.example/été à", "https://news.example/%C3%A9t%C3%A9%20%C3%A0"),
        ("https://news.example/100%", "https://news.example/100%25"),
        ("https://Bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://user:secret@news.example/", "https://news.example/"),
        ("http://[::1]:80/x", "http://[::1]/x"),
        ("  https://news.example/a\n", "https://news.example/a"),
    ],
)
def test_spellings_of_one_address_meet_in_one_form(url: str, canonical: str) -> None:
    """Case, ports, dots, encodings, fragments and tracking do not tell pages apart; parameters and their order may."""
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://news.example/a", "https://news.example/a/"),
        ("https://news.example/a", "https://news.example/A"),
        ("https://news.example/a", "https://news.example/a?id=7"),
        ("https://news.example/?p=1", "https://news.example/?p=2"),
        ("https://news.example/?sid=1", "https://news.example/?sid=2"),
        ("https://news.example/?ref=1", "https://news.example/?ref=2"),
        ("https://news.example/?a=1&a=2", "https://news.example/?a=2&a=1"),
        ("https://news.example/a/b", "https://news.example/a%2Fb"),
        ("https://news.example/a?b", "https://news.example/a%3Fb"),
        ("https://news.example/a+b", "https://news.example/a%20b"),
        ("https://news.example/#!/1", "https://news.example/#!/2"),
        ("https://news.example/#/1", "https://news.example/#/2"),
        ("https://news.example/a;id=1", "https://news.example/a;id=2"),
        ("https://news.example/a//b", "https://news.example/a/b"),
        ("https://www.news.example/a", "https://news.example/a"),
        ("https://m.news.example/a", "https://news.example/a"),
        ("https://news.example/a/amp/", "https://news.example/a/"),
        ("https://news.example:8443/a", "https://news.example/a"),
        ("http://news.example/a", "https://news.example/a"),
    ],
)
def test_what_may_be_two_pages_never_meets_in_one_form(one: str, other: str) -> None:
    """A page taken for another one would be lost; copies of one page are folded later."""
    assert canonical_url(one) != canonical_url(other)


PARTS = st.text("abAB01-._~!$'()*+,;=:@ é%/?#", max_size=12).filter(lambda part: part not in (".", ".."))


@given(PARTS, PARTS)
def test_what_a_site_tells_pages_apart_by_survives(path: str, value: str) -> None:
    """Paths and values are given back as they were, but for their encoding."""
    url = f"https://news.example/a/{quote(path, safe='')}?id={quote(value, safe='')}"

    found = urlsplit(canonical_url(url) or "")

    assert unquote(found.path) == f"/a/{path}"
    assert dict(parse_qsl(found.query, keep_blank_values=True))["id"] == value


@pytest.mark.parametrize(
    "url",
    ["", "news.example/a", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "mailto:a@b.example", "http://",
     "http://[::1", "http://a:99999999/", "http://a b/", "http://-/"],
)  # fmt: skip
def test_what_is_no_web_address_has_no_canonical_form(url: str) -> None:
    """None is given rather than something that merely looks like one."""
    assert canonical_url(url) is None


URLS = st.builds(
    "{}://{}{}/{}?{}#{}".format,
    st.sampled_from(["http", "HTTPS"]),
    st.text("aB.é-_%", max_size=8),
    st.sampled_from(["", ":80", ":443", ":x", "."]),
    st.text("aB./%2eF~é &;", max_size=20)
    | st.lists(st.sampled_from(["/a", ";jsessionid=", ";jses", ";", ".", "x"])).map("".join),
    st.text("ab=&;utm_%2fé+", max_size=20),
    st.text(max_size=3) | st.text("!/a%2f é#?", max_size=6),
)


@given(URLS | st.text())
@example("http://outlet.example/" + "%" * 20_000)
def test_the_canonical_form_is_its_own_canonical_form(url: str) -> None:
    """Canonical addresses can be compared however often they were made so; nothing raises."""
    once = canonical_url(url)

    assert once is None or canonical_url(once) == once


@given(st.text(), st.text())
def test_joining_links_gives_web_addresses_or_nothing(base: str, link: str) -> None:
    """No other scheme gets through, and nothing raises."""
    joined = absolute(base, link)

    assert joined is None or joined.lower().startswith(("http://", "https://"))
