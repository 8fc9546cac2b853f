"""Any words after the program's name, any value of any setting: done, or one line that says what is wrong."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lfes_core.command_line import main
from lfes_core.command_line.train import setting
from lfes_core.config import Config, preset
from lfes_core.encoders import LanguageVisualSemanticNetwork
from lfes_core.errors import UserError
from lfes_core.networks.discriminators import Discriminators
from lfes_core.sentences import ActionUnitVocabulary, Vocabulary
from lfes_core.synthesis import Synthesizer
from lfes_core.weights import without_numbers

COMMANDS = "synthesize describe parse train evaluate weights faces check-data course grade".split()
OPTIONS = """--aus --subject --emotion --protocol --seed --json --and -o --out --crop --strip --face --points --part
 --attention --weights --preset --data --resume --matching-from --start-from --time-limit --steps --set --devices
 --precision --workers --quick --keep-pictures --dataset --book --jobs --memory --exercises --debu --""".split()
VALUES = """a.png out new tiny ckplus:. disfaplus:out scanfaces scanfaces:a.png ckplus student teacher samples paper
 0 -1 1 nan 1e400 3m 12 12:5 1:9 woman happiness losses.kl=0 losses.kl=NaN seed=[] =1 . .. ~ ~x /dev/null""".split()
LONG = st.builds(lambda text, times: text * times, st.text(min_size=1, max_size=8), st.integers(1, 2_000))
WORDS = st.one_of(*map(st.sampled_from, (COMMANDS, OPTIONS, VALUES)), st.just("a woman smiles"), LONG)


@pytest.fixture(scope="module")
def nothing_heavy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder without anything, in which no command that was understood does what takes minutes."""

    def stop(*_: object, **__: object) -> None:
        raise UserError("stopped here")

    before = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("here"))
    with pytest.MonkeyPatch.context() as patch:
        for heavy in ("training.train", "evaluation.evaluate.evaluate", "datasets.unpack", "datasets.check_dataset"):
            patch.setattr(f"lfes_core.{heavy}", stop)
        for heavy in ("editions.write_edition", "grade.grade"):
            patch.setattr(f"lfes_core.course.{heavy}", stop)
        yield
    os.chdir(before)


@pytest.mark.fault("Command line", "any words as a command", "done, or one line that repeats little; no traceback")
@settings(max_examples=150)
@given(st.builds(list.__add__, st.lists(st.sampled_from(COMMANDS), max_size=1), st.lists(WORDS, max_size=6)))
@example(["train", "--out", "new", "--set", "losses.kl=" + "[" * 100_000])
@example(["train", "--out", "new", "--set", "losses.kl=" + "9" * 5_000])
@example(["describe", "--seed", "9" * 5_000])
def test_any_words_end_in_a_result_or_in_one_line(nothing_heavy, words):
    with pytest.MonkeyPatch.context() as patch:
        said = Said()
        patch.setattr("sys.stderr", said)
        status = main(words)
    lines = said.text.splitlines()
    assert status in (0, 2) and len(lines) <= max(2, len(words)) and max(map(len, lines), default=0) <= 400
    assert "Traceback" not in said.text and (status == 0 or lines[-1].startswith("error: "))
    for word in words:
        assert not any(word[at : at + 81] in said.text for at in range(len(word) - 80))


class Said:
    """A stream that keeps what it is told."""

    text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


DEEP = "[" * 100_000
ODD = ["0", "-1", "1", "2", "NaN", "Infinity", "-Infinity", "1e400", "1e-400", "1e5", "4096", "9" * 300, "9" * 5_000]
ODD += ["", "null", "true", "{}", "[]", "[[]]", "[1,1]", "[0.5,0.9]", '{"a":1}', DEEP, DEEP + "]" * 100_000]
ODD += ["[1,1,1,1,1,1]", "[1,1,1,1,1,1,512]", "[9,9,9,9,9,9,true]", "sum", "tiny", "action_units", '"\\ud800"']
KEYS = [*preset("tiny").flat(), "networks", "losses", "", "losses.kl.x", "__class__", "path"]


@pytest.mark.fault("Command line", "any value for any setting", "one line that names it, or networks that can be built")
@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(KEYS), st.one_of(st.sampled_from(ODD), LONG)), min_size=1, max_size=3))
def test_any_value_of_any_setting_is_refused_in_one_line_or_builds_networks(changes):
    try:
        config = preset("tiny").overridden(dict(setting(f"{key}={value}") for key, value in changes))
    except UserError as error:
        assert "\n" not in str(error) and len(str(error)) < 250
        return
    assert Config.from_json(config.to_json()) == config
    if any(key.startswith("networks.") for key, _ in changes):
        sentences = config.networks.language.input == "sentence"
        with without_numbers():
            Synthesizer(config, Vocabulary() if sentences else ActionUnitVocabulary())
            Discriminators(config.networks.discriminator)
            if sentences and not config.networks.visual.pretrained:
                LanguageVisualSemanticNetwork(config, Vocabulary())


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=99)
LEAVES |= st.integers(4_400, 5_000).map(lambda digits: 10**digits)  # more digits than Python writes
OBJECTS = st.recursive(LEAVES, lambda one: st.lists(one) | st.dictionaries(st.text(max_size=9), one), max_leaves=9)


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(KEYS), OBJECTS, max_size=2))
def test_any_object_in_place_of_a_setting_is_refused_in_one_line_or_taken(changes):
    for make in (preset("tiny").overridden, Config.from_json):
        try:
            assert isinstance(make(changes), Config)
        except UserError as error:
            assert "\n" not in str(error) and len(str(error)) < 250
