"""Takes whole configurations, and expects settings, or every mistake with its place."""

import re
import shutil
from collections.abc import Callable
from datetime import time, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from ruamel.yaml import YAML

from monitor.config import load
from monitor.config.loading import settings_of
from monitor.config.models import FILES
from monitor.errors import ConfigError
from monitor.types import AlertMode, FullText, QuietHours, Route, Settings, Source, SourceKind, ThresholdRule, Topic

Load = Callable[..., Settings]
Refusal = Callable[..., list[str]]
Write = Callable[..., Path]


@pytest.mark.parametrize("text", ["", "fetch:\nalerts: {}\nslack: {answers: }\n"])
def test_what_is_absent_or_empty_takes_the_default(settings: Load, text: str) -> None:
    """The defaults of the files are those of the values that travel."""
    assert settings(monitor=text, sources="sources: []", topics="topics:\n") == Settings()


@pytest.mark.parametrize("name", ["monitor", "sources", "topics"])
def test_one_file_of_the_three_will_do(settings: Load, name: str) -> None:
    """Absent files take their defaults."""
    assert settings(**{name: ""}) == Settings()


def test_every_key_arrives_in_the_settings(settings: Load) -> None:
    """What is written in monitor.yaml is what the settings hold."""
    found = settings(
        monitor="""
database: postgresql://monitor@db/monitor
models: /srv/models
engine: procrastinate
timezone: Europe/Berlin
fetch: {user_agent: desk, allow_networks: [127.0.0.1/8], interval: 5s, min_interval: 1s, delay: 0s, per_host: 4, workers: 3,
        deadline: 10s, max_feed_bytes: 1MB, max_page_bytes: 500KB, max_entries: 50}
alerts: {first_run: {window: 2d, max: 3}, max_per_hour: 7, quiet_hours: {start: 22:00, end: "7:30"}, story_window: 1d}
slack: {base_url: "http://127.0.0.1:9/api", answers: off}
web: {host: 0.0.0.0, port: 81}
"""
    )

    fetch, alerts = found.fetch, found.alerts
    assert (found.database, found.models, found.engine) == (
        "postgresql://monitor@db/monitor",
        "/srv/models",
        "procrastinate",
    )
    assert found.timezone == "Europe/Berlin"
    assert (fetch.user_agent, fetch.allow_networks, fetch.per_host, fetch.workers) == ("desk", ("127.0.0.0/8",), 4, 3)
    assert [s.total_seconds() for s in (fetch.interval, fetch.min_interval, fetch.delay, fetch.deadline)] == [
        5,
        1,
        0,
        10,
    ]
    assert (fetch.max_feed_bytes, fetch.max_page_bytes, fetch.max_entries) == (1_000_000, 500_000, 50)
    assert (alerts.first_run_window, alerts.first_run_max, alerts.max_per_hour) == (timedelta(days=2), 3, 7)
    assert (alerts.quiet_hours, alerts.story_window) == (QuietHours(start=time(22), end=time(7, 30)), timedelta(days=1))
    assert (found.slack.base_url, found.slack.answers) == ("http://127.0.0.1:9/api/", "off")
    assert (found.web.host, found.web.port) == ("0.0.0.0", 81)


def test_every_key_of_a_source_arrives(settings: Load) -> None:
    """What is written of a source is what the source holds."""
    entry = (
        "{id: a, name: A, url: 'https://a.example/x', kind: page, interval: 3h, full_text: never, tags: [un], language: pt-BR,"
        " country: BR,"
        " selector: h2 a, headers: {Accept-Language: pt}, user_agent: desk, topics: [t], note: slow}"
    )

    (source,) = settings(sources=f"sources: [{entry}]", topics="topics: [{id: t}]").sources

    assert source == Source(
        id="a",
        name="A",
        url="https://a.example/x",
        kind=SourceKind.PAGE,
        interval=timedelta(hours=3),
        full_text=FullText.NEVER,
        tags=("un",),
        language="pt",
        country="BR",
        selector="h2 a",
        headers=(("Accept-Language", "pt"),),
        user_agent="desk",
        topics=("t",),
        note="slow",
    )


def test_every_key_of_a_topic_arrives(settings: Load) -> None:
    """What is written of a topic is what the topic holds; without a name it is called by its id."""
    entry = (
        "{id: border_trade, keywords: {include: [customs*], always: [border act], never: [border collie]}, threshold: {per_day: 5},"
        " alert: {channel: '#trade', mode: digest}}"
    )

    (topic,) = settings(topics=f"topics: [{entry}]").topics

    assert topic == Topic(
        id="border_trade",
        name="Border trade",
        include=("customs*",),
        always=("border act",),
        never=("border collie",),
        threshold=ThresholdRule(kind="per_day", value=5.0),
        routes=(Route(channel="#trade", mode=AlertMode.DIGEST),),
    )


def test_a_topic_may_be_told_in_several_channels(settings: Load) -> None:
    """Each with its mode, its time and its threshold; one without a name is none."""
    entry = (
        "{id: t, alert: [{channel: '#all'}, {channel: '#sure', threshold: 0.9}, "
        "{channel: '#morning', mode: digest, at: '07:30', timezone: America/Lima},"
        " {channel: ''}]}"
    )

    (topic,) = settings(topics=f"topics: [{entry}]").topics

    assert topic.routes == (
        Route(channel="#all"),
        Route(channel="#sure", threshold=0.9),
        Route(channel="#morning", mode=AlertMode.DIGEST, at=time(7, 30), timezone="America/Lima"),
    )


def test_ids_are_made_from_name_or_host_and_differ(settings: Load) -> None:
    """A declared id is never taken; a second source of a kind gets an id that does not hang on the order."""
    sources = [
        "{url: 'https://www.desk.example/a'}",
        "{url: 'https://www.desk.example/b'}",
        "{url: 'https://c.example/', name: 'Ámbito — Política'}",
        "{url: 'https://d.example/', name: 'समाचार'}",
        "{url: 'https://e.example/', id: desk-example}",
    ]

    ids = [source.id for source in settings(sources=f"sources: [{', '.join(sources)}]").sources]
    turned = [source.id for source in settings(sources=f"sources: [{', '.join(sources[::-1])}]").sources]

    assert ids[2:] == ["ambito-politica", "d-example", "desk-example"]
    assert ids[0].startswith("desk-example-")
    assert len(set(ids)) == 5
    assert set(turned) == set(ids)


def test_the_environment_overrides_the_database(write: Write) -> None:
    """MONITOR_DATABASE_URL wins over the file; an empty one counts as not set."""
    folder = write(monitor="database: sqlite:///a.db")

    assert load(folder, {"MONITOR_DATABASE_URL": "postgresql://u:p@h/d"}).database == "postgresql://u:p@h/d"
    assert load(folder, {"MONITOR_DATABASE_URL": " "}).database == "sqlite:///a.db"


def test_a_bad_database_is_refused_without_showing_its_password(write: Write) -> None:
    """Neither the file's nor the environment's address is repeated in a message."""
    folder = write(monitor="database: mysql://u:secret@h/d")

    with pytest.raises(ConfigError) as caught:
        load(folder, {"MONITOR_DATABASE_URL": "oracle://u:secret@h/d"})

    wanted = "must be sqlite:///PATH or postgresql://USER@HOST/NAME"
    assert str(caught.value).splitlines() == [
        f"monitor.yaml:1:1: `database` {wanted}",
        f"MONITOR_DATABASE_URL {wanted}",
    ]


def test_a_folder_without_files_says_how_to_begin(tmp_path: Path) -> None:
    """A missing folder and one that holds none of the three files both point to `monitor init`."""
    for folder, why in ((tmp_path / "gone", "is not there"), (tmp_path, "holds no monitor.yaml")):
        with pytest.raises(ConfigError, match=why) as caught:
            load(folder, {})
        assert f"monitor init {folder}" in str(caught.value)


def test_the_folder_that_holds_config_will_do(write: Write, tmp_path: Path) -> None:
    """`--config DIR` finds DIR/config, where `monitor init DIR` put the files."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "topics.yaml").write_text("topics: [{id: t}]")

    assert [topic.id for topic in load(tmp_path, {}).topics] == ["t"]


def test_a_file_that_cannot_be_read_is_told(write: Write, tmp_path: Path) -> None:
    """A folder in the place of a file is a mistake with the file's name."""
    write(monitor="")
    (tmp_path / "topics.yaml").mkdir()

    with pytest.raises(ConfigError, match=r"^topics.yaml:1:1: cannot be read \(.*\)"):
        load(tmp_path, {})


def test_a_file_with_the_other_ending_is_not_passed_over(write: Write, tmp_path: Path) -> None:
    """topics.yml would silently be no topics at all."""
    write(monitor="")
    (tmp_path / "topics.yml").write_text("topics: []")

    with pytest.raises(ConfigError, match="rename it to topics"):
        load(tmp_path, {})


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"monitor": "tiemzone: UTC"}, "monitor.yaml:1:1: unknown key 'tiemzone': did you mean `timezone`?"),
        (
            {"monitor": "fetch:\n  zzz: 1"},
            "monitor.yaml:2:3: unknown key 'zzz': known here: user_agent, allow_networks,",
        ),
        ({"monitor": "alerts: {first_run: {maxx: 1}}"}, "monitor.yaml:1:22: unknown key 'maxx': did you mean `max`?"),
        ({"sources": "- url: x"}, "sources.yaml:1:1: the file must be a mapping of keys: start it with `sources:`"),
        ({"monitor": "just text"}, "monitor.yaml:1:1: the file must be a mapping of keys: start it with `database:`"),
        ({"monitor": "fetch: [1]"}, "monitor.yaml:1:1: `fetch` must be a mapping, not a list: write `user_agent: …`"),
        (
            {"monitor": "fetch: {interval: 60}"},
            "monitor.yaml:1:9: `interval` must be a length of time such as 90s, 60m, 24h or 30d, not 60",
        ),
        ({"monitor": "fetch: {workers: many}"}, "monitor.yaml:1:9: `workers` must be a whole number, not 'many'"),
        ({"monitor": "fetch: {workers: true}"}, "monitor.yaml:1:9: `workers` must be a whole number, not true"),
        ({"monitor": "fetch: {workers: 0}"}, "monitor.yaml:1:9: `workers` must be at least 1, not 0"),
        ({"monitor": "web: {port: 70000}"}, "monitor.yaml:1:7: `port` must be at most 65535, not 70000"),
        ({"monitor": "models: ''"}, "monitor.yaml:1:1: `models` is empty: write a text or remove the key"),
        ({"monitor": "timezone: Berlin"}, "monitor.yaml:1:1: `timezone` must be a time zone such as"),
        ({"monitor": "timezone: ../etc"}, "monitor.yaml:1:1: `timezone` must be a time zone such as"),
        (
            {"monitor": "fetch: {allow_networks: [10.0.0.0/40]}"},
            "monitor.yaml:1:26: entry of `allow_networks` must be a network such as",
        ),
        (
            {"monitor": "fetch: {allow_networks: [0.0.0.0/0]}"},
            "monitor.yaml:1:26: entry of `allow_networks` must not allow every",
        ),
        (
            {"monitor": 'fetch: {user_agent: "a\\nb: c"}'},
            "monitor.yaml:1:9: `user_agent` must be one line of Latin letters",
        ),
        ({"monitor": "engine: procrastinate"}, "monitor.yaml:1:1: `engine: procrastinate` needs PostgreSQL"),
        ({"monitor": "slack: {answers: yes}"}, "monitor.yaml:1:9: `answers` must be socket, http or off, not 'yes'"),
        (
            {"monitor": "alerts: {quiet_hours: {start: '22:00'}}"},
            'monitor.yaml:1:10: `end` is missing: add `end: "07:00"`',
        ),
        (
            {"sources": "sources:\n  - name: x"},
            "sources.yaml:2:5: `url` is missing: add `url: https://example.org/feed.xml`",
        ),
        ({"sources": "sources: {url: x}"}, "sources.yaml:1:1: `sources` must be a list, not a mapping"),
        ({"sources": "sources: [5]"}, "sources.yaml:1:11: entry of `sources` must be a mapping, not 5"),
        (
            {"sources": "sources: [{url: 'https://a.example', tags: un}]"},
            "sources.yaml:1:38: `tags` must be a list, not 'un'",
        ),
        (
            {"sources": "sources: [{url: 'https://a.example', name: 2024}]"},
            "sources.yaml:1:38: `name` must be text, not 2024: put it in",
        ),
        (
            {"sources": "sources: [{url: 'https://a.example', kind: rss}]"},
            "sources.yaml:1:38: `kind` must be feed, sitemap or page, not",
        ),
        (
            {"sources": "sources: [{url: 'https://a.example', id: a b}]"},
            "sources.yaml:1:38: `id` must be letters, digits, _ . or -",
        ),
        (
            {"sources": "sources: [{url: 'https://a.example', language: English}]"},
            "sources.yaml:1:38: `language` must be a language code",
        ),
        (
            {"sources": "sources: [{url: 'https://a.example', selector: h2 >}]"},
            "sources.yaml:1:38: `selector` must be a CSS selector such as h2 a, not 'h2 >' (Expected selector",
        ),
        (
            {"sources": "sources: [{url: 'https://a.example', headers: {a b: c}}]"},
            "sources.yaml:1:48: `a b` must be the name of a header",
        ),
        (
            {"sources": 'sources: [{url: "https://a.example", headers: {"a\\nb": c}}]'},
            "sources.yaml:1:48: `a\\nb` must be the name of a",
        ),
        ({"monitor": f"web: {{port: 0x{'f' * 5000}}}"}, "monitor.yaml:1:7: `port` must be a whole number, not '0xfff"),
        ({"topics": "topics: [{name: x}]"}, "topics.yaml:1:10: `id` is missing: add `id: drug_policy`"),
        (
            {"topics": "topics: [{id: t, keywords: {include: [x*]}}]"},
            "topics.yaml:1:39: keyword 'x*' needs at least 3 letters",
        ),
        (
            {"topics": "topics: [{id: t, keywords: {never: [5]}}]"},
            'topics.yaml:1:37: entry of `never` must be text, not 5: put it in quotes, "5"',
        ),
        (
            {"topics": "topics: [{id: t, threshold: high}]"},
            "topics.yaml:1:18: `threshold` must be a number from 0 to 1, auto,",
        ),
        (
            {"topics": "topics: [{id: t, alert: {mode: daily}}]"},
            "topics.yaml:1:26: `mode` must be instant or digest, not 'daily'",
        ),
    ],
)
def test_a_mistake_is_told_at_the_key_that_holds_it(refusal: Refusal, files: dict[str, str], message: str) -> None:
    """Each kind of mistake has one line: place, what is wrong, what to write instead."""
    (line,) = refusal(**files)

    assert line.startswith(message)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/x",
        "file:///etc/passwd",
        "a.example/feed",
        "https://",
        "http://[::1",
        "https://a b/",
        "https://a:x/",
    ],
)
def test_what_is_no_web_address_is_refused(refusal: Refusal, url: str) -> None:
    """Other schemes, missing hosts and broken ports have no way in."""
    (line,) = refusal(sources=f"sources: [{{url: '{url}'}}]")

    assert line.startswith("sources.yaml:1:12: `url` must be an http or https address such as")


def test_all_mistakes_of_all_files_are_told_in_order(refusal: Refusal) -> None:
    """A broken file, a wrong section and a rule broken elsewhere are told together."""
    lines = refusal(
        monitor="timezone: Mars\nweb: {port: x}\n",
        sources="sources:\n  - {id: a, url: 'https://a.example', interval: 1m}\n  - {id: a}\n",
        topics="topics: [\n",
    )

    places = [line.split(": ")[0] for line in lines]
    assert places == [
        "monitor.yaml:1:1",
        "monitor.yaml:2:7",
        "sources.yaml:2:39",
        "sources.yaml:3:5",
        "sources.yaml:3:6",
        "topics.yaml:2:1",
    ]


@given(st.data())
@examples(max_examples=150)
def test_a_mistake_is_found_wherever_it_stands(data: st.DataObject) -> None:
    """An unknown key, put into any line of a list of sources, is told with that line and column."""
    count = data.draw(st.integers(1, 6))
    bad = data.draw(st.integers(0, count - 1))
    indent = data.draw(st.integers(0, 6))
    remarks = data.draw(st.lists(st.sampled_from(["# été", "", "   # x"]), max_size=4))
    lines = [*remarks, "sources:"]
    for number in range(count):
        lines += [f"{' ' * indent}- url: https://s{number}.example/", f"{' ' * indent}  note: ñ"]
        if number == bad:
            lines.append(f"{' ' * indent}  wrongkey: 1")
            place = f"sources.yaml:{len(lines)}:{indent + 3}: "

    folder = Path(mkdtemp())
    (folder / "sources.yaml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(folder, {})
    shutil.rmtree(folder)

    assert str(caught.value).startswith(place)


_WORDS = sorted(
    {key for model in FILES.values() for key in model.model_fields}
    | {"id", "url", "alert", "channel", "keywords", "include", "interval"}
)
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["https://a.example", "60m", "auto", "t"])
)
_TREES = st.recursive(
    _LEAVES, lambda t: st.lists(t, max_size=3) | st.dictionaries(st.sampled_from(_WORDS), t, max_size=3), max_leaves=12
)
_MONITOR = st.dictionaries(st.sampled_from(sorted(FILES["monitor"].model_fields)), _TREES, max_size=4)
_ENTRIES = st.lists(
    st.dictionaries(st.sampled_from([*_WORDS, "topics", "name"]), _TREES, max_size=4) | _TREES, max_size=3
)


@given(monitor=_MONITOR | _TREES, sources=_ENTRIES | _TREES, topics=_ENTRIES | _TREES)
@examples(max_examples=300)
def test_no_shape_of_data_raises_anything_else(monitor: object, sources: object, topics: object) -> None:
    """Whatever is written where, there are settings or a ConfigError whose every line has a place."""
    files = {"monitor": _yaml(monitor), "sources": _yaml({"sources": sources}), "topics": _yaml({"topics": topics})}

    try:
        settings_of(files, {})
        lines = []
    except ConfigError as error:
        lines = str(error).split("\n")

    assert all(re.match(r"\w+\.yaml:\d+:\d+: \S", line) for line in lines)


def _yaml(data: object) -> bytes:
    stream = BytesIO()
    YAML(typ="safe", pure=True).dump(data, stream)
    return stream.getvalue()
