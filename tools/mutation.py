"""Mutation testing, ``python -m tools.mutation [MODULE ...]``: does a test fail where the code is made wrong?

One place of a module is changed at a time: a comparison, an operator, a number, a sign, a condition, an argument, a
statement that is left out. Then the module's own tests run, until the first fails; where none does, the change is
printed. Changes in `HARMLESS` do nothing that a test could see, each for its reason. The record is `MUTATION`.

Everything happens in a copy of the project. A process of it imports the tests once; each change is put into a fork of
that process, and into the copy's file for the programs that tests start. (mutmut runs pytest several times in one
process, which jaxtyping's import hook refuses; a process for each change would import PyTorch a thousand times.)
"""

import argparse
import ast
import gc
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from types import CodeType, FrameType, FunctionType

import pandas as pd
import pytest
from hypothesis import Phase, settings

from tools.book.testing import HARMLESS, MUTATION
from tools.mutants import mutants, units

ROOT = Path(__file__).resolve().parents[1]
WANTED = 0.85
"""The least share of changes that must be found out, of every module."""
COURSE = "tests/course"
DATA = [f"tests/datasets/test_{name}.py" for name in ("frames", "ck_plus", "disfa_plus", "check")]
WORDS = [
    f"tests/sentences/test_{name}.py" for name in ("vocabulary", "understanding", "reader", "left_out", "negation")
]
QUICK = ["-o", "addopts=--import-mode=importlib", "-k", "not (any_row or every_ or never_ or inside)"]
"""Options for sentences, which have no shapes to check; without the tests that read them by the thousand."""
MODULES = {
    "losses.py": ["tests/test_losses.py", "tests/test_losses_matching.py", "tests/test_objectives.py"],
    "objectives.py": ["tests/test_objectives.py"],
    "networks/word_attention.py": ["tests/networks/test_word_attention.py"],
    "networks/moving_synthesizer.py": ["tests/networks/test_moving_synthesizer.py"],
    "datasets/pairs.py": ["tests/datasets/test_pairs.py"],
    "datasets/frames.py": DATA,
    "sentences/signs.py": [*WORDS[:2], "tests/sentences/test_any_text.py"],
    "sentences/reader.py": WORDS,
    "sentences/understanding.py": WORDS[:2],
    "sentences/vocabulary.py": WORDS[:1],
    "course/check.py": [f"{COURSE}/test_check.py"],
    "course/same.py": [f"{COURSE}/test_same.py"],
    "course/sandbox.py": [f"{COURSE}/test_cells.py", f"{COURSE}/test_notebook_files.py"],
    "course/grade.py": [f"{COURSE}/test_class.py"],
}
"""Files of lfes_core, and the tests that have to find out when one is wrong: fast ones first."""


def main() -> int:
    """Try the modules that were named, or all; 1 where too many changes went unnoticed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of lfes_core: {', '.join(MODULES)}")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)  # the folder is the copy
    asked = parser.parse_args()
    if unknown := [name for name in asked.modules if name not in MODULES]:
        parser.error(f"no tests are known for {', '.join(unknown)[:80]}: say {', '.join(MODULES)}")
    if asked.here:
        return _try_module(asked.modules[0])
    failed = 0
    for name in asked.modules or MODULES:
        with tempfile.TemporaryDirectory(prefix="lfes_mutation_") as folder:
            here = Path(folder, "lfes")
            shutil.copytree(ROOT, here, ignore=shutil.ignore_patterns(".*", "_build", "__pycache__"))
            one_thread = {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": folder}
            command = [sys.executable, "-m", "tools.mutation", "--here", name]
            failed |= subprocess.run(command, cwd=here, env=os.environ | one_thread).returncode
            found = Path(here, "found.csv")
            if found.is_file():
                rows = [pd.read_csv(file) for file in (MUTATION, found) if file.is_file()]
                table = pd.concat(rows).drop_duplicates("module", keep="last").sort_values("module")
                table.to_csv(MUTATION, index=False, float_format="%.3f")
    return int(failed != 0)


def _try_module(name: str) -> int:
    trial = Trial(name)
    options = ["--quiet", "-p", "no:cacheprovider", "-p", "no:randomly", "--no-header", "--no-summary"]
    options += QUICK if name.startswith("sentences/") else []
    status = pytest.main([*options, "--basetemp", str(Path("..", "temporary")), *MODULES[name]], plugins=[trial])
    if status:
        return int(status)
    share = trial.killed / max(trial.tried, 1)
    print(
        f"{name}: {trial.killed} of {trial.tried} changes found out ({share:.1%}), {trial.harmless} more can do no harm"
    )
    row = {"module": name, "mutants": trial.tried, "killed": trial.killed, "harmless": trial.harmless, "share": share}
    pd.DataFrame([row]).to_csv("found.csv", index=False)
    return int(share < WANTED)


class Trial:
    """A plugin of pytest: in the place of one run of the tests, one run for each change of a module."""

    def __init__(self, name: str) -> None:
        self._file = Path("lfes_core", name)
        self._name = name
        rows = pd.read_csv(HARMLESS, keep_default_na=False)
        self._known = set(rows.loc[rows["module"] == name, ["before", "after"]].itertuples(index=False, name=None))
        self.tried = self.killed = self.harmless = 0
        self._seen = Path("..", "seen.jsonl")
        self._watches = False

    def _watch(self) -> None:
        self._watches = True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Where asked to, note which functions of the module a test calls, and how long it takes."""
        calls, begun, path = set[str](), time.process_time(), str(self._file.resolve())

        def note(frame: FrameType, event: str, argument: object) -> None:
            if frame.f_code.co_filename == path:
                calls.add(frame.f_code.co_qualname)

        sys.setprofile(note if self._watches else None)
        result = yield
        sys.setprofile(None)
        if self._watches:
            seen = {"test": item.nodeid, "seconds": time.process_time() - begun, "calls": sorted(calls)}
            with self._seen.open("a", encoding="utf-8") as file:
                file.write(json.dumps(seen) + "\n")
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """The same examples each time, and no search for the shortest one."""
        settings.register_profile("mutation", derandomize=True, database=None, phases=[Phase.explicit, Phase.generate])
        settings.load_profile("mutation")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try every change."""
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be imported")
        source = self._file.read_text("utf-8")
        first, _ = _forked(session.items, self._watch, 3600)
        seen = {seen["test"]: seen for seen in map(json.loads, self._seen.read_text("utf-8").splitlines())}
        tests = sorted(session.items, key=lambda item: seen[item.nodeid]["seconds"])
        again, seconds = _forked(tests, lambda: None, 3600)
        if first or again:
            raise session.Failed("the tests fail before anything is changed")
        print(f"{self._name}: {len(tests)} tests, {seconds:.1f} s")
        tree = ast.parse(source)
        for unit, owner in units(tree):
            tests.sort(key=lambda item: (owner not in seen[item.nodeid]["calls"], seen[item.nodeid]["seconds"]))
            for line, before, after in mutants(unit):
                if (before, after) in self._known:
                    self.harmless += 1
                    continue
                self._file.write_text(ast.unparse(tree), "utf-8")
                changed, _ = _forked(tests, lambda o=owner, u=unit: self._put_in(tree, u, o), 20 + 10 * seconds)
                if changed != _IMPOSSIBLE:
                    self.tried, self.killed = self.tried + 1, self.killed + bool(changed)
                if not changed:
                    print(f"  {self._name}:{line} survives\n    - {before}\n    + {after}")
        self._file.write_text(source, "utf-8")
        return True

    def _put_in(self, tree: ast.Module, unit: ast.AST, owner: str) -> None:
        """Puts a change into the running process: new code of the functions that exist, new values of the names."""
        path = str(self._file.resolve())
        if isinstance(unit, ast.FunctionDef):
            code = {found.co_qualname: found for found in _codes(compile(tree, path, "exec"))}[owner]
            for function in [each for each in gc.get_objects() if isinstance(each, FunctionType)]:
                if function.__code__.co_filename == path and function.__code__.co_qualname == owner:
                    function.__code__ = code
            return
        module = sys.modules[".".join(self._file.with_suffix("").parts)]
        names = set[str]()
        for statement in tree.body[tree.body.index(unit) :]:  # type: ignore[arg-type]
            written = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
            if statement is unit or names & {node.id for node in written}:
                if not isinstance(statement, ast.Assign | ast.AnnAssign):
                    continue
                names |= {node.id for node in written if isinstance(node.ctx, ast.Store)}
                before = dict(vars(module))
                exec(compile(ast.Module([statement], []), path, "exec"), vars(module))
                for other in [vars(each) for each in list(sys.modules.values()) if isinstance(each, type(sys))]:
                    for name in names & other.keys() & before.keys():
                        if other[name] is before[name]:
                            other[name] = vars(module)[name]


_IMPOSSIBLE = 4


def _forked(tests: list[pytest.Item], prepare: Callable[[], None], seconds: float) -> tuple[int, float]:
    """Runs tests until one fails, in a child; 0 where none does. With the seconds of a processor that it took."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        try:
            os.setpgid(0, 0)
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(int(20 * seconds) + 1)  # for one that waits for what never comes
            tests[0].config.pluginmanager.unregister(name="terminalreporter")
            silence = os.open(os.devnull, os.O_RDWR)
            for stream in range(3):
                os.dup2(silence, stream)
            try:
                prepare()
            except (
                ValueError,
                SyntaxError,
                KeyError,
            ):  # as where super() is gone, and with it what the function closes over
                os._exit(_IMPOSSIBLE)
            for item, following in zip(tests, [*tests[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if item.session.testsfailed:
                    os._exit(1)
            os._exit(0)
        finally:
            os._exit(3)
    _, status, used = os.wait4(child, 0)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what its tests have started
    shutil.rmtree(Path("..", "temporary"), ignore_errors=True)
    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime


def _codes(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _codes(inner)


if __name__ == "__main__":
    sys.exit(main())
