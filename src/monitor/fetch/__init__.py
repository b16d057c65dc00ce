"""Takes what is remembered of a source, gives what to ask; takes what the server answered, gives what it means."""

from monitor.fetch.addresses import refusal, url_fault
from monitor.fetch.outcome import failed, read_response, retry_after
from monitor.fetch.request import conditional_headers, headers_for, page_request

__all__ = [
    "conditional_headers",
    "failed",
    "headers_for",
    "page_request",
    "read_response",
    "refusal",
    "retry_after",
    "url_fault",
]
