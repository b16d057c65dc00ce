"""Takes what people press and write in Slack, over a socket or as signed requests; gives it to the jobs, and their replies back.

`payloads` reads what Slack sends, `replies` writes what goes back, `socket` and `callbacks` are the two ways it comes.
"""
