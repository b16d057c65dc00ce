"""Takes nothing, gives an invented newsroom to try the monitor on: nine outlets, their articles, a server and a tour.

Everything in here is made up. Countries and agencies are real, the events, persons and outlets are not.
"""

from monitor.cli.demo.outlets import OUTLETS, FeedFormat, NewsArticle, Outlet, articles

__all__ = ["OUTLETS", "FeedFormat", "NewsArticle", "Outlet", "articles"]
