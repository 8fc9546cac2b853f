"""Decoded pictures are kept only where there is room for them, for every process of the machine."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from lfes_core.training import memory
from lfes_core.training.memory import available_memory, cache_that_fits, installed_memory, peak_memory


@pytest.mark.parametrize(
    ("gigabytes", "pictures", "processes", "kept"),
    [
        (16, 20_000, 1, "all"),
        (15, 20_000, 1, "neutrals"),
        (16, 20_000, 2, "neutrals"),
        (2, 2_000, 1, "all"),
        (1, 2_000, 1, "neutrals"),
    ],
)
def test_pictures_are_kept_if_a_quarter_of_the_free_memory_holds_them(
    monkeypatch, gigabytes, pictures, processes, kept
):
    monkeypatch.setattr(memory, "available_memory", lambda: gigabytes * 10**9)
    assert cache_that_fits(pictures, processes) == kept


def test_where_nobody_tells_the_free_memory_only_neutrals_are_kept(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: None)
    assert cache_that_fits(1, 1) == "neutrals"


@pytest.mark.parametrize(("limit", "left"), [("max", None), ("3000000", 1_000_000)])
def test_a_containers_limit_counts(monkeypatch, tmp_path, limit, left):
    (tmp_path / "max").write_text(f"{limit}\n")
    (tmp_path / "current").write_text("2000000\n")
    monkeypatch.setattr(memory, "_CONTAINER", (tmp_path / "absent", tmp_path / "absent"))
    without = available_memory()
    monkeypatch.setattr(memory, "_CONTAINER", (tmp_path / "max", tmp_path / "current"))
    found = available_memory()
    assert without is not None and found is not None
    assert found == left if left else found > 10_000_000


FREED = """
import resource, sys, torch
from lfes_core.training.memory import keep_freed_memory
if sys.argv[1] == "keep" and not keep_freed_memory():
    print("not glibc"), sys.exit()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    torch.ones(10_000_000)
before = faults()
for _ in range(5):
    torch.ones(10_000_000)
print(faults() - before)
"""


def test_memory_that_was_freed_is_taken_again_without_asking_the_system():
    command = [sys.executable, "-c", FREED]
    usual, kept = (
        subprocess.run([*command, how], capture_output=True, text=True, check=True).stdout.strip()
        for how in ("usual", "keep")
    )
    assert kept == "not glibc" or int(kept) < 1_000 < 10_000 < int(usual)


def test_the_peak_rises_with_what_is_held_and_stays_below_the_machine():
    before = peak_memory(torch.device("cpu"))
    # As much as the highest peak so far, whatever other tests left of it: with what the process has, that is more.
    held = np.ones(before, dtype=np.uint8)
    assert peak_memory(torch.device("cpu")) > max(before, held.nbytes)
    assert peak_memory(torch.device("cpu")) < installed_memory()
