"""Takes a moment, gives a running newsroom: every invented outlet on one loopback port, its feed and its pages.

The first edition is served until `publish_update` brings the second: one more outlet on the main event, one new story,
one corrected headline. Every document has a validator, so that a second poll is answered with 304 where nothing changed.
"""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self

from monitor.cli.demo.outlets import OUTLETS
from monitor.cli.demo.printing import Document, documents
from monitor.types import Source


class Newsroom:
    """A context manager that serves the outlets on 127.0.0.1 for as long as it is open."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._print(edition=1)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def base_url(self) -> str:
        """Give the server's address without a trailing slash."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def sources(self) -> tuple[Source, ...]:
        """Give the outlets as declared sources."""
        return tuple(Source(id=outlet.id, name=outlet.name, url=self.base_url + outlet.feed_path) for outlet in OUTLETS)

    def publish_update(self) -> None:
        """Move to the second edition. Idempotent."""
        self._print(edition=2)

    def _print(self, edition: int) -> None:
        self._server.documents = documents(self.base_url, self._now, edition)


class _Server(ThreadingHTTPServer):
    """A server that knows what it serves."""

    documents: Mapping[str, Document]  #: replaced as a whole, so that no request sees half an edition


class _Handler(BaseHTTPRequestHandler):
    """Answers GET with 200, 304 or 404, and keeps quiet."""

    server: _Server

    def do_GET(self) -> None:
        document = self.server.documents.get(self.path)
        if document is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        elif self.headers.get("If-None-Match") == document.etag:
            self._head(HTTPStatus.NOT_MODIFIED, document)
        else:
            self._head(HTTPStatus.OK, document)
            self.wfile.write(document.body)

    def _head(self, status: HTTPStatus, document: Document) -> None:
        self.send_response(status)
        self.send_header("ETag", document.etag)
        self.send_header("Content-Type", document.content_type)
        if status is HTTPStatus.OK:
            self.send_header("Content-Length", str(len(document.body)))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the inherited name
        """Say nothing: the screen belongs to the demo."""
