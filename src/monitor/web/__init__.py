"""Takes requests over HTTP, gives what the service knows; so far it takes Slack's signed callbacks and says whether it lives."""
