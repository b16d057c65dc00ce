"""Takes what went wrong on the way, gives it as the outcome that the fetch ends with."""

from monitor.types import TryLater


class Trouble(Exception):  # noqa: N818 - an outcome on its way out, not an error's name
    """Ends a fetch from anywhere inside it; caught once, in `HttpFetcher.fetch`."""

    def __init__(self, outcome: TryLater) -> None:
        super().__init__(outcome.detail)
        self.outcome = outcome


class Silence(Trouble):
    """The name server said nothing: it may be slow for once, or never answer for this name."""


class Unreachable(Trouble):
    """No connection came about, so nothing was asked: another address of the host may do."""
