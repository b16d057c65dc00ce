"""The page of settings over real HTTP: every setting with where it comes from, and no secret."""

import re
from pathlib import Path

from monitor.bootstrap import Front
from monitor.config.models import MonitorFile
from monitor.types import ConfigChange

from .conftest import HOSTILE, NOON, Browser

SECRET = "zq-hush-0123456789"


def row(shown: str, key: str) -> str:
    """Give the words of a key's row."""
    found = re.search(rf"<tr><th scope=\"row\"><code>{re.escape(key)}</code>.*?</tr>", shown, re.DOTALL)
    assert found, key
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def changed(front: Front) -> None:
    """Have the files looked at again at once."""
    front._looked -= 60


def test_every_setting_stands_there_with_its_origin(page: Browser, folder: Path) -> None:
    """A section is a heading and a table; files are named with the line."""
    status, shown, _ = page.get("/settings")

    assert status == 200
    assert [
        name
        for name in MonitorFile.model_fields
        if f">{name}</h2>" not in shown and f"<code>{name}</code>" not in shown
    ] == []
    assert row(shown, "database") == (
        "database Where everything is stored; a relative path starts at the working folder."
        f" sqlite:///{folder.parent}/monitor.db monitor.yaml:1"
    )
    assert row(shown, "fetch.interval").endswith("1h default")
    assert row(shown, "sources.herald").endswith("sources.yaml:3")
    assert '<a href="/settings" aria-current="page">' in shown


def test_no_secret_is_shown(page: Browser, front: Front, folder: Path) -> None:
    """Neither of the files nor of the environment; only that it is there."""
    (folder / "sources.yaml").write_text(
        f"sources: [{{id: a, url: 'https://ana:{SECRET}@a.example/feed?key={SECRET}', headers: {{Authorization: {SECRET}}}}}]"
    )
    front.environ = {"SLACK_BOT_TOKEN": f"xoxb-{SECRET}", "MONITOR_WEB_TOKEN": f"ana:{SECRET}"}
    changed(front)

    shown = page.get("/settings")[1]

    assert "zq" not in shown
    assert "https://***@a.example/feed?key=***" in row(shown, "sources.a")
    assert row(shown, "SLACK_BOT_TOKEN").endswith("set $SLACK_BOT_TOKEN")
    assert row(shown, "SLACK_APP_TOKEN").endswith("not set default")


def test_a_mistake_on_disk_leaves_the_settings_in_force_with_their_old_lines(
    page: Browser, front: Front, folder: Path
) -> None:
    """The mistake is told, and that lines are of before; once it is mended, both are new."""
    file = folder / "monitor.yaml"
    text = file.read_text()
    file.write_text(f"# a line before\ntiemzone: UTC\n{text}")
    changed(front)
    broken = page.get("/settings")[1]
    file.write_text(f"# a line before\ntimezone: Asia/Tokyo\n{text}")
    changed(front)
    mended = page.get("/settings")[1]

    assert "monitor.yaml:2:1: unknown key &#39;tiemzone&#39;" in broken
    assert "as it was before the mistake" in broken
    assert row(broken, "database").endswith("monitor.yaml:1")
    assert row(broken, "timezone").endswith("UTC default")
    assert "before the mistake" not in mended
    assert row(mended, "database").endswith("monitor.yaml:3")
    assert row(mended, "timezone").endswith("Asia/Tokyo monitor.yaml:2")


def test_what_somebody_wrote_stays_words(page: Browser, front: Front, folder: Path) -> None:
    """A colleague's remark in a name is no element of the page."""
    (folder / "sources.yaml").write_text(
        f"sources: [{{id: a, url: 'https://a.example/', name: {quoted(HOSTILE)}, country: {quoted('<b>x</b>')}}}]"
    )
    changed(front)

    shown = page.get("/settings")[1]

    assert "&lt;b&gt;x&lt;/b&gt;" in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert "<img" not in shown
    assert "\u202e" not in shown


def quoted(text: str) -> str:
    """Give a text in the double quotes of YAML."""
    return '"' + "".join(char if char.isalnum() else f"\\u{ord(char):04x}" for char in text) + '"'


def test_the_latest_changes_stand_beneath(page: Browser, front: Front) -> None:
    """What the service took up, harmless whatever somebody wrote."""
    assert 'id="changes"' not in page.get("/settings")[1]
    lines = ("alerts.max_per_hour: 30 → 20", HOSTILE)
    change = ConfigChange(at=NOON, digest="d", who="ana@desk", summary=lines)

    front.store.note_config(change, {})
    shown = page.get("/settings")[1]

    assert "ana@desk · alerts.max_per_hour: 30 → 20 · and 1 more" in shown
    assert "<script>alert(1)" not in shown
