"""Takes an archive and what is known of an article, gives the model that judged it, and the invented items most like it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from monitor.bootstrap import Archive
    from monitor.classify import Judge
    from monitor.types import Ledger

EXAMPLES = 3  # labelled items told beside a verdict


def judge_of(archive: "Archive", ledger: "Ledger") -> "Judge | None":
    """Give the judge of the model that judged the article; None where that model is gone."""
    from monitor.classify import Judge
    from monitor.errors import ModelError

    try:
        model = archive.models.load(ledger.verdicts[0].model if ledger.verdicts else None)
    except ModelError:
        return None
    return Judge(model, archive.settings.topics)


def alike(archive: "Archive", ledger: "Ledger", judge: "Judge | None") -> list[dict[str, Any]]:
    """Give the invented labelled items most like the article."""
    if not ledger.judged or judge is None:
        return []
    from monitor.cli.learning.build_shipped import SEED_LABELS, read_seed
    from monitor.config import shipped
    from monitor.feedback.nearest import nearest

    labelled = read_seed(shipped("models") / SEED_LABELS, archive.settings.topics)
    text = (ledger.article.entry.title, ledger.article.text, ledger.language or "")
    return [
        {"title": one.title or one.text[:80], "labels": dict(one.labels), "similarity": similarity}
        for one, similarity in nearest(judge.model, labelled, text, EXAMPLES)
    ]
