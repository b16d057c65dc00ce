"""Takes what the operator is given: starter files, schemas, documentation; expects them to agree with what is read."""

import re
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from monitor.config import load, schema, shipped, warnings
from monitor.config.document import read_document
from monitor.config.keyword_rules import keyword_key
from monitor.config.models import FILES, Section
from monitor.types import Settings

ROOT = Path(__file__).parents[3]
SECTIONS = [model for model in Section.__subclasses__() if model not in FILES.values()]


@pytest.fixture(scope="module")
def starter() -> Settings:
    """Give the starter configuration."""
    return load(shipped("config"), {})


def test_the_starter_configuration_has_one_thing_left_to_do(starter: Settings) -> None:
    """It loads, and only asks for an address in the User-Agent."""
    assert [warning.split(":")[0] for warning in warnings(starter, {})] == ["fetch.user_agent still names example.org"]


def test_the_starter_configuration_spells_out_the_defaults(starter: Settings) -> None:
    """monitor.yaml shows every key with its default."""
    assert (starter.fetch, starter.alerts, starter.slack, starter.web) == (
        Settings().fetch,
        Settings().alerts,
        Settings().slack,
        Settings().web,
    )


def test_the_starter_configuration_has_sources_and_both_topics(starter: Settings) -> None:
    """Some dozens of sources with ids of their own, and the topics that the shipped model knows."""
    assert 30 <= len(starter.sources) <= 50
    assert [topic.id for topic in starter.topics] == ["drug_policy", "bilateral_security"]
    assert all(route.channel.startswith("#") for topic in starter.topics for route in topic.routes)


def test_no_starter_keyword_stands_twice(starter: Settings) -> None:
    """Within one list every keyword is another one."""
    for topic in starter.topics:
        for words in (topic.include, topic.always, topic.never):
            assert [key for key, count in Counter(map(keyword_key, words)).items() if count > 1] == []


@pytest.mark.parametrize("name", FILES)
def test_each_starter_file_names_its_schema(name: str) -> None:
    """The first line tells an editor where `monitor config schema` writes the schema."""
    first = (shipped("config") / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[0]

    assert first == f"# yaml-language-server: $schema=./{name}.schema.json"


def test_the_schemas_know_every_key_and_describe_it() -> None:
    """Each key of each section has a description an editor can show."""
    described = chain.from_iterable([found, *found.get("$defs", {}).values()] for found in schema().values())
    sections = {section["title"]: section["properties"] for section in described if "properties" in section}

    for model in (*SECTIONS, *FILES.values()):
        assert set(sections[model.__name__]) == set(model.model_fields)
        assert all("description" in key or "$ref" in key for key in sections[model.__name__].values())


def test_the_schemas_give_defaults_as_people_write_them() -> None:
    """An editor that fills in a default writes one that is accepted."""
    fetch = schema()["monitor"]["$defs"]["Fetch"]["properties"]

    assert (fetch["interval"]["default"], fetch["delay"]["default"]) == ("1h", "1s")


def test_the_slack_manifest_asks_for_what_is_used() -> None:
    """Bot scopes to post, find channels and look messages up; Socket Mode and buttons are on."""
    manifest = read_document("m", (shipped("config") / "slack-app-manifest.yaml").read_bytes())

    assert manifest.problems == []
    scopes = set(manifest.data["oauth_config"]["scopes"]["bot"])
    assert {"chat:write", "channels:history", "groups:history", "channels:read", "groups:read"} <= scopes
    assert manifest.data["settings"]["socket_mode_enabled"] is True
    assert manifest.data["settings"]["interactivity"]["is_enabled"] is True


@pytest.mark.parametrize("model", SECTIONS, ids=lambda model: model.__name__)
def test_every_key_is_documented(model: type[Section]) -> None:
    """docs/configuration.md has a row for each key of each section."""
    documented = _documented()

    assert {key for key in model.model_fields if key not in documented} == set()


def test_every_documented_default_is_the_real_one() -> None:
    """The defaults in the tables for monitor.yaml, written into a file, are the defaults."""
    rows = re.findall(r"^\| `(\w+)` \| `(.+?)` \|", _part("### fetch", "### alerts"), re.MULTILINE)

    text = "\n".join(f"  {key}: {value}" for key, value in rows)

    model = FILES["monitor"].model_validate(read_document("m", f"fetch:\n{text}".encode()).data)
    assert len(rows) == 11
    assert model == FILES["monitor"]()


def test_every_environment_variable_is_documented() -> None:
    """What the code and the starter files read from the environment stands in the documentation."""
    sources = [*(ROOT / "src/monitor/config").glob("*.py"), *shipped("config").glob("*.yaml")]
    names = set(
        re.findall(r"\b(?:SLACK|MONITOR)_[A-Z_]+\b", "".join(path.read_text(encoding="utf-8") for path in sources))
    )

    assert names - set(re.findall(r"`([A-Z_]+)`", _part("## Environment", None))) == set()
    assert len(names) >= 4


def _documented() -> set[str]:
    cells = re.findall(r"^\| ((?:`[\w.]+`(?:, )?)+) \|", _part("# Configuration", None), re.MULTILINE)
    return {name.split(".")[-1] for cell in cells for name in re.findall(r"`([\w.]+)`", cell)}


def _part(start: str, end: str | None) -> str:
    text = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    begin = text.index(start)
    return text[begin : text.index(end) if end else None]
