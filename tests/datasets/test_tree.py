import os
import pickle
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lfes_core.datasets.tree import MAX_FILE_BYTES, Tree, open_tree
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


def test_links_that_leave_the_folder_are_not_listed_and_not_read(root: Path) -> None:
    secret = write(root.parent / "elsewhere" / "secret.txt", "secret")
    (root / "file_link.txt").symlink_to(secret)
    (root / "folder_link").symlink_to(secret.parent)
    (root / "inner_link.txt").symlink_to(root / "b.txt")
    tree = open_tree(root)
    assert tree.names() == ("a/one.txt", "b.txt", "inner_link.txt")
    assert [name for name, _ in tree.left_out] == ["file_link.txt", "folder_link"]
    assert tree.read_bytes("inner_link.txt") == b"two\xff"
    for name in ("file_link.txt", "folder_link/secret.txt"):
        with pytest.raises(UserError, match="link"):
            tree.read_bytes(name)


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
def test_a_file_too_large_for_a_dataset_of_faces_is_refused(tmp_path: Path, packed: bool) -> None:
    root = tmp_path / "data"
    path = write(root / "bomb.jpg", b"")
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    target = root
    if packed:
        target = tmp_path / "bomb.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(path, "bomb.jpg")
    with pytest.raises(UserError, match="larger than 64 MB"):
        open_tree(target).read_bytes("bomb.jpg")


def test_damage_inside_an_archive_is_an_error_that_names_the_file(root: Path) -> None:
    archive = zipped(root)
    content = archive.read_bytes()
    archive.write_bytes(content.replace(b"two\xff", b"tw0\xff", 1))
    tree = open_tree(archive)
    with pytest.raises(UserError, match=r"b\.txt"):
        tree.read_bytes("b.txt")
    assert tree.read_text("a/one.txt") == "one"


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
