"""Takes a story and the policy, gives a message now, later or never; and a delivery with its outcome, its next state.

`policy` decides; `render`, `overflow`, `digest` and `report` write messages, `buttons` what stands under them, `dialogs` what
one person sees; `outbox` says what follows from each answer of a channel. In `mrkdwn` alone words from the web are made harmless.
"""

from monitor.notify.digest import Gathered, render_digest
from monitor.notify.outbox import Step, after_lookup, next_step
from monitor.notify.overflow import render_overflow
from monitor.notify.policy import Decision, Held, Newcomer, Rules, Tell, decide
from monitor.notify.render import Alert, render, render_folded, render_news, render_ops
from monitor.notify.report import render_report

__all__ = [
    "Alert",
    "Decision",
    "Gathered",
    "Held",
    "Newcomer",
    "Rules",
    "Step",
    "Tell",
    "after_lookup",
    "decide",
    "next_step",
    "render",
    "render_digest",
    "render_folded",
    "render_news",
    "render_ops",
    "render_overflow",
    "render_report",
]
