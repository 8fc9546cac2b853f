"""Whatever writes is killed before each change that it makes, or finds the disk full; then it is called again."""

import shutil
import zipfile
from collections.abc import Callable, Mapping
from operator import methodcaller
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from lfes_core.command_line import main
from lfes_core.datasets import scan_faces, unpack
from lfes_core.errors import UserError
from lfes_core.files import alone_in, folder_written_whole, write_all, write_text
from lfes_core.weights import write_tensors
from tests.faults.moments import full_disk, killed_at_each_moment
from tests.tools import painters
from tools.scan_faces import drawing

Contents = Mapping[str, bytes]


def contents(folder: Path) -> Contents:
    """The files below a folder that are not hidden."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: path.read_bytes() for name, path in names.items() if not name.startswith(".") and "/." not in name}


def hidden(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(".*") if path.name != ".lock"]


def fill(path: Path, content: bytes) -> None:
    with folder_written_whole(path) as folder:
        (folder / "a").write_bytes(content)
        (folder / "b").write_bytes(content)


def save_tensors(path: Path, content: bytes) -> None:
    write_tensors(path / "a", {"t": torch.tensor(list(content))}, {"format": "test"})


WRITERS: dict[str, Callable[[Path, bytes], object]] = {
    "a text": lambda path, content: write_text(path / "a", content.decode()),
    "a folder": lambda path, content: fill(path / "new", content),
    "two files in other folders": lambda path, content: [
        write_all({path / name / "a": methodcaller("write", content)}) for name in ("one", "two")
    ],
}


@pytest.mark.fault(
    "Files and folders",
    "kill -9 while a file or a folder is written, before each change that is made",
    "it is there whole, or what was there before; what the killed process left is removed by the next one",
)
@pytest.mark.parametrize("kind", WRITERS)
def test_what_is_written_is_there_whole_or_not_at_all(tmp_path: Path, kind: str) -> None:
    folder, whole = tmp_path / "folder", tmp_path / "whole"
    for path in (folder, whole):
        (path / "one").mkdir(parents=True)
        (path / "two").mkdir()
    WRITERS[kind](whole, b"new")
    after, left = contents(whole), 0
    for _ in killed_at_each_moment(folder, lambda: WRITERS[kind](folder, b"new")):
        assert contents(folder).items() <= after.items()
        left += len(hidden(folder))
        with alone_in(folder):
            assert hidden(folder) == []
        shutil.rmtree(folder / "new", ignore_errors=True)
        for name in contents(folder):
            (folder / name).unlink()
    assert left > 0 and contents(folder) == after


@pytest.mark.fault(
    "Files and folders",
    "a library is killed that writes to a name of its own beside the file that it was asked for",
    "the next process removes that, too",
)
def test_the_temporary_files_of_a_library_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def save_file(tensors: object, path: Path, metadata: object) -> None:
        path.with_name(".tmpAb3xY9").write_bytes(b"half")
        path.write_bytes(b"half")

    monkeypatch.setattr("lfes_core.weights.save_file", save_file)
    for _ in killed_at_each_moment(tmp_path, lambda: save_tensors(tmp_path, b"new")):
        with alone_in(tmp_path):
            assert hidden(tmp_path) == []


def test_what_another_process_writes_further_down_is_left_alone(tmp_path: Path) -> None:
    below = tmp_path / "runs" / "first"
    theirs = [below / ".1.2.unfinished", tmp_path / "x.1.2.unfinished", tmp_path / ".unfinished"]
    for path in (*theirs, tmp_path / "runs" / ".1.3.unfinished"):
        path.mkdir(parents=True)
    with alone_in(below):
        theirs[0].mkdir()
        with alone_in(tmp_path):
            assert all(path.exists() for path in theirs)
            assert not (tmp_path / "runs" / ".1.3.unfinished").exists()


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Contents:
    """A very small archive in the place of the shipped one."""
    names = ("Images/SN001/000.jpg", "Labels/SN001/AU1.txt", "README.txt")
    files = {name: name.encode() for name in names}
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as out:
        for name, content in files.items():
            out.writestr(name, content)
    monkeypatch.setattr(scan_faces, "ARCHIVE", tmp_path / "faces.zip")
    return files


@pytest.mark.fault(
    "Files and folders",
    "kill -9 while the faces are unpacked, before each change that is made",
    "without all pictures there are no labels, and so no data set; the same command then unpacks all",
)
def test_an_unpacking_that_was_killed_is_done_again(tmp_path: Path, archive: Contents) -> None:
    folder = tmp_path / "new"
    for _ in killed_at_each_moment(folder, lambda: unpack(folder)):
        if "Labels/SN001/AU1.txt" in contents(folder):
            assert contents(folder) == archive
            with pytest.raises(UserError, match="name a new one"):
                unpack(folder)
        else:
            unpack(folder)
            assert hidden(folder) == []
        assert contents(folder) == archive
        shutil.rmtree(folder)
    assert contents(folder) == archive and list(folder.rglob(".*")) == []


@pytest.mark.parametrize("mine", ["Images/me.jpg", "Labels/me.txt", "me.txt"])
@pytest.mark.parametrize("begun", [False, True])
def test_what_somebody_put_into_a_folder_is_never_unpacked_over(
    tmp_path: Path, archive: Contents, mine: str, begun: bool
) -> None:
    if begun and mine.startswith("Images"):
        return  # an unpacking that was killed has made this folder
    (tmp_path / "new" / mine).parent.mkdir(parents=True)
    (tmp_path / "new" / mine).write_text("mine")
    if begun:
        (tmp_path / "new" / ".unpacking").mkdir()
    with pytest.raises(UserError, match="name a new one"):
        unpack(tmp_path / "new")
    assert contents(tmp_path / "new") == {mine: b"mine"}


@pytest.mark.fault(
    "Files and folders",
    "two processes unpack the faces into one folder at once",
    "the second is refused in one line; the first ends as if it were alone",
)
def test_of_two_unpackings_the_second_is_refused(tmp_path: Path, archive: Contents) -> None:
    def second(names: tuple[str, ...]) -> tuple[str, ...]:
        with pytest.raises(UserError, match="another process is at work there"):
            unpack(tmp_path / "new")
        return names

    unpack(tmp_path / "new", second)
    assert contents(tmp_path / "new") == archive and list((tmp_path / "new").rglob(".*")) == []


REPORT = '{\n "format": "lfes report 2"}'
OLD = {"report.json": REPORT.encode(), "figures.csv": b"old", "pictures_full.png": b"old"}
NEW = {"report.json": REPORT.encode() + b"\n", "figures.csv": b"new", "pictures/full/0000.png": b"new"}


@pytest.fixture
def evaluation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], int]:
    """The command, which finds that the report is `NEW`."""
    report = SimpleNamespace(files=lambda: NEW)
    monkeypatch.setattr("lfes_core.evaluation.evaluate.evaluate", lambda *_, **__: report)
    monkeypatch.setattr("lfes_core.datasets.open_dataset", lambda data: None)
    monkeypatch.setattr("lfes_core.synthesis.Synthesizer.load", lambda name: None)
    features = SimpleNamespace(load=lambda: SimpleNamespace(images=None))
    monkeypatch.setattr("lfes_core.encoders.LanguageVisualSemanticNetwork", features)
    return lambda out: main(["evaluate", "tiny", "--json", "--out", str(out)])


def write(folder: Path, files: Contents) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.mark.fault(
    "Files and folders",
    "kill -9 while a report is written or takes the place of an earlier one, before each change that is made",
    "there is the old report, the new one or none, never a mixture; the same command then writes it",
)
@pytest.mark.parametrize("before", [{}, OLD], ids=["new", "replaced"])
def test_a_report_is_never_half(tmp_path: Path, evaluation: Callable[[Path], int], before: Contents) -> None:
    out, states = tmp_path / "report", set()
    write(out, before)
    for _ in killed_at_each_moment(out, lambda: evaluation(out)):
        found = contents(out)
        states.add("none" if "report.json" not in found else "old" if found == before else "new")
        assert "report.json" not in found or found in (before, NEW)
        assert evaluation(out) == 0
        assert contents(out) == NEW and hidden(out) == []
        shutil.rmtree(out)
        write(out, before)
    assert contents(out) == NEW and states == {"none", "new"} | ({"old"} if before else set())


@pytest.mark.fault(
    "Files and folders",
    "the disk is full while a report is written, from each moment on",
    "one line says so; an earlier report stays, or the same command writes it later",
)
def test_a_full_disk_leaves_the_earlier_report(
    tmp_path: Path, evaluation: Callable[[Path], int], capsys: pytest.CaptureFixture[str]
) -> None:
    out, kept = tmp_path / "report", 0
    for moment in range(1, 100):
        shutil.rmtree(out, ignore_errors=True)
        write(out, OLD)
        capsys.readouterr()
        with full_disk(out, moment):
            code = evaluation(out)
        if not code:
            break
        said = capsys.readouterr().err
        assert code == 2 and "No space left" in said and said.count("\n") == 1
        assert hidden(out) in ([], [out / ".changing"])
        kept += contents(out) == OLD
        assert "report.json" not in contents(out) or contents(out) in (OLD, NEW)
        assert evaluation(out) == 0 and contents(out) == NEW
    assert kept > 5


PEOPLE = tuple(painters.person(number) for number in (1, 2))


def draw(archive: Path) -> None:
    drawing.write_archive(archive, painters.paint, PEOPLE, 1, {"seed": 1}, [("README.txt", b"about")])


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The folder of a drawing in which everybody is finished."""
    folder = tmp_path / "a.zip.parts"
    folder.mkdir()
    write_text(folder / "settings.json", '{"seed": 1}')
    for person in PEOPLE:
        drawing.write_zip(folder / f"{person.name}.zip", painters.paint(person))
    return folder


RENDERING = pytest.mark.fault(
    "Files and folders",
    "kill -9 while people are rendered into an archive, before each change that is made",
    "who is finished is kept whole, the archive appears when all are in it, and the same command goes on",
)


@RENDERING
def test_an_archive_appears_whole_and_what_was_kept_goes(tmp_path: Path, kept: Path) -> None:
    place, template = tmp_path / "place", tmp_path / "template"
    kept.rename(template)
    place.mkdir()
    shutil.copytree(template, place / "a.zip.parts")
    draw(place / "a.zip")
    whole, last = (place / "a.zip").read_bytes(), 0
    for path in (place / "a.zip", place / "a.zip.parts"):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    shutil.copytree(template, place / "a.zip.parts")
    for moment in killed_at_each_moment(place, lambda: draw(place / "a.zip")):
        last = moment
        archive = place / "a.zip"
        if archive.exists():
            assert archive.read_bytes() == whole
            there = {path.name for path in (place / "a.zip.parts").glob("*")}
            assert "settings.json" in there or not any(name.startswith("SN") for name in there)
        else:
            draw(archive)
        assert archive.read_bytes() == whole
        shutil.rmtree(place)
        shutil.copytree(template, place / "a.zip.parts")
    assert last > 8 and [path.name for path in place.iterdir()] == ["a.zip"]


@RENDERING
def test_a_person_who_is_half_drawn_is_not_kept(tmp_path: Path, kept: Path) -> None:
    part = kept / f"{PEOPLE[1].name}.zip"
    whole = part.read_bytes()
    part.unlink()
    for _ in killed_at_each_moment(kept, lambda: drawing.write_zip(part, painters.paint(PEOPLE[1]))):
        assert not part.exists() or part.read_bytes() == whole
        part.unlink(missing_ok=True)
    assert part.read_bytes() == whole


@pytest.mark.fault(
    "Files and folders",
    "people are rendered with other settings beside what a killed process left of an archive",
    "nobody of before is mixed in; where nobody is left, the new settings hold",
)
def test_what_is_left_of_a_finished_archive_does_not_hold_up_the_next_one(tmp_path: Path, kept: Path) -> None:
    with pytest.raises(UserError, match=r"other settings \(seed\)"):
        drawing._compare(kept / "settings.json", {"seed": 2})
    for part in kept.glob("SN*"):
        part.unlink()
    drawing._compare(kept / "settings.json", {"seed": 2})
    assert '"seed": 2' in (kept / "settings.json").read_text()
