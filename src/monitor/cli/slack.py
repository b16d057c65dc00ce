"""Takes the configuration and the tokens, gives what works in Slack and what is missing."""

import json
import os
from dataclasses import asdict
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the group `slack`."""
    group = typer.Typer(no_args_is_help=True, help="See whether Slack is set up.")
    group.command(epilog="Example: monitor slack check --post")(check)
    group.callback()(_slack)
    app.add_typer(group, name="slack")


def _slack() -> None:
    """See whether Slack is set up."""


def check(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line per finding.")] = False,
    post: Annotated[
        bool, typer.Option("--post", help="Also post a test message to every channel that is named.")
    ] = False,
) -> None:
    """Check token, scopes, channels, history and Socket Mode; each missing thing with what to do.

    Exit codes: 0 alerts will arrive (warnings may stand), 1 they will not, 2 no token or wrong config.
    """
    from monitor.adapters.notifier import slack_check
    from monitor.adapters.notifier.slack import SlackNotifier, client
    from monitor.config import load
    from monitor.errors import ConfigError
    from monitor.notify.channels import variable

    settings = load(ctx.obj.config_dir, os.environ)
    token = os.environ.get("SLACK_BOT_TOKEN", "")
    if not token:
        raise ConfigError(
            "SLACK_BOT_TOKEN is not set, so alerts go to the terminal; docs/slack.md says how to get a token"
        )
    named = [route.channel for topic in settings.topics for route in topic.routes]
    named += [settings.alerts.ops_channel, settings.report.channel]
    channels = [name for name in dict.fromkeys(named) if name and not variable(name)]
    slack = client(token, settings.slack.base_url)
    findings = list(slack_check.inspect(slack, channels))
    if settings.slack.answers == "socket":
        findings.append(slack_check.inspect_socket(slack, os.environ.get("SLACK_APP_TOKEN", "").strip()))
    failed = any(finding.level == slack_check.FAILED for finding in findings)
    if post and not failed:
        from monitor.bootstrap import now

        notifier = SlackNotifier(token, settings.slack.base_url)
        findings += [slack_check.post_test(notifier, channel, now()) for channel in channels]
    for finding in findings:
        facts = asdict(finding)
        print(json.dumps(facts, ensure_ascii=False) if as_json else "{level:8} {what}: {detail}".format(**facts))
    raise typer.Exit(1 if any(finding.level == slack_check.FAILED for finding in findings) else 0)
