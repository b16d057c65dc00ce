"""Takes the sitemaps that an index names and what is remembered of them, gives those to ask now; and what to remember then.

An index of three thousand archives shall cost a few requests a poll, and no sitemap that lives may be missed for long.

Worth asking is a sitemap whose lastmod is another than when it was read, or that was never read and whose lastmod is within a
day of the newest one read so far. Whatever is older is history: it is not read before it changes. Some sitemaps are asked
whatever the index says: the first in order, since many sites write a sitemap anew and not its index; and those whose lastmod
is one of the last two days without a time, since it stays the same all day.
A lastmod says nothing in the future, or where more than half of the sitemaps share its hour: they were all written in one go.
Then the name decides: of names that differ in their numbers only, the two with the highest numbers (the last articles of a
month are found there after the next one has begun), and the one with the lowest, unless the numbers are dates: some sites
count from the newest. A name without numbers may hold anything and is always worth asking.
Order: sitemaps of news first, then the newest, then as the index lists them. The first places of a poll go by that order, the
last ones to those that wait longest, so that each has its turn.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from urllib.parse import urlsplit

from monitor.types import EPOCH, KnownSitemap, SitemapLink

#: Requests per poll for the sitemaps of one index, a second apart: still a short visit, and few sites write more of them anew
#: in an hour.
BY_ORDER = 3
BY_WAITING = 2
KEPT = 500  #: sitemaps remembered per source; where more are worth asking, the last in order are passed over
_DAY = timedelta(days=1)
_NEWS = re.compile(r"news", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+")
_DATE = re.compile(r"(?<![0-9])(?:199|20[0-9])[0-9](?:[0-9]{2}){0,2}(?![0-9])")  #: a year, with month or day or not
_REST = 9  #: place among its like of a sitemap whose name is neither among the highest nor the lowest


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Sitemaps to ask now, in order, and those that are worth asking but have to wait for another poll."""

    ask: tuple[SitemapLink, ...]
    waiting: tuple[SitemapLink, ...]


def choose(links: Sequence[SitemapLink], known: Sequence[KnownSitemap], now: datetime) -> Choice:
    """Choose at most `BY_ORDER + BY_WAITING` of an index's sitemaps; `known` is what `remember` gave after the last poll."""
    places = _places(links)
    stated = _stated(links, now)
    ordered = sorted(links, key=lambda link: _rank(link, stated.get(link.url), places[link.url]))
    before = {sitemap.url: sitemap for sitemap in known}
    since = _newest(known, stated.values(), now) - _DAY
    due = [
        link
        for link in ordered
        if link is ordered[0]
        or _differs(link, before.get(link.url))
        or (
            _recent(stated[link.url], before.get(link.url), since, now)
            if link.url in stated
            else places[link.url] < _REST
        )
    ]
    waits = {sitemap.url: place for place, sitemap in enumerate(known, 1)}
    rest = sorted(due[BY_ORDER:], key=lambda link: -waits.get(link.url, 0))
    asked = {link.url for link in (*due[:BY_ORDER], *rest[:BY_WAITING])}
    return Choice(
        ask=tuple(link for link in due if link.url in asked),
        waiting=tuple(link for link in due if link.url not in asked),
    )


def named(known: Sequence[KnownSitemap]) -> tuple[SitemapLink, ...]:
    """Give the sitemaps of an index that has not changed, as far as they are remembered."""
    return tuple(SitemapLink(url=sitemap.url, modified=sitemap.modified) for sitemap in known)


def remember(
    known: Sequence[KnownSitemap],
    links: Sequence[SitemapLink],
    asked: Sequence[KnownSitemap],
    waiting: Sequence[SitemapLink],
) -> tuple[KnownSitemap, ...]:
    """Give what to remember: those asked now, those that begin to wait, those that waited before, and the others.

    So of those that wait, the last have waited longest. What the index (`links`) does not name any more is forgotten.
    """
    named_now, asked_now = {link.url for link in links}, {sitemap.url for sitemap in asked}
    wait = {link.url: link for link in waiting if link.url not in asked_now}
    before = [sitemap for sitemap in known if sitemap.url in named_now - asked_now]
    waited = [_waits(wait.pop(sitemap.url), sitemap) for sitemap in before if sitemap.url in wait]
    begin = [_waits(link, None) for link in islice(wait.values(), max(0, KEPT - len(asked) - len(waited)))]
    waiting_now = {sitemap.url for sitemap in waited}
    return (*asked, *begin, *waited, *(sitemap for sitemap in before if sitemap.url not in waiting_now))[:KEPT]


def _waits(link: SitemapLink, before: KnownSitemap | None) -> KnownSitemap:
    """Keep the validators of one that is only to be asked again; one that changed is to be read whole."""
    unchanged = before is not None and before.modified == link.modified
    return before if before and unchanged else KnownSitemap(url=link.url, modified=link.modified)


def _differs(link: SitemapLink, before: KnownSitemap | None) -> bool:
    return before is not None and (before.read_at is None or link.modified != before.modified)


def _recent(stated: datetime, before: KnownSitemap | None, since: datetime, now: datetime) -> bool:
    return stated >= since if before is None else stated.time() == time() and now - stated < 2 * _DAY


def _newest(known: Sequence[KnownSitemap], stated: Collection[datetime], now: datetime) -> datetime:
    read = [one.modified for one in known if one.read_at and one.modified and one.modified <= now + _DAY]
    return max(read or stated, default=EPOCH + _DAY)


def _stated(links: Sequence[SitemapLink], now: datetime) -> dict[str, datetime]:
    """Give the lastmods that say something, by address."""
    sharing = Counter(_hour(link.modified) for link in links if link.modified)
    return {
        link.url: link.modified
        for link in links
        if link.modified and link.modified <= now + _DAY and sharing[_hour(link.modified)] * 2 <= len(links)
    }


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _rank(link: SitemapLink, stated: datetime | None, place: int) -> tuple[bool, bool, float, int]:
    parts = urlsplit(link.url)
    news = _NEWS.search(parts.path.rpartition("/")[2]) or _NEWS.search(parts.query)
    return (not news, stated is None, -stated.timestamp() if stated else 0.0, place)


def _places(links: Sequence[SitemapLink]) -> dict[str, int]:
    """Give each address its place among those that differ from it in their numbers only: 0 and 1 for the highest numbers."""
    alike: dict[str, list[str]] = defaultdict(list)
    for link in links:
        alike[_NUMBER.sub("#", link.url)].append(link.url)
    places: dict[str, int] = {}
    for urls in alike.values():
        urls.sort(key=lambda url: [int(number) for number in _NUMBER.findall(url)], reverse=True)
        places |= dict.fromkeys(urls, _REST)
        if not all(map(_DATE.search, urls)):
            places[urls[-1]] = 2
        places |= {url: place for place, url in enumerate(urls[:2])}
    return places
