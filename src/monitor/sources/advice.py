"""Takes the word by which a poll ended, gives in a sentence what it means for whoever looks after the source, or what to do."""

_ADVICE = {
    "timeout": "The server is slow or down, or something on the way drops the answer.",
    "dns": "Its name leads nowhere: a mistake in `url`, a domain that was given up, or no network here.",
    "tls": "Its certificate is out of date or another host's; its owner has to mend that.",
    "refused-address": "If this address is meant, add its network to `fetch.allow_networks`.",
    "too-large": "If you trust it, raise that limit; or look for a smaller feed of the site.",
    "not-a-feed": "The feed may have moved: `monitor sources discover` finds the feeds of a site.",
    "parse-error": "Only the owner of the document can mend that.",
    "robots": "A feed or sitemap may be asked whatever robots.txt says of pages: look for one, or set `kind`.",
    "http-401": "It wants a login: set `headers`, or look for an open feed.",
    "http-403": "It does not let this program in: ask its owner, or set `user_agent` or `headers`.",
    "http-404": "Nothing lies at this address: `monitor sources discover` finds the feeds of a site.",
    "http-429": "It is asked too often: raise `interval`.",
    "http-451": "It may not be shown here for reasons of law.",
    "gone": "Put its new address into sources.yaml, or take it out.",
}
_ADVICE_ON_CLASS = {
    "http-2": "An answer without a document: check `url`.",
    "http-3": "An answer without a document: check `url`.",
    "http-4": "The server does not accept this request: check `url` and `headers`.",
    "http-5": "The server has trouble of its own, which usually passes.",
}


def advice(result: str) -> str:
    """Give the sentence for a result of the poll log; "" where it explains itself."""
    return _ADVICE.get(result) or _ADVICE_ON_CLASS.get(result[:6], "")
