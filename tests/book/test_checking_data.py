"""The page about check-data has every message that the code can give, and no other."""

import ast
import inspect
import re

import pytest

from lfes_core import images
from lfes_core.datasets import CKPlus, DISFAPlus, check_dataset, ck_plus, disfa_plus, frames, labels, tree
from tests.datasets import trees
from tests.datasets.trees import write
from tools.book.pages import ROOT

PAGE = (ROOT / "book/checking_data.md").read_text("utf-8")
TABLE = PAGE.partition("<!-- messages: begin -->")[2].partition("<!-- messages: end -->")[0]
NOTED = {"skip": 1, "note": 0, "Unreadable": 0}  # call -> which argument says what is wrong
ANSWERS = {"misfit", "outside", "_why_not", "_listed"}  # functions that return or yield it
BESIDE = {re.escape(tree._TOO_LONG)}  # said of whatever is listed


def messages_of_the_page():
    return re.findall(r"^\| `(.+?)` \|", TABLE, flags=re.MULTILINE)


def pattern(node, module, function):
    """What a literal, or a name that stands for one, can be once its places are filled in; None for anything else."""
    if isinstance(node, ast.Name):
        if isinstance(value := getattr(module, node.id, None), str):
            return pattern(ast.Constant(value), module, function)
        assigned = (it for it in ast.walk(function) if isinstance(it, ast.Assign))
        named = [it.value for it in assigned if getattr(it.targets[0], "id", None) == node.id]
        return pattern(named[0], module, function) if len(named) == 1 else None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return ".+".join(map(re.escape, re.split(r"\{\}", node.value)))
    if isinstance(node, ast.JoinedStr):
        parts = (pattern(it, module, function) if isinstance(it, ast.Constant) else ".+" for it in node.values)
        return "".join(parts)
    return None


def alternatives(node):
    """Both sides of ``a if b else c``, or the node itself."""
    return [*alternatives(node.body), *alternatives(node.orelse)] if isinstance(node, ast.IfExp) else [node]


def messages_of_the_code():
    found = set(BESIDE)
    for module in (frames, disfa_plus, ck_plus, labels, tree, images):
        for function in ast.walk(ast.parse(inspect.getsource(module))):
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                said = []
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    said = node.args[NOTED[name] :][:1] if name in NOTED else []
                elif isinstance(node, ast.Return | ast.Yield) and function.name in ANSWERS and node.value:
                    said = node.value.elts[1:] if isinstance(node.value, ast.Tuple) else [node.value]
                found |= {pattern(it, module, function) for one in said for it in alternatives(one)} - {None}
    return found


@pytest.fixture(scope="module")
def in_the_code():
    return {re.compile(one) for one in messages_of_the_code() if len(one) > 10}


def test_every_message_of_the_code_stands_on_the_page(in_the_code):
    page = messages_of_the_page()
    assert len(in_the_code) > 40
    assert [one.pattern for one in in_the_code if not any(map(one.fullmatch, page))] == []


def test_every_message_on_the_page_stands_in_the_code(in_the_code):
    page = messages_of_the_page()
    assert len(page) == len(set(page))
    assert [said for said in page if not any(one.fullmatch(said) for one in in_the_code)] == []


def test_what_a_damaged_tree_is_told_stands_on_the_page(tmp_path):
    ck, disfa = trees.ck_plus(tmp_path / "ck"), trees.disfa_plus(tmp_path / "disfa")
    (ck / "Landmarks/S026/001/S026_001_00000001_landmarks.txt").unlink()
    write(ck / "FACS/S005/001/S005_001_00000003_facs.txt", "   1.0e+00   thr")
    write(ck / "cohn-kanade-images/S005/002/S005_002_00000001.png", b"")
    write(disfa / "Labels/SN001/A1_AU1_TrailNo_1/AU4.txt", "a\nb\n000.jpg 7\n001.jpg 0\n001.jp")
    (disfa / "Labels/SN003/A1_AU1_TrailNo_1/AU15.txt").unlink()
    write(disfa / "Images/SN003/A1_AU1_TrailNo_1/004.bmp", b"BM")
    told = [entry.reason for dataset in (CKPlus(ck), DISFAPlus(disfa)) for entry in check_dataset(dataset).skipped]
    page = {said.replace("..", "N").replace("N", "*") for said in messages_of_the_page()}
    assert len(told) >= 7
    for reason in told:
        assert any(reason.replace("..", "*").replace("N", "*").startswith(said) for said in page), reason
