"""A run stops in time, and an interrupt waits for the end of the step."""

import os
import signal

import pytest
from lightning_fabric import Fabric

from lfes_core.errors import UserError
from lfes_core.training.clock import Stop, parse_duration


@pytest.fixture(scope="module")
def fabric() -> Fabric:
    return Fabric(accelerator="cpu", devices=1)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("9m", 540), ("2h", 7200), ("1.5h", 5400), (" 3s ", 3)]
)
def test_durations_are_a_number_and_a_unit(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "9", "m", "nine minutes", "-5s", "0s", "5 m", "1d"])
def test_other_durations_are_refused_with_an_example(text):
    with pytest.raises(UserError, match="90s, 9m or 2h"):
        parse_duration(text)


def test_the_time_limit_counts_from_the_start(fabric):
    now = 100.0
    stop = Stop(fabric, "5s", clock=lambda: now)
    assert stop.reason() is None
    now = 104.9
    assert stop.reason() is None
    now = 105.0
    assert stop.reason() == "time limit"


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_the_first_interrupt_waits_and_the_second_does_not(fabric, first):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Stop(fabric, None) as stop:
        assert stop.reason() is None
        os.kill(os.getpid(), first)
        assert stop.reason() == "interrupted"
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_signals_are_left_alone_afterwards(fabric):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Stop(fabric, None):
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
