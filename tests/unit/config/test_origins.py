"""Takes configurations with secrets in every place, expects each setting with its origin, and no secret."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

import monitor
from monitor.config.document import read_document
from monitor.config.loading import settings_of
from monitor.config.models import MonitorFile, Quiet, Section
from monitor.config.origins import MOST_SOURCES, Group, Setting, origins
from monitor.errors import ConfigError
from monitor.types import Settings

FULL = """\
database: postgresql://desk:hush@db.example/news?sslmode=require
models: /srv/models
timezone: Europe/Berlin
fetch:
  <<: &calm {interval: 3h, delay: 2s}
  allow_networks: [127.0.0.0/8, 10.0.0.0/8]
  max_page_bytes: 1500KB
alerts:
  first_run: {window: 36h}
  quiet_hours:
    start: "22:00"
    end: "7:05"
  ops_channel: "#ops"
learning: {train: off, queue: {high: 0.25}}
report: {channel: "webhook:situation.room", at: Sunday 8:30}
summaries: {base_url: "https://ana:hush@llm.example/v1?api_key=hush", model: "12"}
"""
TOPICS = """\
topics:
  - id: quays
    name: Quays
    keywords: {include: [quay, harbour wall], never: [airport]}
    threshold: {per_day: 10}
    alert: [{channel: "slack-webhook:quay", at: "9:00"}, {channel: "https://hooks.example/T1/B2/hush", mode: digest}]
  - {id: bare}
"""
SOURCES = """\
sources:
  - {url: "https://ana:hush@a.example/feed?token=hush", headers: {Authorization: Bearer hush}, note: the password is hush}

  - id: herald
    url: https://b.example/list
    kind: page
    interval: 90m
"""


def listed(
    monitor: str = "", topics: str = "", sources: str = "", environ: dict[str, str] | None = None
) -> dict[str, Setting]:
    """Give the settings by key."""
    return {one.key: one for group in groups(monitor, topics, sources, environ) for one in group.settings}


def groups(
    monitor: str = "", topics: str = "", sources: str = "", environ: dict[str, str] | None = None
) -> list[Group]:
    """Give the settings of these texts, by group."""
    files = {"monitor": monitor.encode(), "topics": topics.encode(), "sources": sources.encode()}
    return origins(files, environ or {})


def keys(model: type[Section], path: tuple[str, ...] = ()) -> Iterator[str]:
    """Give the dotted name of every key of a model whose sections are all written."""
    for name, field in model.model_fields.items():
        inner = Quiet if field.annotation == (Quiet | None) else field.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            yield from keys(inner, (*path, name))
        else:
            yield ".".join((*path, name))


def test_every_key_of_the_model_is_listed_once_with_what_it_is_for() -> None:
    """In the model's order; nobody has to remember to add one."""
    rows = [one for group in groups(FULL) for one in group.settings]
    names = list(keys(MonitorFile))

    assert sorted(one.key for one in rows[: len(names)]) == sorted(names)
    assert all(one.about for one in rows[: len(names)])
    assert {"database", "alerts.first_run.window", "alerts.quiet_hours.start", "learning.queue.high"} <= set(names)


def test_without_files_everything_is_the_default() -> None:
    """An optional section that is absent is one key."""
    rows = listed()

    assert {one.origin for one in rows.values()} == {"default"}
    assert (rows["alerts.quiet_hours"].value, rows["sources"].value, rows["topics"].value) == ("null", "0", "0")
    assert "alerts.quiet_hours.start" not in rows


@pytest.mark.parametrize(("key", "value", "origin"), [
    ("database", "postgresql://desk:***@db.example/news?sslmode=require", "monitor.yaml:1"),
    ("engine", "local", "default"),
    ("fetch.interval", "3h", "monitor.yaml:5"),
    ("fetch.deadline", "30s", "default"),
    ("fetch.allow_networks", "[127.0.0.0/8, 10.0.0.0/8]", "monitor.yaml:6"),
    ("fetch.max_page_bytes", "1500KB", "monitor.yaml:7"),
    ("fetch.max_feed_bytes", "10MB", "default"),
    ("alerts.first_run.window", "36h", "monitor.yaml:9"),
    ("alerts.first_run.max", "10", "default"),
    ("alerts.quiet_hours.end", "07:05", "monitor.yaml:12"),
    ("alerts.ops_channel", "'#ops'", "monitor.yaml:13"),
    ("learning.train", "off", "monitor.yaml:14"),
    ("learning.queue.high", "0.25", "monitor.yaml:14"),
    ("report.at", "sun 08:30", "monitor.yaml:15"),
    ("summaries.base_url", "https://***@llm.example/v1?api_key=***", "monitor.yaml:16"),
    ("summaries.model", "'12'", "monitor.yaml:16"),
    ("topics", "2", "topics.yaml:1"),
    ("topics.quays", "{name: Quays, keywords: {include: 2, never: 1}, threshold: {per_day: 10.0}, alert: ["
     "{channel: slack-webhook:quay, at: 09:00}, {channel: '***', mode: digest}]}", "topics.yaml:2"),
    ("topics.bare", "{}", "topics.yaml:7"),
    ("sources", "2 (1 feed, 1 page)", "sources.yaml:1"),
    ("sources.a-example", "{url: https://***@a.example/feed?token=***, headers: {Authorization: '***'}}", "sources.yaml:2"),
    ("sources.herald", "{url: https://b.example/list, kind: page, interval: 90m}", "sources.yaml:4"),
])  # fmt: skip
def test_a_setting_is_shown_as_it_is_written_with_its_line(key: str, value: str, origin: str) -> None:
    """Whatever its kind, in whichever file, taken in by `<<` or left out."""
    found = listed(FULL, TOPICS, SOURCES)[key]

    assert (found.value, found.origin) == (value, origin)


def test_what_is_shown_of_monitor_yaml_can_be_written_there_again() -> None:
    """The values read back, mean the same settings, where no secret is masked."""
    text = re.sub(r"^(database|summaries).*\n", "", FULL, flags=re.MULTILINE)
    wanted = settings_of({"monitor": text.encode(), "sources": None, "topics": None}, {})
    written = {one.key: one.value for one in listed(text).values() if one.key in set(keys(MonitorFile))}

    assert again(written) == wanted
    assert written["timezone"] == "Europe/Berlin"


def again(written: dict[str, str]) -> Settings:
    """Give the settings that values mean."""
    tree: dict[str, object] = {}
    for key, value in written.items():
        *path, name = key.split(".")
        inner = tree
        for step in path:
            inner = inner.setdefault(step, {})  # type: ignore[assignment]
        inner[name] = read_document("", f"value: {value}".encode()).data["value"]
    return settings_of({"monitor": json.dumps(tree).encode(), "sources": None, "topics": None}, {})


def test_the_database_may_come_from_the_environment() -> None:
    """Then it is what counts, without its password."""
    found = listed(FULL, environ={"MONITOR_DATABASE_URL": "postgresql://me:hush@host/db"})

    assert (found["database"].value, found["database"].origin) == (
        "postgresql://me:***@host/db",
        "$MONITOR_DATABASE_URL",
    )
    assert (found["MONITOR_DATABASE_URL"].value, found["models"].origin) == ("set", "monitor.yaml:2")


def test_of_the_environment_it_is_told_only_what_is_set() -> None:
    """Blanks set nothing; the channels that the files name have variables of their own."""
    found = listed(
        FULL, TOPICS, environ={"SLACK_BOT_TOKEN": "xoxb-1", "MONITOR_LLM_KEY": " ", "MONITOR_CHANNEL_QUAY": "x"}
    )

    assert (found["SLACK_BOT_TOKEN"].value, found["SLACK_BOT_TOKEN"].origin) == ("set", "$SLACK_BOT_TOKEN")
    assert (found["MONITOR_LLM_KEY"].value, found["MONITOR_LLM_KEY"].origin) == ("not set", "default")
    assert found["MONITOR_CHANNEL_QUAY"].value == "set"
    assert found["MONITOR_CHANNEL_SITUATION_ROOM"].value == "not set"
    assert "MONITOR_CHANNEL_SITUATION_ROOM_SECRET" in found
    assert "MONITOR_CHANNEL_QUAY_SECRET" not in found  # only `webhook:` signs


def test_every_variable_that_the_program_reads_is_listed() -> None:
    """Each name of ours or of Slack's that stands in the program's own code."""
    code = "".join(path.read_text() for path in Path(monitor.__file__).parent.rglob("*.py"))
    read = set(re.findall(r"""["'](MONITOR_[A-Z_]*[A-Z]|SLACK_[A-Z_]*[A-Z])["']""", code))

    assert read <= set(listed())
    assert {"SLACK_BOT_TOKEN", "MONITOR_WEB_TOKEN", "MONITOR_WHO", "MONITOR_CONFIG"} <= read


def test_of_many_sources_the_first_are_listed_and_all_counted() -> None:
    """A page of thousands of rows would be of no use."""
    text = "sources:\n" + "".join(f"  - {{url: 'https://{n}.example/feed'}}\n" for n in range(MOST_SOURCES + 1))

    rows = listed(sources=text)

    assert sum(key.startswith("sources.") for key in rows) == MOST_SOURCES
    assert rows["sources"].value == "201 (201 feed); the first 200 follow"
    assert rows["sources.199-example"].origin == "sources.yaml:201"


def test_files_with_a_mistake_are_refused() -> None:
    """As everywhere."""
    with pytest.raises(ConfigError, match=re.escape("monitor.yaml:1:1: unknown key 'tiemzone'")):
        groups("tiemzone: UTC")


secrets = st.builds(
    "zq{}".format,
    st.text(
        st.characters(min_codepoint=33, max_codepoint=255, exclude_categories=["Cc", "Cf", "Zs"]),
        min_size=8,
        max_size=40,
    ),
)


@hypothesis.settings(max_examples=50)
@given(
    secrets, st.sampled_from(["token", "api_key", "apikey", "password", "client-secret", "sig", "auth", "AccessKey"])
)
def test_no_secret_is_ever_shown(secret: str, parameter: str) -> None:
    """Wherever one may stand: in files, in the environment, as it is or percent-encoded, in capitals."""
    encoded = quote(secret, safe="")
    address = f"https://ana:{encoded}@a.example/x?q=1&{parameter}={encoded}"
    channels = [f"apprise:mailto://ana:{encoded}@a.example", f"slack-webhook:{address}", address, f"webhook:/{secret}"]
    monitor_yaml = {
        "database": f"postgresql://me:{secret}@host/db?sslpassword={encoded}",
        "fetch": {"user_agent": f"desk (+{address}) ana:{encoded}@proxy.example"},
        "slack": {"base_url": address},
        "summaries": {"base_url": address, "model": "m"},
        "report": {"channel": channels[0]},
        "alerts": {"ops_channel": channels[1]},
    }
    topic = {"id": "t", "alert": [{"channel": channel} for channel in channels]}
    sources = [
        {"url": address, "headers": {"Authorization": secret}, "user_agent": f"desk (+{address})", "note": secret},
        {"url": f"https://{encoded}@b.example/feed"},
    ]
    rows = listed("{}", "{}", "{}")
    environ = {name: secret for name in rows if name.isupper()} | {
        "MONITOR_DATABASE_URL": f"postgresql://me:{secret}@host/db",
        "SLACK_BOT_TOKEN": f"xoxb-{secret}",
        "MONITOR_CHANNEL_DESK": address,
    }
    texts = [json.dumps(one) for one in (monitor_yaml, {"topics": [topic]}, {"sources": sources})]

    for given_environ in ({}, environ):
        shown = json.dumps([asdict(group) for group in groups(*texts, given_environ)], ensure_ascii=False).lower()

        assert secret.lower() not in shown
        assert encoded.lower() not in shown
        assert "zq" not in shown  # nor its beginning
        assert shown.count("***") > 10
