"""Takes indexes of every make, gives which of their sitemaps are asked, how few, and that each has its turn."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.sources.sitemaps import BY_ORDER, BY_WAITING, KEPT, choose, named, remember
from monitor.types import KnownSitemap, SitemapLink

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MOST = BY_ORDER + BY_WAITING


def link(name: str, modified: datetime | None = None) -> SitemapLink:
    """Give a sitemap of the outlet."""
    return SitemapLink(url=f"https://outlet.example/{name}.xml", modified=modified)


def archive(months: int = 36) -> list[SitemapLink]:
    """Give an index of monthly sitemaps, oldest first, each written last when its month ended."""
    return [link(f"posts-{number:03}", NOW - 30 * DAY * (months - number)) for number in range(1, months + 1)]


def names(links: Iterable[SitemapLink]) -> list[str]:
    """Give the names alone."""
    return [one.url.rpartition("/")[2].removesuffix(".xml") for one in links]


def poll(
    links: Sequence[SitemapLink], known: Sequence[KnownSitemap], now: datetime = NOW
) -> tuple[list[str], tuple[KnownSitemap, ...]]:
    """Give the names of those asked, and what is remembered when all of them came whole."""
    choice = choose(links, known, now)
    read = [KnownSitemap(url=one.url, read_at=now, modified=one.modified) for one in choice.ask]
    return names(choice.ask), remember(known, links, read, choice.waiting)


def test_of_an_index_of_archives_only_the_newest_is_read_and_then_asked_again() -> None:
    """Thirty-five months are history; the newest may be written anew without a word of the index."""
    first, known = poll(archive(), ())
    second, _ = poll(archive(), known)

    assert (first, second) == (["posts-036"], ["posts-036"])


def test_what_changed_since_is_read_and_so_is_what_is_new() -> None:
    """A lastmod that moved, in whatever direction, and a sitemap that was not there; newest first."""
    links = archive()
    _, known = poll(links, ())
    _, known = poll([replace(links[4], modified=NOW), *links[5:]], known)

    again = [replace(links[4], modified=NOW - HOUR), *links[5:], link("posts-037", NOW)]

    assert poll(again, known)[0] == ["posts-037", "posts-005"]


def test_sitemaps_of_news_come_first() -> None:
    """They hold the last two days and carry titles."""
    links = [link("pages", NOW), link("posts", NOW - HOUR), link("news-sitemap", NOW - 9 * HOUR)]

    assert poll(links, ())[0] == ["news-sitemap", "pages", "posts"]


def test_a_day_without_a_time_hides_changes_of_that_day() -> None:
    """Today's and yesterday's are asked again although nothing moved; one of last week is not."""
    today = NOW.replace(hour=0, minute=0)
    links = [link(f"section-{letter}", today - days * DAY) for days, letter in enumerate("abcdefghi")]
    _, known = poll(links, ())

    assert poll(links, known, NOW + HOUR)[0] == ["section-a", "section-b"]


def test_a_lastmod_whose_hour_most_share_is_the_time_they_were_all_written() -> None:
    """Names decide then; the archives are not read one after the other at each writing."""
    second = timedelta(seconds=1)
    _, known = poll([link(f"sitemap-2024-{month:02}", NOW - HOUR - month * second) for month in range(1, 13)], ())

    asked, _ = poll([link(f"sitemap-2024-{month:02}", NOW - month * second) for month in range(1, 13)], known)

    assert asked == ["sitemap-2024-12", "sitemap-2024-11"]


def test_a_lastmod_in_the_future_hides_nothing() -> None:
    """A sitemap of the year 2099 is not for ever the newest."""
    links = [link("pages", datetime(2099, 1, 1, tzinfo=UTC)), link("a-1", NOW - DAY), link("a-2", NOW - 3 * DAY)]
    _, known = poll(links, ())

    assert poll([*links, link("a-3", NOW)], known)[0][0] == "a-3"


def test_without_lastmods_the_highest_numbers_are_asked_and_the_lowest() -> None:
    """Seven hundred pages may be counted from either end; nobody counts years from the newest, nor sections at all."""
    links = [link(f"posts-{number}") for number in range(1, 701)]
    years = [link(f"year-{year}") for year in range(1999, 2027)]

    assert poll(links, ())[0] == ["posts-700", "posts-699", "posts-1"]
    assert poll(years, ())[0] == ["year-2026", "year-2025"]


def test_sections_without_lastmods_have_their_turns() -> None:
    """Twelve of them are all read within a few polls."""
    links = [link(f"section-{letter}") for letter in "abcdefghijkl"]
    known: tuple[KnownSitemap, ...] = ()
    seen: list[str] = []

    for _ in range(5):
        asked, known = poll(links, known)
        seen += asked

    assert set(seen) == set(names(links))


def test_an_index_that_did_not_change_names_what_is_remembered() -> None:
    """The newest is asked again, and so is what had no place last time."""
    links = [link(f"section-{letter}", NOW - minutes * HOUR) for minutes, letter in enumerate("abcdefgh")]
    first, known = poll(links, ())

    second, known = poll(named(known), known)

    assert first == [f"section-{letter}" for letter in "abcde"]
    assert second == ["section-a", "section-f", "section-g", "section-h"]
    assert poll(named(known), known)[0] == ["section-a"]


def test_one_that_failed_is_asked_again_and_takes_nobody_s_place_for_ever() -> None:
    """Two that always fail leave room for the others."""
    links = [link(f"section-{letter}", NOW - minutes * HOUR) for minutes, letter in enumerate("abcdefghij")]
    known: tuple[KnownSitemap, ...] = ()
    seen: list[str] = []

    for _ in range(6):
        choice = choose(links, known, NOW)
        seen += names(choice.ask)
        read = [
            KnownSitemap(url=one.url, modified=one.modified)
            if names([one])[0][-1] in "fg"
            else KnownSitemap(url=one.url, read_at=NOW, modified=one.modified)
            for one in choice.ask
        ]
        known = remember(known, links, read, choice.waiting)

    assert set(seen) == set(names(links))
    assert seen.count("section-f") > 1


def test_what_the_index_names_no_more_is_forgotten() -> None:
    """Memory does not grow with years."""
    _, known = poll(archive(), ())

    assert remember(known, archive()[:3], (), ()) == ()


def test_memory_is_bounded() -> None:
    """Ten thousand sections without a word about their age are too many to wait for."""
    _, known = poll([link(f"{'x' * number}") for number in range(1, 1_000)], ())

    assert len(known) == KEPT


MOMENTS = (
    st.none()
    | st.integers(0, 30).map(lambda hours: NOW - hours * HOUR)
    | st.integers(-999, 999).map(lambda days: NOW - days * DAY)
)
WORDS = st.from_regex(r"(news|posts|[a-z]{1,3})-?([0-9]{1,4})?(-[0-9]{1,2})?", fullmatch=True)
INDEXES = st.lists(st.builds(link, WORDS, MOMENTS), max_size=40, unique_by=lambda one: one.url)


@given(INDEXES, st.data())
def test_whatever_an_index_names_the_choice_is_small_and_in_order(
    links: list[SitemapLink], data: st.DataObject
) -> None:
    """Bounded, no repeats, of those named; sitemaps of news first, and the newest before the older ones."""
    read = data.draw(st.lists(st.sampled_from(links), unique=True)) if links else []
    known = [KnownSitemap(url=one.url, read_at=NOW, modified=data.draw(MOMENTS)) for one in read]

    choice = choose(links, known, NOW)

    assert len(choice.ask) <= MOST
    assert bool(choice.ask) == bool(links)
    assert not choice.waiting or len(choice.ask) == MOST
    both = [*choice.ask, *choice.waiting]
    assert len(set(both)) == len(both)
    assert set(both) <= set(links)
    past = [("news" not in one.url, one.modified) for one in choice.ask if one.modified and one.modified <= NOW]
    if len({one.modified and one.modified.replace(minute=0) for one in links}) == len(links):
        assert past == sorted(past, key=lambda pair: (pair[0], -pair[1].timestamp()))


@given(INDEXES, st.data())
def test_whatever_changes_after_the_first_poll_is_read_in_the_end(
    links: list[SitemapLink], data: st.DataObject
) -> None:
    """In a few polls a place is found for all, also where the index answers that it did not change.

    As long as they are no more than half: a lastmod that most of them share says nothing.
    """
    known: tuple[KnownSitemap, ...] = ()
    for _ in range(data.draw(st.integers(1, 10))):
        _, known = poll(links, known)
    touched = data.draw(st.sets(st.sampled_from(links), max_size=len(links) // 2)) if links else set()
    ages = {one.url: number for number, one in enumerate(links)}
    later = NOW + 2 * HOUR
    changed = [
        replace(one, modified=later - timedelta(seconds=ages[one.url])) if one in touched else one for one in links
    ]
    read: set[str] = set()

    for turn in range(len(links) // BY_WAITING + 2):
        unchanged = turn > 0 and data.draw(st.booleans())
        asked, known = poll(named(known) if unchanged else changed, known, later)
        read |= set(asked)

    assert set(names(touched)) <= read
