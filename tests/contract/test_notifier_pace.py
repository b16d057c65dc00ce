"""How fast messages go out to a channel."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.adapters.notifier.pace import BURST, Pace


class Clock:
    """Seconds that pass when told so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@given(
    per_second=st.sampled_from([0.5, 1.0, 4.0, 50.0]),
    pauses=st.lists(st.floats(0, 5), min_size=1, max_size=60),
)
def test_no_channel_ever_gets_more_than_its_pace(per_second: float, pauses: list[float]) -> None:
    """In any span of time: a burst, and then so many a second; whoever waits as told may send."""
    clock = Clock()
    pace = Pace(per_second, clock)
    sent: list[float] = []

    for pause in pauses:
        clock.now += pause
        if (wait := pace.wait("#a")) > 0:
            clock.now += wait + 1e-6
        assert pace.wait("#a") <= 1e-9
        pace.sent("#a")
        sent.append(clock.now)

    for first in range(len(sent)):
        for last in range(first, len(sent)):
            assert last - first + 1 <= max(BURST, per_second) + per_second * (sent[last] - sent[first]) + 1e-3


def test_one_channel_does_not_wait_for_another() -> None:
    """Each has its own pace."""
    pace = Pace(1.0, Clock())

    for _ in range(3):
        pace.sent("#a")

    assert pace.wait("#a") == 1.0
    assert pace.wait("#b") == 0.0
