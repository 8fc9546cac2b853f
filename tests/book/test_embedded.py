"""Modules become one text that a JavaScript engine runs, and parts stand alone in a page."""

import re

import pytest

from tests.book.modules import data_inside, module_of_the_book, stands_alone

quickjs = pytest.importorskip("quickjs", reason="there is no QuickJS for this system")

FILES = {
    "one.js": 'import { twice as double } from "./two.js";\nconst own = 3;\nexport const six = double(own);\n',
    "two.js": '// A comment.\nimport { own } from "./three.js";\nexport function twice(x) { return own * x; }\n',
    "three.js": "export const own = 2;\nexport class Unused {}\n",
    "later.js": 'export const f = async () => { const { own } = await import("./three.js"); return own; };\n',
    "strange.js": 'import * as all from "./three.js";\n',
}


@pytest.fixture
def embedded(tmp_path, monkeypatch):
    module = module_of_the_book("embedded")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.setattr(module, "MODULES", tmp_path)
    module.bundled.cache_clear()
    yield module
    module.bundled.cache_clear()


def test_names_of_two_modules_do_not_meet(embedded):
    text = embedded.bundled("one.js")
    assert quickjs.Context().eval(text.replace("export const six", "var six") + "six") == 6
    assert "comment" not in text and text.count("export") == 1


def test_a_module_that_is_loaded_later_is_inside_too(embedded):
    text = embedded.bundled("later.js")
    assert "import(" not in text and "const own = 2" in text


def test_an_import_that_is_not_understood_is_named(embedded):
    with pytest.raises(ValueError, match=r"import \* as all"):
        embedded.bundled("strange.js")


def test_a_part_carries_all_that_it_needs_and_its_data_cannot_end_a_script():
    module = module_of_the_book("embedded")
    page = module.part("movements", "A viewer", {"words": "</script> & é"}, "<p>Nothing.</p>", "a viewer").page
    assert stands_alone(page) and data_inside(page) == {"words": "</script> & é"}
    assert page.count("</script>") == 2 and 'aria-label="A viewer"' in page


@pytest.mark.parametrize("name", ["explorer.js", "movements.js", "replay.js", "sentence_builder.js"])
def test_every_part_is_one_module_without_imports(name):
    text = module_of_the_book("embedded").bundled(name)
    assert not re.search(r"^import\b|\bimport\(\"", text, re.MULTILINE) and "</script" not in text
