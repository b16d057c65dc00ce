"""Takes declared sources and what was remembered of them, gives when to ask each again."""

from monitor.sources.schedule import after_poll, fresh

__all__ = ["after_poll", "fresh"]
