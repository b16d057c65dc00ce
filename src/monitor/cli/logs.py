"""Takes log events, gives lines on stderr: readable on a terminal, JSON elsewhere, and never a secret."""

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

#: Slack tokens of every kind, and the password of a database URL.
SECRET = re.compile(r"\bx(?:ox[a-z]|app)-[\w-]+|(?<=://)([^:/@\s]+):[^@\s]+(?=@)")


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask what looks like a secret in every text of an event, tracebacks included."""
    return {key: SECRET.sub("***", value) if isinstance(value, str) else value for key, value in event.items()}


def start_logging(level: int = logging.INFO) -> None:
    """Send our events to stderr, and those of libraries at warning and above."""
    terminal = sys.stderr.isatty()
    finish: Processor = (
        structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, finish],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, finish], foreign_pre_chain=shared
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
