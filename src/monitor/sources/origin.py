"""Takes two addresses, gives whether they are of one origin, within which a source's own headers may go.

A declared header may be a password. Another host, another port, and the same host without TLS are each somebody else's ears.
"""

from urllib.parse import urlsplit


def same_origin(one: str, other: str) -> bool:
    """Tell whether two addresses have their scheme, host and port in common; of what is no address, nothing has."""
    try:
        (scheme, netloc, *_), (other_scheme, other_netloc, *_) = urlsplit(one), urlsplit(other)
    except ValueError:
        return False
    return (scheme, netloc.lower()) == (other_scheme, other_netloc.lower())
