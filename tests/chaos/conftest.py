"""Takes the parts of the system tests, gives them to the long runs."""

from tests.system.conftest import news_web, start_slack

__all__ = ["news_web", "start_slack"]
