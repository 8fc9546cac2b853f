"""What all tests share, and the record of the faults that were tried: ``--faults FILE``.

A test of a fault says in a mark what is done and what must come of it; the page `book/faults` shows the marks and how
their tests ended::

    @pytest.mark.fault("Training", "kill -9 while a checkpoint is written", "the last whole one is used")

The first word is a group of `tools.book.faults.GROUPS`.
"""

import json
import signal
import sys
import zlib
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import settings

from lfes_core.files import write_text
from tests.windows import needed_of_posix
from tools.book.faults import GROUPS, Row

# A test never times: a slow machine must not turn it red.
settings.register_profile("lfes", deadline=None)
settings.load_profile("lfes")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--every-sentence`: read all sentences about one and two Action Units instead of a part of them."""
    parser.addoption("--every-sentence", action="store_true", help="read every sentence, not every 211th")
    parser.addoption("--faults", type=Path, metavar="FILE", help="write there how the tests of faults ended")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(group, done, outcome): a fault, and what must come of it")
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as in a script's background, for what tests start, too
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("--faults") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Faults(config.getoption("--faults")))


@pytest.fixture(scope="session")
def faces() -> Any:
    """The shipped `ScanFaces`, read once for all tests of a process: seconds, where types are checked."""
    from lfes_core.datasets import ScanFaces  # not before jaxtyping's hook is there

    return ScanFaces()


def pytest_runtest_setup(item: pytest.Function) -> None:
    """PyTorch's numbers are those of the test and of the run's seed, as pytest-randomly does it for the others."""
    if sys.platform == "win32" and (needed := needed_of_posix(item.path, item.originalname)):
        pytest.skip(f"Windows has no {needed}")
    torch.manual_seed(_seed(item.config) + zlib.crc32(item.nodeid.encode()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if terminalreporter.stats.keys() & {"failed", "error"}:
        terminalreporter.line(f"In this order, with these random numbers: pytest --randomly-seed={_seed(config)}")


def _seed(config: pytest.Config) -> int:
    seed = config.getoption("randomly_seed", 0)
    return seed if isinstance(seed, int) else 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    for mark in item.iter_markers("fault"):
        group, done, outcome = mark.args
        assert group in GROUPS and "|" not in done + outcome, f"{item.nodeid}: no row of the page: {mark.args}"
        report.user_properties.append(("fault", [group, done, outcome]))
    return report


class Faults:
    """Collects the reports of tests that are marked, from all processes, and writes them when the tests have ended."""

    def __init__(self, path: Path) -> None:
        self._path, self._ended = path, dict[tuple[str, str, str], dict[str, bool]]()
        path.unlink(missing_ok=True)  # of older tests; tests that are interrupted leave none

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped or (report.when != "call" and report.passed):
            return  # what needs a built book is skipped here, and tried by `make test-browser`
        for name, value in report.user_properties:
            if name == "fault":
                tests = self._ended.setdefault(tuple(value), {})
                tests[report.nodeid] = tests.get(report.nodeid, True) and report.passed

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return
        rows = [Row(*fault, tests=len(tests), passed=sum(tests.values())) for fault, tests in self._ended.items()]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        written: list[dict[str, Any]] = [vars(row) for row in rows]
        write_text(self._path, json.dumps(written, indent=1) + "\n")
