"""`GET /health/ready` before a real PostgreSQL: away, and back again."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psycopg
import pytest
from structlog.testing import capture_logs

from monitor.bootstrap import open_front
from monitor.types import Worker
from monitor.web import serve
from monitor.web.people import People
from monitor.web.programs import ready

from .conftest import NOON

SECRET = "a-secret-that-stays-one"


def asked(port: int) -> tuple[int, Any]:
    """Give status and answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_a_server_that_lets_nobody_in_is_a_reason_and_no_password_is_told(
    tmp_path: Path, postgresql_url: str, postgresql_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor where it is, to whom anybody may ask; that is in the log. Once it is back all is well."""
    monkeypatch.setattr(ready, "HELD", 0.0)
    for name in ("monitor", "sources", "topics"):
        (tmp_path / f"{name}.yaml").write_text({"monitor": "timezone: UTC\n"}.get(name, f"{name}: []\n"))
    name = postgresql_url.partition("?")[0].rpartition("/")[2]
    url = postgresql_url.replace("postgres:@", f"postgres:{SECRET}@")
    with (
        psycopg.connect(postgresql_server, autocommit=True) as server,
        open_front(tmp_path, {"MONITOR_DATABASE_URL": url}) as front,
        serve.page(front, People("", "root"), lambda: NOON, "127.0.0.1", 0) as port,
        capture_logs() as logged,
    ):
        front.store.join(Worker(id="w", host="desk", pid=1, started=1.0, seen_at=NOON))
        before = asked(port)
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        away = asked(port)
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        after = asked(port)

    assert SECRET in url
    assert before == after == (200, {"ready": True})
    assert away == (503, {"ready": False, "reasons": ["the database is busy or out of reach"]})
    assert name in str(logged)
    assert SECRET not in str(logged)
