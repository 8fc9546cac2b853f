import os
import pickle
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from lfes_core.datasets.tree import MAX_FILE_BYTES, MAX_TEXT_BYTES, open_tree
from lfes_core.errors import UserError
from tests.datasets.trees import write, zipped


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "data"
    write(root / "a" / "one.txt", "\ufeffone")
    write(root / "b.txt", b"two\xff")
    for litter in (".DS_Store", "a/._one.txt", "__MACOSX/a/one.txt"):
        write(root / litter, b"\0")
    return root


@pytest.fixture(params=["folder", "zip"])
def tree(request, root):
    return open_tree(root if request.param == "folder" else zipped(root))


def test_folder_and_zip_show_the_same_files_without_desktop_litter(tree):
    assert tree.names() == ("a/one.txt", "b.txt")
    assert tree.read_bytes("b.txt") == b"two\xff"
    assert tree.read_bytes("b.txt", limit=2) == b"tw"
    assert tree.read_text("a/one.txt") == "one" and tree.read_text("b.txt") == "two\N{REPLACEMENT CHARACTER}"


@pytest.mark.fault(
    "Data sets",
    "links out of a data set, to themselves and to devices; pipes",
    "named, never opened; nothing waits",
)
def test_only_plain_files_inside_the_folder_are_listed_and_opened(root):
    secret = write(root.parent / "elsewhere" / "secret.txt", "secret")
    links = {"inner_link.txt": "b.txt", "loop.txt": "loop.txt", "there.txt": "back.txt", "back.txt": "there.txt"}
    links |= {"gone.txt": "nobody.txt", "pipe_link.jpg": "pipe.jpg", "zero.jpg": "/dev/zero"}
    for name, to in (links | {"a/file_link.txt": secret, "folder_link": secret.parent}).items():
        (root / name).symlink_to(root / to)
    os.mkfifo(root / "pipe.jpg")
    tree = open_tree(root)
    assert tree.names() == ("a/one.txt", "b.txt", "inner_link.txt")
    assert tree.read_bytes("inner_link.txt") == b"two\xff"
    left_out = dict(tree.left_out)
    assert {name: why.partition(":")[0] for name, why in left_out.items()} == {
        "a/file_link.txt": "it leads out of the dataset",
        "folder_link": "a link to a folder is not followed",
        **dict.fromkeys(("loop.txt", "there.txt", "back.txt", "gone.txt"), "it cannot be read"),
        **dict.fromkeys(("zero.jpg", "pipe.jpg", "pipe_link.jpg"), "neither a file nor a folder (a pipe, a device)"),
    }
    for name in [*left_out, "folder_link/secret.txt"]:
        with pytest.raises(UserError, match=name):
            tree.read_bytes(name)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("name", "most"), [("bomb.jpg", MAX_FILE_BYTES), ("bomb.txt", MAX_TEXT_BYTES)])
@pytest.mark.fault(
    "Data sets",
    "a picture of more than 64 MB, labels of more than 1 MB",
    "that file is refused, before it is read",
)
def test_a_file_too_large_for_a_dataset_of_faces_is_refused(tmp_path, packed, name, most):
    root = tmp_path / "data"
    with write(root / name, b"").open("wb") as file:
        file.truncate(most + 1)
    tree = open_tree(zipped(root) if packed else root)
    with pytest.raises(UserError, match=f"larger than {most // 2**20} MB"):
        tree.read_bytes(name) if name.endswith("jpg") else tree.read_text(name)


@pytest.mark.parametrize("packed", ["STORED", "DEFLATED"])
@pytest.mark.fault("Data sets", "a zip archive with damaged bytes", "one line says so, or the damaged files are named")
def test_a_damaged_archive_is_refused_in_one_line_or_loses_some_files(tmp_path, packed):
    archive = tmp_path / "data.zip"
    with zipfile.ZipFile(archive, "w", getattr(zipfile, f"ZIP_{packed}")) as file:
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


@pytest.mark.fault("Data sets", "several processes and threads read one archive at once", "each gets its own bytes")
def test_worker_processes_and_threads_read_an_archive_at_once(root):
    for number in range(30):
        write(root / "many" / f"{number}.txt", str(number) * 2000)
    tree = open_tree(zipped(root))
    tree.read_bytes("b.txt")
    copy = pickle.loads(pickle.dumps(tree))
    assert copy.read_bytes("b.txt") == b"two\xff"

    def right(number):
        return tree.read_text(f"many/{number}.txt") == str(number) * 2000

    child = os.fork()
    if child == 0:  # A forked reader must not move the file position of its parent, nor the other way round.
        os._exit(0 if all(right(number) for number in [*range(30)] * 5) else 1)
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(right, [*range(30)] * 5))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("name", ["../secret.txt", "a/../b.txt", "/etc/passwd", "", ".", "none.txt", "a"])
@pytest.mark.fault("Privacy and security", "names that lead out of a data set", "nothing outside is read")
def test_no_name_leaves_the_root_and_one_that_is_not_there_is_named(tree, name):
    write(tree.root.parent / "secret.txt", "secret")
    with pytest.raises(UserError, match=f"there is no file '{name}'"):
        tree.read_bytes(name)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.fault(
    "Privacy and security",
    "an archive with .., absolute names, drives or links in it",
    "no such name is opened, each is named; the faces are not unpacked from such an archive",
)
def test_zip_entries_that_point_outside_or_are_there_twice_are_named(tmp_path):
    archive = tmp_path / "bad.zip"
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("good.txt", "../up.txt", "/root.txt", link, "good.txt"):
            file.writestr(name, str(len(file.namelist())))
    tree = open_tree(archive)
    assert tree.names() == ("good.txt",) and tree.read_text("good.txt") == "4"
    outside = [(name, "it leads out of the dataset") for name in ("../up.txt", "/root.txt", "link.txt")]
    twice = ("good.txt", "it is twice in the archive: the later one is read")
    assert sorted(tree.left_out) == sorted([*outside, twice])
    with pytest.raises(UserError):
        tree.read_bytes("link.txt")


@pytest.mark.fault(
    "Data sets",
    "a data set that is a pipe, a device, no archive, or not there",
    "one line says what to give",
)
def test_a_root_is_a_folder_or_an_archive_or_a_link_to_one(root, monkeypatch):
    monkeypatch.chdir(root.parent)
    (root.parent / "link").symlink_to(root)
    os.mkfifo("pipe")
    write(root.parent / "text", b"no archive")
    for name, why in (
        *((name, "neither a file nor a folder") for name in ("pipe", "/dev/zero")),
        ("text", "text is not a zip archive that can be read"),
        ("nobody", "there is no folder or zip archive at nobody"),
        ("~nobody", "there is no folder or zip archive at ~nobody"),
    ):
        with pytest.raises(UserError, match=why):
            open_tree(name)
    assert open_tree("link").names() == ("a/one.txt", "b.txt")
    root.rename("~data")
    assert open_tree("~data").names() == ("a/one.txt", "b.txt")


@pytest.mark.fault(
    "Data sets",
    "any bit of an archive is another one",
    "each file is as it was, or refused by its name; none is read with other bytes",
)
@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_no_changed_bit_of_an_archive_changes_what_is_read(tmp_path, packing):
    archive, files = tmp_path / "a.zip", {"a/one.jpg": bytes(range(256)) * 2, "a/two.txt": b"# two\n" * 40, "b": b""}
    with zipfile.ZipFile(archive, "w", packing) as file:
        for name, content in files.items():
            file.writestr(name, content)
    whole, told = archive.read_bytes(), 0
    for bit in range(0, 8 * len(whole), 7):
        content = bytearray(whole)
        content[bit // 8] ^= 1 << bit % 8
        archive.write_bytes(content)
        for name, expected in files.items():
            try:
                assert open_tree(archive).read_bytes(name) == expected, f"bit {bit}"
            except UserError as error:
                assert "\n" not in str(error)
                told += 1
    assert told > 8 * sum(map(len, files.values())) // 7 * (0.9 if packing == zipfile.ZIP_STORED else 0.1)
