"""Everything that the project stands on may be passed on with it; what is not known is refused."""

from email.message import Message
from types import SimpleNamespace

import pytest

from tools.book import licenses
from tools.book.licenses import License, installed, is_accepted, license_of, served
from tools.book.pages import ROOT


def package(**about):
    """A package whose metadata say this; a list is given line by line."""
    message = Message()
    for name, value in about.items():
        for each in value if isinstance(value, list) else [value]:
            message[name.replace("_", "-")] = each
    return SimpleNamespace(name="Some_Package", version="1.0", metadata=message)


def test_every_license_here_is_known_and_accepted():
    assert licenses.refused() == []
    names = {one.package for one in installed()}
    assert {"torch", "numpy", "lightning-fabric", "sphinx", "pytest", "numba", "typing-extensions"} <= names
    assert {"onnxruntime-web", "protobufjs", "Bootstrap"} <= {one.package for one in served()}


@pytest.mark.parametrize(
    ("about", "expression"),
    [
        ({"License_Expression": "MIT", "License": "something else"}, "MIT"),
        ({"License": "BSD 3-Clause License", "Classifier": ["License :: OSI Approved :: BSD License"]}, "BSD"),
        ({"License": "Copyright (c) 2015 Some People\n\nPermission is hereby ...", "Classifier": [
            "License :: OSI Approved", "License :: OSI Approved :: MIT License", "Topic :: Games"]}, "MIT"),
        ({"License": "Apache License, Version 2.0"}, "Apache-2.0"),
        ({"Classifier": [f"License :: OSI Approved :: {name}" for name in ("MIT License", "GPL")]}, "GPL AND MIT"),
        ({}, ""),
    ],
)  # fmt: skip
def test_a_license_is_read_from_what_a_package_says_first_and_best(about, expression):
    assert license_of(package(**about)) == License("some-package", "1.0", expression)


@pytest.mark.parametrize(
    ("expression", "accepted"),
    [
        ("MIT", True),
        ("Apache-2.0 AND BSD-3-Clause", True),
        ("GPL-3.0-only OR MIT", True),
        ("Apache-2.0 WITH LLVM-exception AND MIT", True),
        ("(MIT AND Zlib) OR GPL-2.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("LGPL-3.0-or-later", False),
        ("CC-BY-4.0", False),
        ("", False),
        ("Proprietary", False),
    ],
)
def test_all_parts_have_to_be_accepted_and_one_of_what_one_may_choose(expression, accepted):
    assert is_accepted(expression) is accepted


@pytest.mark.fault(
    "Privacy and security",
    "a package that we ask for comes under a license that is not known, or forbids what ours allows",
    "a test names it, before anything is published",
)
def test_a_package_that_may_not_be_passed_on_is_named(monkeypatch, capsys):
    wrong = [License("strange", "2.0", ""), License("closed", "1.0", "Proprietary"), License("free", "1.0", "MIT")]
    monkeypatch.setattr(licenses, "installed", lambda: wrong)
    assert licenses.main() == 1
    told = capsys.readouterr().err
    assert "strange: the license ''" in told and "closed: the license 'Proprietary'" in told and "free" not in told


def test_the_page_lists_each_package_with_its_license():
    page = licenses.filled((ROOT / f"{licenses.PAGE}.md").read_text("utf-8"))
    assert licenses.PLACEHOLDER not in page
    assert page.count("\n| ") == len(installed()) + len(served()) + 2
    assert "\n| Font Awesome Free: its icons, its fonts, its code |  | CC-BY-4.0 AND OFL-1.1 AND MIT |\n" in page
