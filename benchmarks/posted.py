"""Takes labelled real news served by the news web, gives recall and precision of what the whole command posts into a strict Slack.

    python benchmarks/posted.py [--sites 30]

Articles of ../shared/data/topics/dev.jsonl, syndicated copies among them, are polled over HTTP, read, judged, folded and posted
by `run --once`; then once more, which must add nothing. The shipped model has seen these labels in training, so the figures
show that the pipeline loses nothing on the way, not how good the classifier is on unseen news (docs/classifier.md).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
WEB, SLACK = 8751, 8761
TOPICS = ("drug_policy", "bilateral_security")


def control(port: int, name: str, body: dict[str, Any] | None = None) -> Any:
    """Ask or tell one of the tools something, waiting until it is up."""
    data = None if body is None else json.dumps(body).encode()
    for _ in range(150):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_control/{name}", data, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.URLError:
            time.sleep(0.2)
    raise SystemExit(f"nothing answers on port {port}")


def main() -> None:
    """Run it and print the tables."""
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--sites", type=int, default=30)
    asking.add_argument(
        "--why",
        action="store_true",
        help="show `why` of a sent and of an unsent article (others' words: for the eye only)",
    )
    asked = asking.parse_args()
    sites = asked.sites
    corpus = SHARED / "data/topics/dev.jsonl"
    options = f"--port {WEB} --sites {sites} --hosts {sites} --seed 3 --dup-ratio 0.4 --entries 60"
    options += " --kinds rss2,atom,rss1,json"
    tools: list[list[str | Path]] = [
        ["newsweb.py", "--corpus", corpus, *options.split()],
        ["fakeslack.py", *f"--port {SLACK} --rate 50 --burst 50 --no-tiers".split()],
    ]
    running = [
        subprocess.Popen(
            [sys.executable, SHARED / "tools" / program, *args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for program, *args in tools
    ]
    try:
        with tempfile.TemporaryDirectory() as name:
            evaluate(Path(name), corpus, why=asked.why)
    finally:
        for tool in running:
            tool.kill()


def evaluate(folder: Path, corpus: Path, *, why: bool) -> None:
    """Run the command twice and compare what stands in Slack with the labels."""
    for number, topic in enumerate(TOPICS):
        control(SLACK + 1, "channel", {"id": f"C0TOPIC{number}", "name": topic.replace("_", "-"), "member": True})
    configure(folder / "config")
    first, second = run(folder), run(folder)
    posted = control(SLACK + 1, "messages")
    posted = posted["messages"] if isinstance(posted, dict) else posted
    calls = control(SLACK + 1, "calls?limit=100000")
    calls = calls["calls"] if isinstance(calls, dict) else calls
    answers = Counter(f"{call.get('name') or call.get('method')} {call.get('error') or 'ok'}" for call in calls)
    print(f"first run {first}\nsecond run {second}\nSlack's answers {dict(answers)}")
    keys = Counter((row["channel"], row["metadata"]["event_payload"]["story"]) for row in posted)
    print(f"posts {len(posted)}, stories told twice in a channel: {sum(n > 1 for n in keys.values())}")
    unity(posted)
    compare(corpus, posted)
    if why:
        explain(folder, posted)


def configure(folder: Path) -> None:
    """Write the configuration of a desk that watches the news web."""
    folder.mkdir()
    settings = {
        "database": "sqlite:///monitor.db",
        "fetch": {"allow_networks": ["127.0.0.0/8"], "delay": "0s", "per_host": 4},
        "alerts": {"max_per_hour": 10000, "first_run": {"window": "30d", "max": 10000}},
        "slack": {"base_url": f"http://127.0.0.1:{SLACK}/api/"},
    }
    (folder / "monitor.yaml").write_text(json.dumps(settings))
    feeds = [{"id": feed["site"], "name": feed["outlet"], "url": feed["url"]} for feed in control(WEB, "feeds")]
    (folder / "sources.yaml").write_text(json.dumps({"sources": feeds}))
    shutil.copy(ROOT / "config/topics.yaml", folder)


def run(folder: Path) -> dict[str, Any]:
    """Run the command once; give its counts without the sources."""
    done = command(folder, "run", "--once", "--all", "--json", SLACK_BOT_TOKEN="xoxb-fake-bot")
    if done.returncode:
        print(done.stderr[-2000:])
    facts = json.loads(done.stdout.splitlines()[-1])
    polled = Counter(source["result"] for source in facts.pop("sources").values())
    return {"sources": dict(polled), **facts}


def command(folder: Path, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command at the desk, with more environment."""
    line = [sys.executable, "-m", "monitor", "--config", "config", *args]
    return subprocess.run(line, cwd=folder, env=os.environ | more, capture_output=True, text=True, check=False)


def compare(corpus: Path, posted: list[dict[str, Any]]) -> None:
    """Print recall and precision per topic, over the published articles that have a clear label."""
    labels: dict[str, dict[str, Any]] = {}
    for line in corpus.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        labels[key(row["title"] or row["text"][:80])] = row
    published = {article["link"]: article for article in control(WEB, "truth")}
    told: dict[str, str] = {}
    for row in posted:
        told[row["channel"]] = told.get(row["channel"], "") + json.dumps(row["blocks"], ensure_ascii=False)
    names = {f"C0TOPIC{number}": topic for number, topic in enumerate(TOPICS)}
    print("\n| topic | language | on topic, published | of these told | off topic, told | recall | precision |")
    print("|---|---|---|---|---|---|---|")
    for channel, topic in names.items():
        text = told.get(channel, "")
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for link, article in published.items():
            row = labels.get(key(article["title"]))
            if row is None or str(row[topic]) == "?":
                continue
            is_told = link in text or escaped(article["title"]) in text
            count = ("on" if str(row[topic]) == "1" else "off") + (" told" if is_told else "")
            for language in ("all", "es" if row["lang"] == "es" else "en"):
                counts[language][count] += 1
        for language, c in counts.items():
            on = c["on told"] + c["on"]
            flagged = c["on told"] + c["off told"]
            recall, precision = c["on told"] / max(1, on), c["on told"] / max(1, flagged)
            print(
                f"| {topic} | {language} | {on} | {c['on told']} | {c['off told']} | {recall:.3f} | {precision:.3f} |"
            )


def unity(posted: list[dict[str, Any]]) -> None:
    """Print how often a message holds one event, and how often an event stands in one message; `truth` knows the copies."""
    text = [json.dumps(row["blocks"], ensure_ascii=False) for row in posted]
    told: dict[tuple[str, str], set[int]] = defaultdict(set)
    held: dict[int, set[str]] = defaultdict(set)
    for article in control(WEB, "truth"):
        for number, words in enumerate(text):
            if article["link"] + "|" in words:
                told[posted[number]["channel"], article["story"]].add(number)
                held[number].add(article["story"])
    one = sum(len(stories) == 1 for stories in held.values())
    whole = sum(len(numbers) == 1 for numbers in told.values())
    print(
        f"messages about one event {one} of {len(held)}; events told in one message per channel {whole} of {len(told)}"
    )


def key(title: str) -> str:
    """Give a title without case and spacing; copies carry small edits in the text, not here."""
    return " ".join(title.casefold().split())[:80]


def escaped(title: str) -> str:
    """Give a title as it stands in a message."""
    return json.dumps(title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), ensure_ascii=False)[1:-1]


def explain(folder: Path, posted: list[dict[str, Any]]) -> None:
    """Print `why` of a sent and of an unsent article."""
    texts = json.dumps([row["blocks"] for row in posted])
    links = [article["link"] for article in control(WEB, "truth")]
    for link in (next(x for x in links if x in texts), next(x for x in links if x not in texts)):
        done = command(folder, "why", link)
        print(f"\n$ monitor why {link}\n{done.stdout[:1800]}{done.stderr}")


if __name__ == "__main__":
    main()
