"""Takes documents polled one after the other, gives tests of what counts as new, changed and same."""

import time
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from monitor.parse import Changes, compare, identify, lookups
from monitor.types import KnownEntry, ParsedEntry, ParsedFeed, Source

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOURCE = Source(id="outlet", name="Outlet", url="https://outlet.example/feed")


def entry(
    title: str = "Quay reopens", link: str | None = "https://outlet.example/1", guid: str | None = "g1", text: str = ""
) -> ParsedEntry:
    """Give an item of a document."""
    return ParsedEntry(guid=guid, title=title, link=link, summary=text)


def feed(*entries: ParsedEntry, language: str | None = None) -> ParsedFeed:
    """Give a document."""
    return ParsedFeed(title="Outlet", entries=entries, language=language)


def poll(parsed: ParsedFeed, known: tuple[KnownEntry, ...] = ()) -> Changes:
    """Compare a document with those kept entries a store would find for it."""
    items = identify(parsed)
    asked = lookups(items)
    found = [kept for kept in known if kept.identity in asked.identities or kept.url in asked.urls]
    return compare(items, found, source=SOURCE, now=NOW, backlog=False)


def kept(changes: Changes) -> tuple[KnownEntry, ...]:
    """Give new entries as the store will know them."""
    return tuple(
        KnownEntry(id=number, identity=new.identity, url=new.url, digest=new.digest)
        for number, new in enumerate(changes.new, start=1)
    )


def test_what_was_never_seen_is_new_with_all_it_says() -> None:
    """The kept entry has the canonical URL, the published link, and the source's language before the feed's."""
    parsed = feed(entry(link="https://outlet.example/1?utm_source=rss"), language="fr")

    (new,) = compare(identify(parsed), [], source=SOURCE, language=parsed.language, now=NOW, backlog=True).new

    assert (new.identity, new.url, new.link) == (
        "g1",
        "https://outlet.example/1",
        "https://outlet.example/1?utm_source=rss",
    )
    assert (new.language, new.backlog, new.seen_at) == ("fr", True, NOW)


def test_what_was_seen_is_the_same() -> None:
    """A document polled twice brings nothing."""
    parsed = feed(entry(), entry("Market moves", "https://outlet.example/2", None))

    assert poll(parsed, kept(poll(parsed))) == Changes(same=2)


def test_spacing_case_and_tracking_in_the_text_are_no_change() -> None:
    """Only other words are another text."""
    known = kept(poll(feed(entry(text="See https://outlet.example/a?utm_source=x now"))))

    changes = poll(feed(entry("QUAY  reopens", text="see https://outlet.example/a?utm_source=y  now")), known)

    assert changes == Changes(same=1)


def test_other_words_are_a_change_of_the_kept_entry() -> None:
    """An edited headline keeps its place."""
    known = kept(poll(feed(entry())))

    changes = poll(feed(entry("Quay reopens after storm")), known)

    assert [(number, new.title) for number, new in changes.changed] == [(1, "Quay reopens after storm")]
    assert changes.new == ()


def test_a_new_guid_on_a_known_address_is_the_same_entry() -> None:
    """A feed that makes up its guids anew at every poll announces nothing twice."""
    known = kept(poll(feed(entry(guid="a1"), entry("Market", "https://outlet.example/2", "a2"))))

    changes = poll(feed(entry(guid="b1"), entry("Market", "https://outlet.example/2?utm_medium=x", "b2")), known)

    assert changes == Changes(same=2)


def test_new_guids_on_one_shared_address_are_new_entries() -> None:
    """A feed whose entries all lead to the front page is told apart by guid."""
    home = "https://outlet.example/"
    known = kept(poll(feed(entry("One", home, "1"), entry("Two", home, "2"))))

    changes = poll(feed(entry("Three", home, "3"), entry("Two", home, "2")), known)

    assert [new.title for new in changes.new] == ["Three"]
    assert changes.same == 1


def test_the_front_page_names_no_article() -> None:
    """One item at a time, always linked to the front page: each is news, with a guid and without."""
    home = "https://outlet.example/"

    for first, then in (("1", "2"), (None, None)):
        changes = poll(feed(entry("Two", home, then)), kept(poll(feed(entry("One", home, first)))))

        assert [new.title for new in changes.new] == ["Two"]


def test_new_guids_on_one_shared_address_with_the_same_words_are_the_same_entries() -> None:
    """Churning guids and a shared link at once: the words are left to know them by."""
    home = "https://outlet.example/"
    known = kept(poll(feed(entry("One", home, "a1"), entry("Two", home, "a2"))))

    assert poll(feed(entry("One", home, "b1"), entry("Two", home, "b2")), known) == Changes(same=2)


def test_a_site_that_moves_to_https_announces_nothing_again() -> None:
    """Its guids and links change at once, but for the scheme they are the same."""
    old, new = "http://outlet.example/1", "https://outlet.example/1"
    known = kept(poll(feed(entry(link=old, guid=old))))

    changes = poll(feed(entry("Quay reopens at last", new, new)), known)

    assert poll(feed(entry(link=new, guid=new)), known) == Changes(same=1)
    assert [number for number, _ in changes.changed] == [1]


def test_an_edit_without_guid_is_a_change_while_the_address_stays() -> None:
    """Another title or text under the same address is the same entry, once more."""
    known = kept(poll(feed(entry(guid=None, text="It rained."))))

    for edited in (entry("Quay reopens late", guid=None, text="It rained."), entry(guid=None, text="It snowed.")):
        changes = poll(feed(edited), known)

        assert ([number for number, _ in changes.changed], changes.new) == ([1], ())


def test_an_edit_with_neither_guid_nor_address_is_a_new_entry() -> None:
    """Nothing tells it from the next note under the same title, and none may be lost."""
    known = kept(poll(feed(entry("A note", None, None, "It rained."))))

    assert [new.summary for new in poll(feed(entry("A note", None, None, "It snowed.")), known).new] == ["It snowed."]


def test_an_article_under_new_guid_and_new_address_is_a_new_entry() -> None:
    """Published twice, it is stored twice; the story folds it."""
    known = kept(poll(feed(entry())))

    assert len(poll(feed(entry(link="https://outlet.example/again", guid="g9")), known).new) == 1


def test_a_constant_guid_does_not_pass_one_entry_off_as_another() -> None:
    """Where the document has the guid once only, the address still says which of the kept entries it is."""
    one, two = entry("One", "https://outlet.example/1", "x"), entry("Two", "https://outlet.example/2", "x")
    known = kept(poll(feed(one)))
    both = poll(feed(one, two), known)
    known += (KnownEntry(id=2, identity=both.new[0].identity, url=both.new[0].url, digest=both.new[0].digest),)

    assert (both.same, len(both.new)) == (1, 1)
    assert poll(feed(two), known) == Changes(same=1)


def test_an_entry_that_took_the_address_of_another_is_no_change_of_it() -> None:
    """The kept entry belongs to the one that has its guid."""
    known = kept(poll(feed(entry("One", "https://outlet.example/live", "g1"))))

    changes = poll(
        feed(entry("One", "https://outlet.example/1", "g1"), entry("Two", "https://outlet.example/live", "g2")), known
    )

    assert ([new.title for new in changes.new], changes.same) == (["Two"], 1)


def test_one_guid_on_entries_with_different_addresses_is_no_identity() -> None:
    """A feed with a constant guid loses none of its entries."""
    first = feed(entry("One", "https://outlet.example/1", "x"), entry("Two", "https://outlet.example/2", "x"))
    then = feed(entry("Two", "https://outlet.example/2", "x"), entry("Three", "https://outlet.example/3", "x"))

    changes = poll(then, kept(poll(first)))

    assert len(poll(first).new) == 2
    assert [new.title for new in changes.new] == ["Three"]
    assert changes.same == 1


def test_an_entry_listed_twice_is_one() -> None:
    """The same item at the top and in its place below is kept once."""
    assert len(poll(feed(entry(), entry("Other", "https://outlet.example/2", "g2"), entry())).new) == 2


def test_without_guid_and_address_the_words_are_the_identity() -> None:
    """Notes of an agency that have neither are still kept once each."""
    parsed = feed(entry("A note", None, None), entry("Another note", None, None))

    changes = poll(parsed)

    assert len(changes.new) == 2
    assert poll(parsed, kept(changes)) == Changes(same=2)


def test_an_entry_that_says_nothing_is_dropped() -> None:
    """Neither title nor text: there is nothing to judge."""
    assert poll(feed(entry("", text=""))) == Changes()


def test_a_date_ahead_is_settled_when_the_entry_is_kept() -> None:
    """Up to 48 h ahead is now, further ahead is undated."""
    near = ParsedEntry(guid="n", title="a", link=None, published=NOW + timedelta(hours=5))
    far = ParsedEntry(guid="f", title="b", link=None, published=NOW + timedelta(days=9))

    assert [new.published for new in poll(feed(near, far)).new] == [NOW, None]


def test_an_endless_guid_is_kept_short() -> None:
    """The identity fits the store whatever the feed writes."""
    parsed = feed(entry(guid="x" * 100_000))

    changes = poll(parsed)

    assert len(changes.new[0].identity) < 100
    assert poll(parsed, kept(changes)) == Changes(same=1)


ENTRIES = st.builds(
    entry,
    st.sampled_from(["One", "Two", ""]),
    st.sampled_from([None, "https://outlet.example/1", "https://outlet.example/2?utm_source=x"]),
    st.sampled_from([None, "g1", "g2"]),
    st.sampled_from(["", "text"]),
)


@given(st.lists(ENTRIES, max_size=6))
def test_a_document_polled_twice_brings_nothing_the_second_time(entries: list[ParsedEntry]) -> None:
    """Whatever its faults, nothing of it is announced again and no two kept entries share an identity."""
    first = poll(feed(*entries))

    second = poll(feed(*entries), kept(first))

    assert len({new.identity for new in first.new}) == len(first.new)
    assert (second.new, second.changed) == ((), ())


@given(st.lists(ENTRIES, max_size=6, unique_by=lambda item: (item.guid, item.link)), st.randoms(use_true_random=False))
def test_the_order_of_a_document_does_not_matter(entries: list[ParsedEntry], random: Random) -> None:
    """Shuffled, it brings nothing."""
    first = poll(feed(*entries))
    random.shuffle(entries)

    again = poll(feed(*entries), kept(first))

    assert again.new == ()


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.text("xyz", min_size=1)), max_size=6, unique_by=lambda pair: pair[0]
    )
)
def test_no_churn_of_guids_announces_anything_again(pages: list[tuple[str, str]]) -> None:
    """Every entry has a new guid at every poll, and is known by its page."""
    polls = [
        feed(*[entry(title, f"https://outlet.example/{page}", f"{turn}-{page}") for page, title in pages])
        for turn in range(2)
    ]

    assert poll(polls[1], kept(poll(polls[0]))) == Changes(same=len(pages))


def test_a_text_full_of_addresses_is_compared_in_linear_time() -> None:
    """200,000 characters of addresses without a space once took more than a minute."""
    started = time.process_time()

    poll(feed(entry(text="http://" * 30_000)))

    assert time.process_time() - started < 5
