"""Where and how long a run computes: time limits, signals, memory."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric

from lfes_core.errors import UserError
from lfes_core.training.compute import SAME_WISH, Stop, cache_that_fits, launch, parse_duration, peak_memory


@pytest.fixture(scope="module")
def fabric() -> Fabric:
    return Fabric(accelerator="cpu", devices=1)


@pytest.mark.parametrize("accelerator", ["cuda", "mps"])
def test_what_cannot_compute_on_this_machine_is_refused_in_one_line(monkeypatch, accelerator):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(UserError, match=f"^PyTorch finds no {accelerator} on this machine; .* cpu$"):
        launch(accelerator=accelerator)
    assert launch(accelerator="cpu").device.type == "cpu"


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("9m", 540), ("2h", 7200), ("1.5h", 5400), (" 3s ", 3)])
def test_durations_are_a_number_and_a_unit(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "9", "m", "nine minutes", "-5s", "0s", "5 m", "1d", "9" * 5_000 + "s"])
def test_other_durations_are_refused_with_an_example(text):
    with pytest.raises(UserError, match="90s, 9m or 2h") as caught:
        parse_duration(text)
    assert len(str(caught.value)) < 200


def test_the_time_limit_counts_from_the_start(fabric):
    now = 100.0
    stop = Stop(fabric, "5s", clock=lambda: now)
    assert stop.reason() is None
    now = 104.9
    assert stop.reason() is None
    now = 105.0
    assert stop.reason() == "time limit"


@pytest.fixture
def interruptible():
    """Ctrl-C means something, also where the shell that started the tests in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_the_first_interrupt_waits_and_one_that_comes_later_does_not(fabric, interruptible, first):
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    now = 0.0
    with Stop(fabric, None, clock=lambda: now) as stop:
        assert stop.reason() is None
        signal.raise_signal(first)
        assert stop.reason() == "interrupted"
        now = SAME_WISH  # `timeout` and torchrun send their signal two times
        signal.raise_signal(first)
        assert stop.reason() == "interrupted"
        now = 2 * SAME_WISH
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


@pytest.mark.parametrize(
    ("pictures", "processes", "kept"),
    [(20_000, 1, "all"), (21_000, 1, "neutrals"), (20_000, 2, "neutrals"), (1_000, 16, "all")],
)
def test_pictures_are_kept_where_all_processes_together_take_little(monkeypatch, pictures, processes, kept):
    monkeypatch.setattr("lfes_core.training.compute.available_memory", lambda: 64 * 10**9)
    assert cache_that_fits(pictures, processes) == kept


FREED = """
import resource, torch
from lfes_core.training.compute import freed_memory_given_back, keep_freed_memory
def faults():
    for _ in range(5):
        torch.ones(10_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        torch.ones(10_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
def held():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
before = held()
print(faults())
with freed_memory_given_back():
    print(faults() if keep_freed_memory() else "other")
    many = [torch.ones(100_000) for _ in range(1_000)]  # 400 MB; what lies behind them keeps the heap from shrinking
    last = torch.ones(100_000)
    del many
    most = held()
print((most - before) // 1_000_000, (held() - before) // 1_000_000)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="told by Linux")
@pytest.mark.fault(
    "Loaded and small machines",
    "a training in a notebook ends, and the notebook goes on",
    "the memory that training kept for itself is given back",
)
def test_memory_that_was_freed_is_taken_again_without_asking_the_system_and_given_back_at_the_end():
    done = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, check=True)
    usual, kept, most, left = done.stdout.split(maxsplit=3)
    assert kept == "other" or (int(kept) < 1_000 < 10_000 < int(usual) and int(left) < 100 < 300 < int(most))


def test_the_peak_rises_with_what_is_held_and_stays_below_the_machine():
    before = peak_memory(torch.device("cpu"))
    # As much as the highest peak so far, whatever other tests left of it: with what the process has, that is more.
    held = np.ones(before, dtype=np.uint8)
    assert peak_memory(torch.device("cpu")) > max(before, held.nbytes)
    assert peak_memory(torch.device("cpu")) < os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
