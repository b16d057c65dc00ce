"""Takes an article's ledger, gives its whole case as facts: what was seen, read, decided and sent, why, and what stopped it."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from monitor.classify import groups, passage
from monitor.ports import Labels
from monitor.types import Contribution, Delivery, Ledger, Verdict

if TYPE_CHECKING:
    from monitor.classify import Judge


class Reasons:
    """The reasons for one article's verdicts, worked out anew with the model that judged it, where that is given as `judge`."""

    def __init__(self, judge: "Judge | None", ledger: Ledger) -> None:
        self._judge = judge
        self._ledger = ledger

    def of(self, verdict: Verdict) -> dict[str, Any]:
        """Give what decided about one topic: its terms, their sums by kind, and the passage that scores highest by itself."""
        terms = self._terms(verdict)
        return {
            "why": [{"feature": term.feature, "contribution": round(term.value, 4)} for term in terms],
            "groups": {group.name: round(group.total, 4) for group in groups(terms)},
            "passage": self._passage(verdict.topic),
        }

    @cached_property
    def _again(self) -> tuple[Verdict, ...]:
        return self._judge.verdicts(*self._text, explain=True) if self._judge else ()

    @property
    def _text(self) -> tuple[str, str, str]:
        return self._ledger.article.entry.title, self._ledger.article.text, self._ledger.language or ""

    def _terms(self, verdict: Verdict) -> tuple[Contribution, ...]:
        if not self._ledger.judged or self._judge is None:
            return verdict.contributions
        same = (one for one in self._again if one.topic == verdict.topic)
        # Where keywords have changed since, the reasons of today are not those of then.
        return next(
            (one.contributions for one in same if abs(one.probability - verdict.probability) < 1e-6),
            verdict.contributions,
        )

    def _passage(self, topic: str) -> str:
        judge = self._judge
        if not self._ledger.judged or judge is None or topic not in {one.id for one in judge.topics}:
            return ""
        return passage(judge, topic, *self._text)


def explain(store: Labels, ledger: Ledger, judge: "Judge | None") -> dict[str, Any]:
    """Give the whole ledger of one article as facts.

    `judge` is that of the model which judged it, where that is still there: with it the reasons are worked out in full.
    """
    article, entry, reasons = ledger.article, ledger.article.entry, Reasons(judge, ledger)
    return {
        "url": entry.url,
        "link": entry.link,
        "title": entry.title,
        "source": entry.source_id,
        "outlet": entry.outlet,
        "seen": entry.seen_at.isoformat(),
        "published": entry.published.isoformat() if entry.published else None,
        "stage": ledger.stage,
        "text": {"origin": article.origin.value, "characters": len(article.text), "note": article.note},
        "language": ledger.language,
        "judged": ledger.judged,
        "judged_at": ledger.judged_at.isoformat() if ledger.judged_at else None,
        "topics": {verdict.topic: {**_verdict(verdict), **reasons.of(verdict)} for verdict in ledger.verdicts},
        "labels": _said(store, entry.id),
        "story": _story(ledger),
        "gate": ledger.gate,
        "messages": [_message(delivery) for delivery in ledger.deliveries],
        "outcome": outcome(ledger),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "probability": round(verdict.probability, 4),
        "threshold": round(verdict.threshold, 4),
        "flagged": verdict.flagged,
        "reason": verdict.reason.value,
        "keyword": verdict.keyword or None,
        "model": verdict.model,
    }


def _said(store: Labels, entry_id: int) -> list[dict[str, Any]]:
    """Give what people said of the article."""
    return [
        {
            "topic": said.topic,
            "value": said.value,
            "who": said.said_by,
            "when": said.at.isoformat(),
            "via": said.via.value,
        }
        for one in store.judgements([entry_id])
        for said in one.labels
    ]


def _story(ledger: Ledger) -> dict[str, Any] | None:
    if ledger.story is None:
        return None
    others = [{"outlet": a.outlet, "title": a.title, "link": a.link} for a in ledger.story.articles]
    return {"id": ledger.story.id, "articles": others}


def _message(delivery: Delivery) -> dict[str, Any]:
    return {
        "channel": delivery.channel,
        "kind": delivery.kind.value,
        "state": delivery.state.value,
        "delivery": delivery.key,
        "sent": delivery.sent_at.isoformat() if delivery.sent_at else None,
        "error": delivery.error or None,
    }


def outcome(ledger: Ledger) -> str:
    """Say in one sentence what became of the article, and what stopped it where something did."""
    if ledger.stage == "read":
        return "waiting for its text to be read"
    if ledger.stage == "judge":
        return "waiting to be judged"
    if not ledger.judged:
        return ledger.gate or f"not judged: no lexicon for its language ({ledger.language})"
    if not any(verdict.flagged for verdict in ledger.verdicts):
        return "not sent: " + "; ".join(_below(verdict) for verdict in ledger.verdicts)
    if ledger.gate:
        return f"on topic, not sent: {ledger.gate}"
    states = sorted({f"{d.state.value} to {d.channel}" for d in ledger.deliveries if d.kind == "post"})
    return "on topic; its story is " + ", ".join(states) if states else "on topic; no channel hears of it"


def _below(verdict: Verdict) -> str:
    if verdict.reason == "never":
        return f'{verdict.topic}: vetoed by the keyword "{verdict.keyword}"'
    return f"{verdict.topic}: {verdict.probability:.3f} is below its threshold {verdict.threshold:.3f}"
