"""Takes a message, gives it to a channel: Slack, or the terminal where no token is set. `bootstrap` chooses.

Slack is not imported here: slack_sdk is loaded where a token is set, and nowhere else.
"""

from monitor.adapters.notifier.console import ConsoleNotifier

__all__ = ["ConsoleNotifier"]
