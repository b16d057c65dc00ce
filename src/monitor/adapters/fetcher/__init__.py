"""Takes a request, gives its outcome: `HttpFetcher` over requests and urllib3, the one door to the web."""

from monitor.adapters.fetcher.http import HttpFetcher

__all__ = ["HttpFetcher"]
