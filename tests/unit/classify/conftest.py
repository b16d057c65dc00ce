"""Takes nothing, gives the shipped model and topics to judge by."""

from collections.abc import Callable

import pytest

from monitor.adapters.model_files import ModelFiles
from monitor.classify import Judge, Model
from monitor.config import shipped
from monitor.types import ThresholdRule, Topic

DRUGS = Topic(
    id="drug_policy",
    name="Drug policy",
    include=("fentanyl", "drug traffick*", "harm reduction"),
    always=("world drug report",),
    never=("drug discovery",),
)
SECURITY = Topic(id="bilateral_security", name="Security", include=("joint exercise*", "2+2 ministerial"))


@pytest.fixture(scope="session")
def model() -> Model:
    """Give the shipped model."""
    return ModelFiles(shipped("models")).load()


@pytest.fixture
def judge(model: Model) -> Judge:
    """Give a judge of two small topics."""
    return Judge(model, [DRUGS, SECURITY])


@pytest.fixture
def judge_of(model: Model) -> Callable[..., Judge]:
    """Give a way to make a judge of one topic by its keywords."""

    def make(topic: str = "gardens", *, threshold: ThresholdRule | None = None, **keywords: tuple[str, ...]) -> Judge:
        return Judge(model, [Topic(id=topic, name=topic, threshold=threshold or ThresholdRule(), **keywords)])

    return make
