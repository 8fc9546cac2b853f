"""Whatever lies in a folder or an archive, the rest is read and counted, and what is left out is named."""

import io
import json
import os
import shutil
import stat
import struct
import tracemalloc
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lfes_core.command_line import main
from lfes_core.datasets import CKPlus, DISFAPlus, check_dataset, report
from lfes_core.datasets import scan_faces as scan_faces_module
from lfes_core.datasets.tree import DEEPEST, FolderTree, open_tree
from lfes_core.errors import UserError
from tests.datasets import trees
from tests.datasets.trees import label_file, picture, write, zipped

LONG = "q" * 90  # no message may repeat so much


class RecordingTree(FolderTree):
    """A folder that knows which of its files were opened."""

    def __init__(self, root):
        self.read = set()
        super().__init__(root)

    def read_bytes(self, name, *given, **named):
        self.read.add(name)
        return super().read_bytes(name, *given, **named)


class ChangedTree(FolderTree):
    """A folder in which one file seems to hold other bytes."""

    def __init__(self, root, name, content):
        super().__init__(root)
        self.name, self.content = name, content

    def read_bytes(self, name, limit=None, **options):
        return self.content[:limit] if name == self.name else super().read_bytes(name, limit, **options)


@pytest.fixture(scope="module")
def layouts(tmp_path_factory):
    ck, disfa = trees.ck_plus(tmp_path_factory.mktemp("ck")), trees.disfa_plus(tmp_path_factory.mktemp("d"))
    write(ck / "FACS/S005/gender.txt", "1")
    write(disfa / "Labels/SN001/gender.txt", "1")
    return {ck: CKPlus, disfa: DISFAPlus}


def told(root, kind="disfaplus"):
    """What ``check-data --json`` prints; None and the one line of its error where it ends with 2."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(["check-data", "--dataset", kind, str(root), "--json"])
    if status:
        error = err.getvalue()
        assert status == 2 and error.startswith("error: ") and error.count("\n") == 1 and out.getvalue() == ""
        assert LONG[:81] not in error and error[:-1].isprintable()
        return None, error
    assert err.getvalue() == ""
    return json.loads(out.getvalue()), ""


def named(found):
    """The paths of all that was left out or is worth knowing."""
    return {entry["path"] for reason in found["skipped"] for entry in reason["entries"]}


@pytest.mark.fault("Data sets", "any bytes in one file", "that file is named, the other people and pairs are read")
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_content_of_one_file_stops_the_rest(layouts, data):
    root = data.draw(st.sampled_from(sorted(layouts)), label="root")
    name = data.draw(st.sampled_from(FolderTree(root).names()), label="name")
    whole = (root / name).read_bytes()
    cut = st.integers(0, len(whole) - 1).map(lambda length: whole[:length])
    swapped = st.tuples(st.integers(0, len(whole) - 1), st.binary(min_size=1, max_size=4)).map(
        lambda change: whole[: change[0]] + change[1] + whole[change[0] + len(change[1]) :]
    )
    content = data.draw(st.one_of(cut, swapped, st.binary(max_size=60)), label="content")
    dataset = layouts[root](ChangedTree(root, name, content))
    check = check_dataset(dataset)
    assert len(dataset.subjects) == 3
    # One sequence of CK+, or the pairs of the neutral picture of one DISFA+ trial: more is never lost.
    assert check.frames.target.sum() >= (5 if root.name.startswith("ck") else 9)
    if not dataset.skipped:
        assert check.broken == 0


FOLDERS = (
    "Images Labels images cohn-kanade-images FACS Emotion Landmarks SN001 sn001 SN9 S005 A1_AU1_TrailNo_1 001 C: ~"
)
LEAVES = """000.jpg 001.JPG 9.png 004.bmp 005.webp AU1.txt AU01.TXT AU\u0661.txt AU1\u0661.txt AU0.txt AU100.txt
AU1.csv gender.txt S005_001_00000002.png S005_001_00000002_facs.txt S005_001_00000004_emotion.txt 
S005_001_1_landmarks.txt \udcfe.jpg TimeStamp.txt"""
parts = st.sampled_from([*FOLDERS.split(), "SN001 2", "\udcff", "\u0663", "a\nb", "\x1b[31m", "a\\..\\b", " ", LONG])
leaves = st.sampled_from([*LEAVES.split(), "000.jpg\n", LONG + ".txt"])
names = st.lists(parts, max_size=4).flatmap(lambda folders: leaves.map(lambda leaf: "/".join([*folders, leaf])))
TRIALS = {
    "disfaplus": ("Images/SN001/A1_AU1_TrailNo_1", "Labels/SN001/A1_AU1_TrailNo_1", "Images/\x1b[31m", "Labels"),
    "ckplus": ("cohn-kanade-images/S005/001", "FACS/S005/001", "Emotion/S005/001", "Emotion/S005/009", "FACS/\udcff"),
}
EVERYWHERE = {
    kind: [
        (f"{folder}/{leaf}", "file", b"x")
        for folder in folders
        for leaf in [*LEAVES.split(), LONG + ".txt", "a\nb.jpg"]
    ]
    for kind, folders in TRIALS.items()
}
contents = st.sampled_from([b"", b"\0\xff", b"1 2\n", b"0", label_file({"000.jpg": 1}).encode(), picture(3)])
LEFT_OUT = ("pipe", "to itself", "to a folder", "outside", "to nobody")
SLICE = {"disfaplus": (0, 2), "ckplus": (2, 5)}  # of the folders of a layout
KINDS = ("file", "file", "file", "folder", "to a file", *LEFT_OUT)


def put(root, name, kind, content):
    """Make something in a folder, if its place is free."""
    path = root / name
    for parent in path.relative_to(root).parents:
        if (root / parent).is_symlink() or (root / parent).is_file():
            return False
    if path.is_symlink() or path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    links = {"to itself": path, "to a file": root / "x", "to a folder": root}
    links |= {"outside": Path("/dev/zero"), "to nobody": Path("/no")}
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind in links:
        path.symlink_to(links[kind])
    else:
        path.write_bytes(content)
    return True


@pytest.mark.fault(
    "Data sets",
    "folders with any names: links, loops, pipes, no UTF-8, control signs, other alphabets",
    "what cannot be used is named, the rest is read; nothing waits",
)
@settings(max_examples=20)
@given(
    things=st.lists(st.tuples(names, st.sampled_from(KINDS), contents), max_size=8),
    kind=st.sampled_from(["disfaplus", "ckplus"]),
)
@example(things=EVERYWHERE["disfaplus"], kind="disfaplus")
@example(things=EVERYWHERE["ckplus"], kind="ckplus")
def test_whatever_lies_beside_a_dataset_is_named_and_costs_nobody_anything(layouts, tmp_path_factory, things, kind):
    whole = next(root for root, reader in layouts.items() if reader.__name__.lower() == kind)
    root = tmp_path_factory.mktemp("any") / "data"
    try:
        shutil.copytree(whole, root)
        write(root / "x", b"x")
        made = {name: what for name, what, content in things if put(root, name, what, content)}
        found, error = told(root, kind)
        assert found is not None, error
        people = {person for part in found["parts"].values() for person in part["subjects"]}
        assert people >= ({"SN003", "SN027"} if kind == "disfaplus" else {"S026", "S037"})
        tree = RecordingTree(root)
        dataset = layouts[whole](tree)
        lines = list(report(check_dataset(dataset)))
        assert all(line.isprintable() and LONG[:81] not in line for line in lines)
        accounted = {name.lower() for name in (*tree.read, *(entry.path for entry in dataset.skipped))}
        folders = ("images/", "labels/", "cohn-kanade-images/", "facs/", "emotion/")[slice(*SLICE[kind])]
        for name, what in made.items():
            inside = name.lower().startswith(folders) and not name.endswith("TimeStamp.txt")
            if what in LEFT_OUT or (what == "file" and inside):
                around = {name.lower(), *(folder.as_posix().lower() for folder in Path(name).parents)}
                assert around & accounted, (name, what)
    finally:
        shutil.rmtree(root.parent)


@pytest.mark.fault(
    "Data sets", "names of a thousand letters, or of signs that move a cursor", "80 letters, none of them"
)
def test_what_is_said_of_a_folder_that_is_no_dataset_is_short_and_printable(tmp_path):
    write(tmp_path / f"Images/SN001/\x1b[2J{LONG}.gif", "x")
    found, error = told(tmp_path)
    assert found is None and "first: Images/SN001/\N{REPLACEMENT CHARACTER}[2J" in error


def test_digits_of_other_scripts_are_no_action_unit(tmp_path):
    root = trees.disfa_plus(tmp_path)
    name = "Labels/SN001/Z_SupriseText_TrailNo_2/AU1\u0661.txt"
    write(root / name, label_file({"000.jpg": 1}))
    assert named(told(root)[0]) == {name}


@pytest.mark.fault("Data sets", "folders in one another, hundreds deep", "what is too deep is named, the rest is read")
def test_folders_in_one_another_are_read_to_a_depth_that_no_dataset_has(tmp_path):
    root = trees.disfa_plus(tmp_path / "data")
    deep = "/".join(["d"] * 300)
    (root / deep).mkdir(parents=True)
    found, _ = told(root)
    assert named(found) == {"/".join(["d"] * DEEPEST)}


def members(path):
    """The entries of an archive's directory: name -> offset of its record."""
    content, found = path.read_bytes(), {}
    place = content.rindex(b"PK\x05\x06")
    place = struct.unpack_from("<I", content, place + 16)[0]
    while content[place : place + 4] == b"PK\x01\x02":
        name, extra, comment = struct.unpack_from("<HHH", content, place + 28)
        found[content[place + 46 : place + 46 + name].decode("utf-8", "replace")] = place
        place += 46 + name + extra + comment
    return found


FLAGS, METHOD, CRC, SIZE = 8, 10, 16, 24  # places in a record of the directory


def changed(path, name, field, value, width="H"):
    """Write another number into the record of one member."""
    content, place = bytearray(path.read_bytes()), members(path)[name]
    struct.pack_into(f"<{width}", content, place + field, value)
    path.write_bytes(content)


@pytest.fixture(scope="module")
def archive(layouts):
    root = next(root for root, reader in layouts.items() if reader is DISFAPlus)
    return zipped(root)


@pytest.mark.fault("Data sets", "a zip archive with damaged bytes", "one line says so, or the damaged files are named")
@settings(max_examples=40)
@given(data=st.data())
def test_an_archive_of_damaged_bytes_loses_what_is_damaged_or_is_refused_in_one_line(archive, tmp_path_factory, data):
    whole = archive.read_bytes()
    change = st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255))
    changes = data.draw(st.lists(change, min_size=1, max_size=4))
    ends = data.draw(st.sampled_from([len(whole), len(whole) // 2, 10]) | st.integers(0, len(whole)))
    content = bytearray(whole)
    for place, value in changes:
        content[-place if data.draw(st.booleans()) else place] = value  # as often in the directory, at the end
    damaged = write(tmp_path_factory.mktemp("zip") / "data.zip", bytes(content[:ends]))
    found, error = told(damaged)
    assert found or error
    damaged.unlink()


PICTURE = "Images/SN001/Z_SupriseText_TrailNo_2/003.jpg"
LABELS = "Labels/SN001/Z_SupriseText_TrailNo_2/AU12.txt"


@pytest.mark.fault(
    "Data sets",
    "an archive with locked files, unknown methods, wrong checksums, wrong sizes",
    "each such file is named with the reason, the rest is read",
)
@pytest.mark.parametrize("name", [PICTURE, LABELS])
@pytest.mark.parametrize(
    ("field", "value", "width", "why"),
    [
        (FLAGS, 1, "H", "locked with a password"),
        *((METHOD, method, "H", f"packed by method {method}") for method in (9, 12, 14, 99)),
        (CRC, 12345, "I", "Bad CRC"),
        (SIZE, 2**26 + 1, "I", "larger than"),
        (SIZE, 3, "I", "Bad CRC"),
    ],
)
def test_a_member_that_cannot_be_unpacked_is_named(archive, tmp_path, name, field, value, width, why):
    damaged = Path(shutil.copy(archive, tmp_path))
    changed(damaged, name, field, value, width)
    found, _ = told(damaged)
    entries = {one["path"]: one["why"] for reason in found["skipped"] for one in reason["entries"]}
    assert why in entries[name] and found["pictures"]["broken"] <= 1
    assert sum(part["frames"] for part in found["parts"].values()) >= 17


OUTSIDE = ("../x.jpg", "a/../../x.jpg", "/etc/x.jpg", "C:\\x.jpg", "c:x.jpg", "a\\..\\..\\x.jpg", "\\\\host\\x.jpg")


@pytest.mark.fault(
    "Privacy and security",
    "an archive with .., absolute names, drives or links in it",
    "no such name is opened, each is named; the faces are not unpacked from such an archive",
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_that_point_outside_are_named_and_nothing_is_unpacked_from_such_an_archive(
    archive, tmp_path, monkeypatch
):
    bad = Path(shutil.copy(archive, tmp_path))
    link = zipfile.ZipInfo("Images/SN001/link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(bad, "a") as file:
        for name in (*OUTSIDE, link, PICTURE):
            file.writestr(name, picture(3))
    found, _ = told(bad)
    assert named(found) >= {*OUTSIDE, link.filename, PICTURE}
    assert not {*OUTSIDE, link.filename} & {*open_tree(bad).names()}
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setattr(scan_faces_module, "ARCHIVE", bad)
    with pytest.raises(UserError, match=r"is not as it was made .*install the package again"):
        scan_faces_module.unpack(tmp_path / "faces")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.fault("Data sets", "the shipped archive is gone, or a folder", "one line says so, nothing is written")
def test_the_shipped_archive_that_is_no_archive_is_told(tmp_path, monkeypatch):
    for place in (tmp_path, tmp_path / "gone.zip"):
        monkeypatch.setattr(scan_faces_module, "ARCHIVE", place)
        with pytest.raises(UserError, match="not a zip archive that can be read"):
            scan_faces_module.unpack(tmp_path / "faces")
        assert list(tmp_path.iterdir()) == []


@pytest.mark.fault(
    "Privacy and security",
    "archives that are bombs: small ones that unpack to gigabytes, by their size or in truth",
    "refused before anything is unpacked, or cut at the size that was told; memory stays flat",
)
def test_a_bomb_is_never_unpacked(archive, tmp_path):
    bomb = Path(shutil.copy(archive, tmp_path))
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as file, file.open("AU1.txt", "w") as member:
        for _ in range(150):
            member.write(bytes(2**20))
    changed(bomb, "AU1.txt", SIZE, 1000, "I")
    tree = open_tree(bomb)
    tracemalloc.start()
    try:
        with pytest.raises(UserError):
            tree.read_text("AU1.txt")
        assert tracemalloc.get_traced_memory()[1] < 10 * 2**20
    finally:
        tracemalloc.stop()
    for name in [name for name in members(bomb) if name.endswith("txt")][:20]:
        changed(bomb, name, SIZE, 60 * 2**20, "I")
    found, error = told(bomb)
    assert found is None and "is a bomb: it would unpack to 1" in error


@pytest.mark.fault("Data sets", "an archive of 100,000 files", "it is read, in time and memory of its size")
def test_an_archive_of_many_members_is_read(archive, tmp_path):
    many = Path(shutil.copy(archive, tmp_path))
    with zipfile.ZipFile(many, "a") as file:
        for number in range(100_000):
            file.writestr(f"Images/SN001/{number}/x.gif", b"")
        for depth in (1, 9000):
            file.writestr("Images/" * depth + "x", b"")  # a name that a careless pattern would search for hours
    found, _ = told(many)
    assert len(named(found)) == 100_002 and found["neutral_frames"] == 6


@pytest.mark.fault("Data sets", "a file of labels of a million digits, or blanks", "read or refused, in linear time")
def test_a_label_file_of_one_endless_line_is_refused(layouts, tmp_path):
    root = trees.disfa_plus(tmp_path / "data")
    lines = ["000.jpg " + "1" * 10**6 + "x", ".jpg" * 250_000, "000.jpg 1" + " " * 10**6 + "x", "1 " * 500_000]
    for unit, text in zip((1, 2, 4, 5), lines, strict=True):
        write(root / f"Labels/SN001/Z_SupriseText_TrailNo_2/AU{unit}.txt", text)
    found, _ = told(root)
    assert len([name for name in named(found) if "SN001" in name]) >= 4
