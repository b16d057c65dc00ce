"""Takes an archive and what is known of an article, gives for each topic why it was flagged or not: facts for `why`."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from monitor.bootstrap import Archive
    from monitor.classify import Judge
    from monitor.types import Contribution, Ledger, Verdict

EXAMPLES = 3  # labelled items told beside a verdict


class Reasons:
    """The reasons for one article's verdicts, worked out anew with the model that judged it, while that is there."""

    def __init__(self, archive: "Archive", ledger: "Ledger") -> None:
        self._archive = archive
        self._ledger = ledger

    def of(self, verdict: "Verdict") -> dict[str, Any]:
        """Give what decided about one topic: its terms, their sums by kind, and the passage that scores highest by itself."""
        from monitor.classify import groups

        terms = self._terms(verdict)
        return {
            "why": [{"feature": term.feature, "contribution": round(term.value, 4)} for term in terms],
            "groups": {group.name: round(group.total, 4) for group in groups(terms)},
            "passage": self._passage(verdict.topic),
        }

    def alike(self) -> list[dict[str, Any]]:
        """Give the invented labelled items most like the article."""
        if not self._ledger.judged or self._judge is None:
            return []
        from monitor.cli.build_shipped import SEED_LABELS, read_seed
        from monitor.config import shipped
        from monitor.feedback.nearest import nearest

        labelled = read_seed(shipped("models") / SEED_LABELS, self._archive.settings.topics)
        found = nearest(self._judge.model, labelled, self._text, EXAMPLES)
        return [
            {"title": one.title or one.text[:80], "labels": dict(one.labels), "similarity": similarity}
            for one, similarity in found
        ]

    @cached_property
    def _judge(self) -> "Judge | None":
        from monitor.classify import Judge
        from monitor.errors import ModelError

        try:
            model = self._archive.models.load(self._ledger.verdicts[0].model if self._ledger.verdicts else None)
            return Judge(model, self._archive.settings.topics)
        except ModelError:
            return None

    @cached_property
    def _again(self) -> "tuple[Verdict, ...]":
        return self._judge.verdicts(*self._text, explain=True) if self._judge else ()

    @property
    def _text(self) -> tuple[str, str, str]:
        return self._ledger.article.entry.title, self._ledger.article.text, self._ledger.language or ""

    def _terms(self, verdict: "Verdict") -> "tuple[Contribution, ...]":
        if not self._ledger.judged or self._judge is None:
            return verdict.contributions
        same = (one for one in self._again if one.topic == verdict.topic)
        # Where keywords have changed since, the reasons of today are not those of then.
        return next(
            (one.contributions for one in same if abs(one.probability - verdict.probability) < 1e-6),
            verdict.contributions,
        )

    def _passage(self, topic: str) -> str:
        from monitor.classify import passage

        judge = self._judge
        if not self._ledger.judged or judge is None or topic not in {one.id for one in judge.topics}:
            return ""
        return passage(judge, topic, *self._text)
