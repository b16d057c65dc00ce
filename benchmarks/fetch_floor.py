"""Takes a file of feed addresses and a file of validators, gives counts: the least that polling feeds can cost in Python.

    python benchmarks/fetch_floor.py FEEDS STATE

Twenty threads fetch over kept connections with conditional headers, lxml parses, title, link, date and summary are taken out and
counted. No redirects, limits, retries, database or known entries: whoever keeps more must spend more.
"""

import json
import sys
import threading
import zlib
from collections import defaultdict
from http.client import HTTPConnection
from pathlib import Path
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from lxml import etree

WORKERS = 20
FIELDS = {"title": "title", "link": "link", "description": "summary", "summary": "summary"} | dict.fromkeys(
    ("pubDate", "date", "published", "updated"), "date"
)


def main() -> None:
    """Poll everything once and print the counts as JSON."""
    hosts = defaultdict(list)
    for url in Path(sys.argv[1]).read_text().split():
        hosts[urlsplit(url).netloc].append(url)
    waiting: SimpleQueue[tuple[str, list[str]]] = SimpleQueue()
    for host in hosts.items():
        waiting.put(host)
    kept = Path(sys.argv[2])
    state = json.loads(kept.read_text()) if kept.exists() else {}
    counts = {"ok": 0, "not-modified": 0, "failed": 0, "entries": 0}
    lock = threading.Lock()
    workers = [threading.Thread(target=work, args=(waiting, state, counts, lock)) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    kept.write_text(json.dumps(state))
    print(json.dumps(counts))


def work(
    waiting: "SimpleQueue[tuple[str, list[str]]]",
    state: dict[str, dict[str, str]],
    counts: dict[str, int],
    lock: threading.Lock,
) -> None:
    """Poll the feeds of one host after the other, each host over one connection."""
    while True:
        try:
            host, urls = waiting.get_nowait()
        except Empty:
            return
        connection = HTTPConnection(host, timeout=60)
        for url in urls:
            result, entries = poll(connection, url, state)
            with lock:
                counts[result] += 1
                counts["entries"] += entries
        connection.close()


def poll(connection: HTTPConnection, url: str, state: dict[str, dict[str, str]]) -> tuple[str, int]:
    """Fetch and read one feed; give the result, and how many entries have all four fields."""
    headers = {"Accept-Encoding": "gzip", "User-Agent": "floor (+https://example.org/)", **state.get(url, {})}
    connection.request("GET", urlsplit(url).path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status == 304:
        return "not-modified", 0
    if answer.status != 200:
        return "failed", 0
    names = (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since"))
    state[url] = {asked: value for name, asked in names if (value := answer.getheader(name))}
    if answer.getheader("Content-Encoding") == "gzip":
        body = zlib.decompress(body, wbits=31)
    items = etree.fromstring(body).iter("{*}item", "{*}entry")
    return "ok", sum(len(fields(item)) == 4 for item in items)


def fields(item: etree._Element) -> dict[str, str]:
    """Give title, link, date and summary of an entry, as they stand there."""
    taken: dict[str, str] = {}
    for child in item:
        name = FIELDS.get(child.tag.rpartition("}")[2])
        if name:
            taken.setdefault(name, child.text or child.get("href") or "")
    return taken


if __name__ == "__main__":
    main()
