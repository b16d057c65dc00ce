"""Takes four outlets and what they write, gives what happens of it: polled, read, judged and delivered, article by article."""

from collections.abc import Callable
from typing import Any

from monitor.jobs.context import Context
from monitor.jobs.work import Jobs
from monitor.types import DeliveryState, FullText, Source

SOURCES = {
    name: Source(id=name, name=f"Outlet {name}", url=f"https://{name}.example/feed", full_text=FullText.NEVER)
    for name in "abcd"
}
PACT = (
    "Peru and Ecuador agree joint patrols against cocaine smugglers",
    "The defence ministers of Peru and Ecuador signed a security cooperation agreement on joint police and navy patrols"
    " against drug trafficking along the border, and will share intelligence on cocaine cartels.",
)
PACT_AGAIN = (
    "Ecuador and Peru to patrol border together against cocaine trafficking",
    "Peru and Ecuador signed a security cooperation agreement: joint navy and police patrols against drug trafficking and"
    " shared intelligence on cocaine cartels along the border, their defence ministers said.",
)
OTHER = (
    "Ghana and Togo form task force against tramadol smuggling",
    "Police chiefs of Ghana and Togo launched a joint task force against the trafficking of tramadol, and agreed to train"
    " officers together and to extradite suspects.",
)


PACT_GROWN = (
    "Peru and Ecuador to patrol border with 900 police against cocaine smugglers",
    "The security cooperation agreement that the defence ministers of Peru and Ecuador signed brings joint navy and police patrols"
    " against drug trafficking along the border; they will share intelligence on cocaine cartels.",
)
BAKERY = (
    "Old bakery wins prize for rye bread",
    "The jury praised the crust. The owner will open a second shop in spring.",
)


class Newsroom:
    """Called with an outlet and words, it publishes an article two hours later and does all that follows."""

    def __init__(self, ctx: Context, web: Any, write_feed: Callable[..., str], clock: Any) -> None:
        self.ctx = ctx
        self.jobs = Jobs(ctx)
        self.web = web
        self.write_feed = write_feed
        self.clock = clock

    def __call__(self, outlet: str, words: tuple[str, str], number: int = 1) -> None:
        """Publish; an outlet's further article needs another number."""
        self.clock.move(hours=2)
        self.web.put(SOURCES[outlet].url, self.write_feed((f"{outlet}{number}", *words, self.clock.now)))
        for state in self.jobs.claim_polls(100):
            self.jobs.poll(state)
        while (entries := self.jobs.claim_reads(100)) is not None:
            for entry in entries:
                self.jobs.read(entry)
        while self.jobs.judge():
            pass

    def deliver(self) -> None:
        """Send all that may be sent."""
        for channel in self.jobs.channels():
            while self.jobs.deliver(channel):
                pass

    def stories(self) -> dict[int, list[str]]:
        """Give the titles of each story."""
        found = self.ctx.store.open_stories(self.ctx.clock().replace(year=2020))
        return {story.id: [article.title for article in story.articles] for story in found}

    def waiting(self) -> list[str]:
        """Give the messages that wait to be sent or edited, as text with their blocks."""
        rows = self.ctx.store.outbox([DeliveryState.PENDING])
        return [f"{row.kind.value} {row.message.text} {row.message.blocks}" for row in reversed(rows)]
