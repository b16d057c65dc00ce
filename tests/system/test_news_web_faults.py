"""One run over the news web with all its faults at once: each source says its own reason, healthy ones do not notice."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Result and a word of the sentence, of the faults that cost a source its poll; with any other its entries are read.
FAILURES = {
    "http500": ("http-500", "Internal Server Error"),
    "http403": ("http-403", "Forbidden"),
    "http404": ("http-404", "Not Found"),
    "flapping": ("http-500", "500"),
    "rate429": ("http-429", "left alone until"),
    "rate429_date": ("http-429", "left alone until"),
    "unavail503": ("http-503", "left alone until"),
    "gone410": ("gone", "410"),
    "reset_mid_body": ("error", "broke off"),
    "reset_before_headers": ("error", "broke off"),
    "short_body": ("error", "5000 bytes are missing"),
    "truncated_gzip": ("error", "cut"),
    "corrupt_gzip": ("error", "not packed"),
    "gzip_bomb": ("too-large", "10,000,000 bytes"),
    "endless_body": ("too-large", "10,000,000 bytes"),
    "huge_feed": ("too-large", "10,000,000 bytes"),
    "slow_loris": ("timeout", "whole answer within 5 s"),
    "slow_headers": ("timeout", "did not answer within 5 s"),
    "hang": ("timeout", "did not answer within 5 s"),
    "header_bomb": ("error", "headers"),
    "redirect_loop": ("error", "circle"),
    "redirect_long": ("error", "redirects"),
    "redirect_file": ("refused-address", "file:///etc/hostname"),
    "redirect_private": ("refused-address", "127.0.0.254"),
    "redirect_private_obfuscated": ("refused-address", "127.0.0.254"),
    "garbage_bytes": ("not-a-feed", ""),
    "login_page": ("not-a-feed", "login"),
    "empty200": ("not-a-feed", "empty"),
    "xxe": ("parse-error", "entities"),
    "billion_laughs": ("parse-error", "entities"),
}
FINE = ("ok", "entries")
PAGE_FAULTS = ("gzip_bomb", "endless_body", "redirect_private", "redirect_file", "http403", "login_page", "empty200")
HEALTHY = 20
ENTRIES = 4
#: 127.0.0.1 to 127.0.0.250: the trap of the news web, 127.0.0.254, stays out.
NETWORKS = [f"127.0.0.{part}" for part in ("0/25", "128/26", "192/27", "224/28", "240/29", "248/31", "250/32")]
FETCH = {"allow_networks": NETWORKS, "delay": "0s", "deadline": "5s"}


def all_faults(shared: Path) -> list[str]:
    """Give the faults that the news web knows."""
    listed = subprocess.run(
        [sys.executable, shared / "tools/newsweb.py", "--list-faults"], capture_output=True, text=True, check=True
    )
    return [line.split()[0] for line in listed.stdout.splitlines()]


def options(feed_faults: list[str]) -> list[str]:
    """Give the arguments of a news web: a site per fault of feeds, one per fault of pages, then the healthy ones."""
    sites = len(feed_faults) + len(PAGE_FAULTS) + HEALTHY
    named = [*(f"{fault}@feed" for fault in feed_faults), *(f"{fault}@article" for fault in PAGE_FAULTS)]
    faults = [part for number, fault in enumerate(named) for part in ("--fault", f"{fault}=s{number:04}")]
    usual = (
        f"--sites {sites} --hosts {sites} --entries {ENTRIES} --kinds rss2,atom,rss1 --bomb-mb 256 --members-ratio 0"
    )
    return [*usual.split(), "--crawl-delay-ratio", "0", *faults]


def test_each_fault_says_its_reason_and_healthy_sites_come_in_whole(
    shared: Path, news_web: Callable[..., Any], desk: Callable[..., Any]
) -> None:
    """No feed and no page stops another, the trap hears nothing, and an article whose page is no good keeps its teaser."""
    faults = all_faults(shared)
    web = news_web(*options(faults))
    sites = [feed["site"] for feed in web.control("feeds")]
    spoilt, healthy = sites[len(faults) : len(faults) + len(PAGE_FAULTS)], sites[-HEALTHY:]
    place = desk([], fetch=FETCH, database="sqlite:///monitor.db")
    declared = [
        {"id": feed["site"], "url": feed["url"], "full_text": "always" if feed["site"] in spoilt else "never"}
        for feed in web.control("feeds")
    ]
    (place.config / "sources.yaml").write_text(json.dumps({"sources": declared}), encoding="utf-8")

    told = place.once("--dry-run")["sources"]

    with sqlite3.connect(place.folder / "monitor.db") as database:
        details = dict(database.execute("SELECT id, detail FROM sources"))
        stored = set(database.execute("SELECT source_id, title FROM entries"))
        origins = dict(database.execute("SELECT source_id, group_concat(DISTINCT text_origin) FROM entries GROUP BY 1"))
    results = {fault: told[site]["result"] for fault, site in zip(faults, sites, strict=False)}
    assert results.pop("deep_nesting") in {"ok", "parse-error"}  # on a busy machine its time may run out
    said = {fault: details[site] for fault, site in zip(faults, sites, strict=False)}
    assert results == {fault: FAILURES.get(fault, FINE)[0] for fault in results}
    assert {fault: said[fault] for fault in results if FAILURES.get(fault, FINE)[1] not in said[fault]} == {}
    assert not [line for line in web.control("log?limit=100000") if line["host"] == "127.0.0.254"]
    published = {(row["site"], row["title"]) for row in web.control("truth") if row["site"] in {*spoilt, *healthy}}
    assert published <= stored
    assert {told[site]["entries"] for site in (*spoilt, *healthy)} == {ENTRIES}
    assert {origins[site] for site in spoilt} == {"feed"}
