import os
import pickle
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lfes_core.datasets.tree import MAX_FILE_BYTES, MAX_TEXT_BYTES, Tree, open_tree
from lfes_core.errors import UserError
from tests.datasets.trees import write, zipped


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    write(root / "a" / "one.txt", "\ufeffone")
    write(root / "b.txt", b"two\xff")
    write(root / ".DS_Store", b"\0")
    write(root / "a" / "._one.txt", b"\0")
    write(root / "__MACOSX" / "a" / "one.txt", b"\0")
    return root


@pytest.fixture(params=["folder", "zip"])
def tree(request: pytest.FixtureRequest, root: Path) -> Tree:
    return open_tree(root if request.param == "folder" else zipped(root))


def test_folder_and_zip_show_the_same_files_without_desktop_litter(tree: Tree) -> None:
    assert tree.names() == ("a/one.txt", "b.txt")
    assert tree.read_bytes("b.txt") == b"two\xff"
    assert tree.read_bytes("b.txt", limit=2) == b"tw"


def test_text_loses_its_byte_order_mark_and_keeps_going_at_bad_bytes(tree: Tree) -> None:
    assert tree.read_text("a/one.txt") == "one"
    assert tree.read_text("b.txt") == "two\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    "name", ["../secret.txt", "a/../../secret.txt", "/etc/passwd", "C:/x", "a\\..\\b", "", ".", "a\0b"]
)
def test_no_name_leaves_the_root(tree: Tree, name: str) -> None:
    write(tree.root.parent / "secret.txt", "secret")
    with pytest.raises(UserError, match="leads out"):
        tree.read_bytes(name)


@pytest.mark.parametrize("name", ["nobody.txt", "a"])
def test_a_file_that_is_not_there_is_named(tree: Tree, name: str) -> None:
    with pytest.raises(UserError, match=name):
        tree.read_bytes(name)


def test_only_plain_files_inside_the_folder_are_listed_and_opened(root: Path) -> None:
    secret = write(root.parent / "elsewhere" / "secret.txt", "secret")
    (root / "inner_link.txt").symlink_to(root / "b.txt")
    (root / "a" / "file_link.txt").symlink_to(secret)
    (root / "folder_link").symlink_to(secret.parent)
    (root / "loop.txt").symlink_to(root / "loop.txt")
    (root / "there.txt").symlink_to(root / "back.txt")
    (root / "back.txt").symlink_to(root / "there.txt")
    (root / "gone.txt").symlink_to(root / "nobody.txt")
    (root / "zero.jpg").symlink_to("/dev/zero")
    os.mkfifo(root / "pipe.jpg")
    (root / "pipe_link.jpg").symlink_to(root / "pipe.jpg")
    tree = open_tree(root)
    assert tree.names() == ("a/one.txt", "b.txt", "inner_link.txt")
    assert tree.read_bytes("inner_link.txt") == b"two\xff"
    left_out = dict(tree.left_out)
    assert {name: why.partition(":")[0] for name, why in left_out.items()} == {
        "a/file_link.txt": "it leads out of the dataset",
        "folder_link": "a link to a folder is not followed",
        "loop.txt": "it cannot be read",
        "there.txt": "it cannot be read",
        "back.txt": "it cannot be read",
        "gone.txt": "it cannot be read",
        "zero.jpg": "neither a file nor a folder (a pipe, a device)",
        "pipe.jpg": "neither a file nor a folder (a pipe, a device)",
        "pipe_link.jpg": "neither a file nor a folder (a pipe, a device)",
    }
    for name in [*left_out, "folder_link/secret.txt"]:
        with pytest.raises(UserError, match=name):
            tree.read_bytes(name)


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_root_that_is_a_pipe_or_a_device_is_never_opened(tmp_path: Path, kind: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="neither a file nor a folder"):
        open_tree(tmp_path / "pipe" if kind == "pipe" else "/dev/zero")


def test_a_name_that_begins_with_a_tilde_is_taken_as_it_stands(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root.parent)
    root.rename("~data")
    assert open_tree("~data").names() == ("a/one.txt", "b.txt")
    with pytest.raises(UserError, match=r"at ~nobody \(~ is a word of the shell: write the whole path\)"):
        open_tree("~nobody")


def test_the_root_itself_may_be_a_link(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)
    assert open_tree(link).names() == open_tree(root).names()


def test_zip_entries_that_point_outside_are_left_out_and_named(tmp_path: Path) -> None:
    archive = tmp_path / "bad.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("good.txt", "good")
        file.writestr("../up.txt", "bad")
        file.writestr("/root.txt", "bad")
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    tree = open_tree(archive)
    assert tree.names() == ("good.txt",)
    assert [name for name, _ in tree.left_out] == ["../up.txt", "/root.txt", "link.txt"]
    with pytest.raises(UserError):
        tree.read_bytes("link.txt")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("name", "most"), [("bomb.jpg", MAX_FILE_BYTES), ("bomb.txt", MAX_TEXT_BYTES)])
def test_a_file_too_large_for_a_dataset_of_faces_is_refused(
    tmp_path: Path, packed: bool, name: str, most: int
) -> None:
    root = tmp_path / "data"
    path = write(root / name, b"")
    with path.open("wb") as file:
        file.truncate(most + 1)
    target = root
    if packed:
        target = tmp_path / "bomb.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(path, name)
    tree = open_tree(target)
    with pytest.raises(UserError, match=f"larger than {most // 2**20} MB"):
        tree.read_bytes(name) if name.endswith("jpg") else tree.read_text(name)


def test_damage_inside_an_archive_is_an_error_that_names_the_file(root: Path) -> None:
    archive = zipped(root)
    content = archive.read_bytes()
    archive.write_bytes(content.replace(b"two\xff", b"tw0\xff", 1))
    tree = open_tree(archive)
    with pytest.raises(UserError, match=r"b\.txt"):
        tree.read_bytes("b.txt")
    assert tree.read_text("a/one.txt") == "one"


PACKED = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


@pytest.mark.parametrize("packed", PACKED, ids=["stored", "deflate", "bzip2", "lzma"])
def test_a_damaged_archive_is_refused_in_one_line_or_loses_some_files(tmp_path: Path, packed: int) -> None:
    archive = tmp_path / "data.zip"
    with zipfile.ZipFile(archive, "w", packed) as file:
        for name in ("a.txt", "b.txt"):
            file.writestr(name, bytes(range(256)) * 9)
    whole = archive.read_bytes()
    read = 0
    for place in range(0, len(whole), max(1, len(whole) // 400)):
        for value in (0x00, 0x63, 0xFF):
            archive.write_bytes(whole[:place] + bytes([value]) + whole[place + 1 :])
            try:
                tree = open_tree(archive)
                read += len([tree.read_bytes(name) for name in tree.names()])
            except UserError as error:
                assert "\n" not in str(error) and str(archive) in str(error)
    assert read


@pytest.mark.parametrize(
    ("place", "value"),
    [(b"PK\x01\x02\x14\x03", b"PK\x01\x02\x14\x03\x63\x00"), (b"~a.txt", b"\xff\xfe\xfd.tx")],
)
def test_a_foreign_archive_is_refused_in_one_line(tmp_path: Path, place: bytes, value: bytes) -> None:
    archive = tmp_path / "data.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("~a.txt", "a")
    content = bytearray(archive.read_bytes())
    start = content.rindex(place)
    content[start : start + len(value)] = value
    if place.startswith(b"~"):  # the flag that says that the name is UTF-8
        content[content.rindex(b"PK\x01\x02") + 9] |= 8
    archive.write_bytes(content)
    with pytest.raises(UserError, match="is not a zip archive that can be read"):
        open_tree(archive)


def test_a_name_that_is_twice_in_an_archive_is_noted(tmp_path: Path) -> None:
    archive = tmp_path / "data.zip"
    with zipfile.ZipFile(archive, "w") as file, pytest.warns(UserWarning, match="Duplicate"):
        for content in ("first", "second"):
            file.writestr("a.txt", content)
    tree = open_tree(archive)
    assert tree.names() == ("a.txt",) and tree.read_text("a.txt") == "second"
    assert tree.left_out == (("a.txt", "it is twice in the archive: the later one is read"),)


@pytest.mark.parametrize("content", [None, b"no archive"])
def test_a_root_that_is_neither_folder_nor_zip_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    root = tmp_path / "what"
    if content is not None:
        root.write_bytes(content)
    with pytest.raises(UserError, match="what"):
        open_tree(root)


def test_worker_processes_and_threads_read_an_archive_at_once(root: Path) -> None:
    for number in range(30):
        write(root / "many" / f"{number}.txt", str(number) * 2000)
    tree = open_tree(zipped(root))
    tree.read_bytes("b.txt")
    copy = pickle.loads(pickle.dumps(tree))
    assert copy.read_bytes("b.txt") == b"two\xff"

    def right(number: int) -> bool:
        return tree.read_text(f"many/{number}.txt") == str(number) * 2000

    child = os.fork()
    if child == 0:  # A forked reader must not move the file position of its parent, nor the other way round.
        os._exit(0 if all(right(number) for number in [*range(30)] * 5) else 1)
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(right, [*range(30)] * 5))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
