"""The compose file: who runs, how it is shut in, and that its very commands, as plain processes, do what the services are for."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer.main
from ruamel.yaml import YAML
from tests.contract.conftest import postgresql_server, postgresql_url
from tests.waiting import eventually

from monitor.cli import app
from monitor.cli.demo.newsroom import Newsroom

from .killing import TOKEN

__all__ = ["postgresql_server", "postgresql_url"]

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker-compose.yml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image") == "topic-monitor"}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")

needs_cluster = pytest.mark.skipif(
    "scheduler" not in getattr(typer.main.get_command(app), "commands", {}),
    reason="this version has no `monitor scheduler` and `monitor worker` yet",
)


def own_check() -> list[str]:
    """Give the command of the image's HEALTHCHECK."""
    found = re.search(r"^HEALTHCHECK .*? CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert found
    return list(json.loads(found[1]))


def test_the_profiles_hold_one_service_and_a_cluster_and_nothing_runs_unasked() -> None:
    """A service of no profile would run beside the cluster and tell everything a second time."""
    profiles = {name: service["profiles"] for name, service in SERVICES.items()}

    cluster = {name: ["cluster"] for name in ("postgres", "upgrade", "scheduler", "worker", "web")}
    assert profiles == {"monitor": ["default"]} | cluster
    assert SERVICES["worker"]["deploy"] == {"replicas": 2}
    assert [service["command"] for service in OURS.values() if service["command"][0] == "db"] == [["db", "upgrade"]]
    assert set(COMPOSE["volumes"]) == {"data", "models", "postgres"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_shut_in(name: str) -> None:
    """No root, no capability, nothing written but to volumes and memory, started again whenever it ends."""
    service = SERVICES[name]

    assert service["read_only"] is True
    assert "/tmp" in service["tmpfs"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == ("on-failure" if name == "upgrade" else "always")
    assert service.get("user") == (None if name in OURS else "postgres"), "the image's own user is no root"
    assert not {"privileged", "cap_add", "network_mode", "pid"} & set(service)
    assert all(published.startswith("127.0.0.1:") for published in service.get("ports", ()))


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_takes_its_secrets_from_a_file_and_its_config_read_only(name: str) -> None:
    """What is written in the compose file itself is no secret; models lie in a volume that the image prepares."""
    service = OURS[name]
    prepared = re.search(r"^VOLUME (\[.*\])$", DOCKERFILE, re.MULTILINE)
    ways = [volume.split(":") for volume in service["volumes"]]

    assert service["env_file"] == [{"path": ".env", "required": False}]
    assert ["./config", service["environment"]["MONITOR_CONFIG"], "ro"] in ways
    assert prepared
    assert {target for way, target, *_ in ways if way != "./config"} <= set(json.loads(prepared[1]))
    assert ("data" in {way for way, *_ in ways}) == (name == "monitor")


@pytest.mark.parametrize("name", OURS)
def test_a_command_is_one_that_monitor_takes(name: str) -> None:
    """Each service's command, and what checks its health: `--help` behind it answers, where any unknown word is refused."""
    service = OURS[name]
    check = service.get("healthcheck", {}).get("test")
    if service["command"][0] not in getattr(typer.main.get_command(app), "commands", {}):
        pytest.skip(f"this version has no `monitor {service['command'][0]}` yet")

    for words in filter(None, (service["command"], check and check[2:])):
        done = subprocess.run(
            [sys.executable, "-m", "monitor", *words, "--help"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (words, done.stderr)

    assert check is None or check[:2] == ["CMD", "monitor"]


def test_health_is_checked_where_it_is_served_and_asked_for_where_it_is_not() -> None:
    """The image asks the page; scheduler and worker, which have none, ask the database; what ends by itself is not asked."""
    checks = {name: service.get("healthcheck") for name, service in SERVICES.items()}

    assert checks["monitor"] is checks["web"] is None
    assert checks["scheduler"]["test"] == checks["worker"]["test"] == ["CMD", "monitor", "health", "--alive"]
    assert checks["upgrade"] == {"disable": True}
    assert checks["postgres"]["test"][:2] == ["CMD", "pg_isready"]
    assert own_check()[:2] == ["python", "-c"]
    assert SERVICES["upgrade"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in ("scheduler", "worker", "web"):
        assert SERVICES[name]["depends_on"] == {"upgrade": {"condition": "service_completed_successfully"}}


def test_every_variable_is_documented() -> None:
    """Those of the compose file and of the example file stand in the documentation, and the example holds no value of a secret."""
    written = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    documents = "".join(
        (ROOT / f"docs/{name}.md").read_text(encoding="utf-8") for name in ("configuration", "operating")
    )
    example = dict(re.findall(r"^(\w+)=(.*)$", EXAMPLE, re.MULTILINE))
    filled_in = set(re.findall(r"\$\{(\w+)", written))
    set_there = {variable for service in SERVICES.values() for variable in service.get("environment", {})}

    assert filled_in <= set(example)
    assert [name for name in {*example, *filled_in, *set_there} if f"`{name}`" not in documents] == []
    assert {name: value for name, value in example.items() if value} == {"COMPOSE_PROFILES": "default"}


def test_the_image_installs_what_the_lock_names_and_its_last_stage_builds_nothing() -> None:
    """Hashes are checked, our wheel is built in the first stage, and what is run comes with a fixed user."""
    first, last = DOCKERFILE.split("\nFROM ")[-2:]

    assert "--require-hashes" in first
    assert re.search(r"pip wheel .*--wheel-dir /dist \.", first)
    assert "--no-index" in first
    assert not re.search(r"\b(pip|apt-get|gcc|build-essential)\b", last)
    assert "--uid 10001" in last


def free_port() -> int:
    """Give a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(place: Any, words: list[str], log: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """Run a service's command as a plain process; whatever happens, it does not outlive the block."""
    with (place.folder.parent / f"{log}.log").open("a") as file:
        process = subprocess.Popen(
            place.command(*words), cwd=place.folder, env=place.environ(**more), stdout=file, stderr=file, text=True
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def wait_for(what: Callable[[], bool], *running: subprocess.Popen[str]) -> None:
    """Wait until something is so; sooner over where a process has ended."""

    def look() -> bool:
        if what():
            return True
        assert [process.args for process in running if process.poll() is not None] == []
        return False

    eventually(look, seconds=100)


def stop(process: subprocess.Popen[str]) -> int:
    """Stop it as a container is stopped; give its exit code."""
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=45)


def healthy(port: int) -> bool:
    """Run the image's own health check, on another port."""
    words = [word.replace(":8000/", f":{port}/") for word in own_check()[1:]]
    return subprocess.run([sys.executable, *words], capture_output=True, check=False).returncode == 0


@pytest.fixture
def place(newsroom: Newsroom, fake_slack: Any, tmp_path: Path) -> Callable[..., Any]:
    """Give what makes a desk that watches the newsroom and tells a strict Slack, in a folder that holds nothing else."""
    from .conftest import Desk  # noqa: PLC0415

    (tmp_path / "desk").mkdir()
    slack = {"base_url": fake_slack.base_url}
    sources = [(source.id, source.url) for source in newsroom.sources()]
    return lambda **settings: Desk(tmp_path / "desk", sources, slack=slack, **settings)


def test_the_default_profile_tells_what_it_finds_and_is_healthy(place: Callable[..., Any], fake_slack: Any) -> None:
    """Its command as a plain process: healthy by the image's check, alerts in Slack, nothing written but the volumes."""
    port = free_port()
    desk = place(web={"port": port})

    with running(desk, SERVICES["monitor"]["command"], "monitor", SLACK_BOT_TOKEN=TOKEN) as service:
        wait_for(lambda: healthy(port), service)
        wait_for(lambda: bool(fake_slack.posted()), service)
        ended = stop(service)

    assert ended == 0
    assert not healthy(port)
    assert {path.name for path in desk.folder.iterdir()} <= {"config", "data", "models"}
    assert fake_slack.bad_calls() == []


@needs_cluster
@pytest.mark.timeout(300)
def test_the_profile_cluster_tells_each_story_once(
    place: Callable[..., Any], fake_slack: Any, postgresql_url: str
) -> None:
    """Its very commands on a real PostgreSQL: migrated, then scheduler, two workers and the page; alerts arrive, once each."""
    port = free_port()
    desk = place(web={"port": port}, engine="procrastinate")
    secrets = {
        "SLACK_BOT_TOKEN": TOKEN,
        "MONITOR_WEB_TOKEN": "ana:a-long-token-for-ana",
        "MONITOR_DATABASE_URL": postgresql_url,
    }
    migrated = desk.run(*SERVICES["upgrade"]["command"], **secrets)
    assert migrated.returncode == 0, migrated.stderr

    with ExitStack() as all_of_them:
        names = ("scheduler", *("worker",) * SERVICES["worker"]["deploy"]["replicas"], "web")
        processes = [
            all_of_them.enter_context(running(desk, SERVICES[name]["command"], f"{name}-{n}", **secrets))
            for n, name in enumerate(names)
        ]
        wait_for(lambda: healthy(port), *processes)
        wait_for(lambda: bool(fake_slack.posted()), *processes)
        assert desk.run(*SERVICES["worker"]["healthcheck"]["test"][2:], **secrets).returncode == 0
        ended = [stop(process) for process in processes]

    keys = [message["metadata"]["event_payload"]["delivery"] for message in fake_slack.posted()]
    assert ended == [0] * len(processes)
    assert len(set(keys)) == len(keys) > 0
    assert fake_slack.bad_calls() == []
