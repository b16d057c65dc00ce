"""Takes what people write for times, sizes and thresholds, and expects the values or a refusal that helps."""

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.quantities import (
    duration,
    duration_text,
    shown,
    size,
    size_text,
    threshold,
    time_of_day,
    weekly,
    weekly_text,
)
from monitor.types import ThresholdRule, Weekly


@given(st.integers(min_value=0, max_value=3650 * 86_400))
def test_a_duration_survives_being_written_and_read(seconds: int) -> None:
    """Whatever number of seconds is written in the largest whole unit is read back as the same."""
    span = timedelta(seconds=seconds)

    assert duration(duration_text(span)) == span


@given(
    st.integers(min_value=1_000, max_value=1_000_000_000) | st.sampled_from([1_000, 10_000_000, 1_000_000_000]),
    st.none() | st.builds(Weekly, day=st.integers(0, 6), at=st.builds(time, st.integers(0, 23), st.integers(0, 59))),
)
def test_a_size_and_a_time_of_the_week_survive_being_written_and_read(count: int, at: Weekly | None) -> None:
    """Large round sizes stand in the largest unit."""
    assert size(size_text(count)) == count
    assert weekly(weekly_text(at)) == at
    assert (size_text(10_000_000), size_text(10_000_001), size_text(1_500)) == ("10MB", "10000001", "1500")


@given(st.text() | st.integers() | st.floats() | st.none() | st.booleans())
def test_anything_else_is_refused_in_words(value: object) -> None:
    """A value is read or refused with a ValueError of ours, never with anything else."""
    for read in (duration, size, time_of_day, threshold):
        refusals = []
        try:
            read(value)
        except ValueError as error:
            refusals.append(str(error))

        assert all(refusal.startswith("must ") for refusal in refusals)


@pytest.mark.parametrize(
    ("written", "seconds"), [("90s", 90), ("60m", 3600), ("24h", 86_400), ("30d", 2_592_000), (" 5 M ", 300), ("0s", 0)]
)
def test_a_duration_has_a_number_and_a_unit(written: str, seconds: int) -> None:
    """Seconds, minutes, hours and days are known; blanks and case do not matter."""
    assert duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written", ["60", "1h30m", "-5m", "1.5h", "5 weeks", "", "60m\n5", 60, 1.5, None, True, "99999999d", "٣m"]
)
def test_a_bad_duration_is_refused(written: object) -> None:
    """A number without a unit, a mixture or a negative span is not guessed at."""
    with pytest.raises(ValueError, match="must be"):
        duration(written)


@pytest.mark.parametrize(
    ("written", "count"), [("10MB", 10_000_000), ("500 kb", 500_000), ("1g", 1_000_000_000), (4096, 4096)]
)
def test_a_size_has_a_unit_or_is_bytes(written: object, count: int) -> None:
    """KB, MB and GB are powers of a thousand; a bare number is bytes."""
    assert size(written) == count


@pytest.mark.parametrize("written", ["2GB", 10, "0MB", "ten", True, 1.5, None, "1MiB"])
def test_a_bad_size_is_refused(written: object) -> None:
    """What is too small to hold a feed or too large to be meant is refused."""
    with pytest.raises(ValueError, match="1KB to 1GB"):
        size(written)


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("auto", ThresholdRule()),
        (0.6, ThresholdRule(kind="number", value=0.6)),
        (1, ThresholdRule(kind="number", value=1.0)),
        ({"precision": 0.8}, ThresholdRule(kind="precision", value=0.8)),
        ({"per_day": 10}, ThresholdRule(kind="per_day", value=10.0)),
    ],
)
def test_a_threshold_is_a_number_or_a_wish(written: object, rule: ThresholdRule) -> None:
    """A number, `auto`, a wanted precision and a wanted number a day are known."""
    assert threshold(written) == rule


@pytest.mark.parametrize(
    "written",
    [
        1.1,
        -0.1,
        True,
        "0.5",
        "Auto!",
        [],
        {},
        {"recall": 0.5},
        {"precision": 0},
        {"precision": 2},
        {"per_day": "ten"},
        float("nan"),
        {"precision": 0.8, "per_day": 3},
    ],
)
def test_a_bad_threshold_is_refused(written: object) -> None:
    """Whatever cannot be meant is refused, also a number in quotes."""
    with pytest.raises(ValueError, match="must"):
        threshold(written)


def test_a_time_of_day_is_hours_and_minutes() -> None:
    """One digit will do for the hour; 24:00 is no time of day."""
    assert (time_of_day("7:05"), time_of_day("22:00")) == (time(7, 5), time(22))
    with pytest.raises(ValueError, match="22:00"):
        time_of_day("24:00")


@given(st.text() | st.integers() | st.floats())
def test_what_is_shown_fits_into_a_line(value: object) -> None:
    """No value, however long or odd, breaks a message into two lines or holds a control character."""
    picture = shown(value)

    assert picture.isprintable()
    assert len(picture) < 800
