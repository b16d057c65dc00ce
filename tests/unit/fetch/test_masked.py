"""Takes addresses and texts that hold passwords and tokens, expects them without."""

import pytest

from monitor.fetch.masked import without_password, without_secrets


@pytest.mark.parametrize(("text", "shown"), [
    ("https://ana:hush@a.example/feed", "https://***@a.example/feed"),
    ("https://ana:hu@sh/x@a.example/feed", "https://***@a.example/feed"),
    ("https://t0k3n@a.example/feed", "https://***@a.example/feed"),
    ("https://a.example/feed?access_token=t0k3n&lang=en", "https://a.example/feed?access_token=***&lang=en"),
    ("https://a.example/feed?lang=en;%61pi_key=t0k3n#sig=t0k3n", "https://a.example/feed?lang=en;%61pi_key=***#sig=***"),
    ("https://a.example/feed?u=8f3a9c8f3a9c8f3a9c8f3a9c", "https://a.example/feed?u=***"),
    ("bot (+https://ana:hush@a.example/; proxy=ana:hush@b.example)", "bot (+https://***@a.example/; proxy=***@b.example)"),
    ("desk bot, ana:hush@b.example", "desk bot, ***@b.example"),
    ("xoxb-1234-abcd and xapp-1-A", "*** and ***"),
])  # fmt: skip
def test_what_lets_one_in_is_masked(text: str, shown: str) -> None:
    """As a login, encoded or not, as a parameter by its name or its look, as a token of Slack's."""
    assert without_secrets(text) == shown


@pytest.mark.parametrize("text", [
    "", "#drug-policy", "topic-monitor (+https://example.org/contact)", "desk (+mailto:desk@example.org)",
    "at 10:30 desk@a.example",
    "https://video.example/@name/feed", "https://a.example/search?q=fentanyl+precursor&hl=en&keywords=treaty&author=quill",
    "https://a.example/feed?id=20240131&design=plain",
])  # fmt: skip
def test_what_lets_nobody_in_stays(text: str) -> None:
    """Contacts, names in paths, words that are searched for."""
    assert without_secrets(text) == text


def test_a_database_keeps_its_user() -> None:
    """Only what proves who it is goes, in every place where libpq takes it."""
    assert (
        without_password("postgresql://me:hush@host/db?sslmode=require")
        == "postgresql://me:***@host/db?sslmode=require"
    )
    assert without_password("postgresql:///db?user=me&password=hu;sh#x&host=/tmp") == (
        "postgresql:///db?user=me&password=***&host=/tmp"
    )
