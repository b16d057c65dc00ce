"""Nearest labelled examples: what the model had seen that is most like an article."""

from monitor.adapters.model_files import ModelFiles
from monitor.config import shipped
from monitor.feedback.design import Example
from monitor.feedback.nearest import nearest

MODEL = ModelFiles(shipped("models")).load()
EXAMPLES = [
    Example(title="Ghana legalises medical cannabis", text="Parliament passed the bill.", labels={"drug_policy": True}),
    Example(title="Frigates for the Greek navy", text="France sells two ships.", labels={"drug_policy": False}),
    Example(title="Bäckerei", text="", labels={}),
]


def test_the_closest_comes_first_and_strangers_stay_out() -> None:
    """An example without a weighted word in common is no neighbour."""
    found = nearest(MODEL, EXAMPLES, ("Malawi's parliament debates cannabis bill", "", "en"))

    assert [one.example.title for one in found][:1] == ["Ghana legalises medical cannabis"]
    assert all(0 < one.similarity <= 1 for one in found)
    assert "Bäckerei" not in {one.example.title for one in found}


def test_an_article_is_its_own_nearest_neighbour() -> None:
    """The similarity of the same words is one."""
    twin = EXAMPLES[1]

    assert nearest(MODEL, EXAMPLES, twin.article, count=1)[0] == (twin, 1.0)
