"""Takes requests over HTTP, gives pages of what the store knows; and takes Slack's signed callbacks.

`people` says who somebody is, `guard` stands before every page, `pages` shows, `app` puts the addresses together, `serve` serves.
"""
