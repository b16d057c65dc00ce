"""Takes settings and the environment, gives what is allowed but probably not meant. A token is never repeated."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from monitor.classify.lexicon import languages
from monitor.notify.channels import variable
from monitor.types import Settings, SourceKind

_TOKENS = {"SLACK_BOT_TOKEN": "xoxb-", "SLACK_APP_TOKEN": "xapp-"}


def warnings(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """List what works but will surprise, one sentence each."""
    tokens = {name for name in (*_TOKENS, "SLACK_SIGNING_SECRET") if environ.get(name, "").strip()}
    return [
        *_slack(settings, tokens),
        *_prefixes(environ, tokens),
        *_topics(settings, told="SLACK_BOT_TOKEN" in tokens),
        *_addresses(settings, environ),
        *_sources(settings),
    ]


def _slack(settings: Settings, tokens: set[str]) -> Iterator[str]:
    if "SLACK_BOT_TOKEN" not in tokens:
        if tokens:
            yield f"{' and '.join(sorted(tokens))} set, but SLACK_BOT_TOKEN is not: alerts go to the terminal, not to Slack"
    elif settings.slack.answers == "socket" and "SLACK_APP_TOKEN" not in tokens:
        yield "SLACK_APP_TOKEN is not set: answers are off (set it, or write slack.answers: off)"
    elif settings.slack.answers == "http" and "SLACK_SIGNING_SECRET" not in tokens:
        yield "SLACK_SIGNING_SECRET is not set: answers are off, because unsigned requests are refused"


def _prefixes(environ: Mapping[str, str], tokens: set[str]) -> Iterator[str]:
    for name, prefix in _TOKENS.items():
        if name in tokens and not environ[name].strip().startswith(prefix):
            yield f"{name} does not start with {prefix}: Slack will refuse it; copy the right token from your app's page"


def _topics(settings: Settings, *, told: bool) -> Iterator[str]:
    if not settings.topics:
        yield "there are no topics: nothing will be flagged (add some to topics.yaml)"
    for topic in settings.topics:
        if not (topic.include or topic.always):
            yield f"topic {topic.id} has no keywords: it rests on the model alone"
        if told and not topic.routes:
            yield f"topic {topic.id} has no alert.channel: its alerts have nowhere to go"


def _addresses(settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    named = [route.channel for topic in settings.topics for route in topic.routes]
    for channel in dict.fromkeys([*named, settings.report.channel, settings.alerts.ops_channel]):
        needed = variable(channel)
        if needed and not environ.get(needed, "").strip():
            yield f"{needed} is not set: messages to {channel} wait until the channel's address stands there"


def _sources(settings: Settings) -> Iterator[str]:
    if not settings.sources:
        yield "there are no sources: nothing will be polled (add some to sources.yaml)"
    if "example.org" in settings.fetch.user_agent:
        yield "fetch.user_agent still names example.org: put in an address at which server owners reach you"
    judged = languages()
    unjudged: dict[str, list[str]] = defaultdict(list)
    for source in settings.sources:
        if source.language and source.language not in judged:
            unjudged[source.language].append(source.id)
        if source.kind is SourceKind.PAGE and not source.selector:
            yield f"source {source.id} is a page without `selector`: links of headings are followed; name others, such as `h2 a`"
    for language, ids in sorted(unjudged.items()):
        yield f"no word lists for language {language}: articles of {', '.join(ids)} are stored, but never flagged"
