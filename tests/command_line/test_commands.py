"""The command line where all is well: what it prints and writes."""

import json

import numpy as np
from PIL import Image

from lfes_core.command_line import main

SENTENCE = "A woman with highly parted lips and a significantly dropped jaw."


def test_describe_and_parse_are_inverse(capsys):
    for protocol in ("possessive", "because", "with"):
        assert main(["describe", "--aus", "1:3,25:5", "--subject", "woman", "--protocol", protocol]) == 0
        sentence = capsys.readouterr().out.strip()
        assert main(["parse", sentence, "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {
            "subject": "woman",
            "emotion": None,
            "action_units": {"1": 3, "25": 5},
            "understood": sentence,
            "warnings": [],
        }


def test_parse_shows_the_understood_sentence_and_a_table(capsys):
    assert main(["parse", "a woman smiling broadly with wide eyes"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "understood: A woman with a raised upper lid and a strongly pulled lip corner.",
        "a woman",
        "  AU 5   upper lid raiser      intensity not given",
        "  AU 12  lip corner puller     E (5 of 5)",
    ]
    assert main(["parse", "no smile"]) == 0
    assert capsys.readouterr().out.endswith("a person\n  no Action Unit: a neutral face\n")


def test_contradictions_are_warned_of_on_standard_error_and_stay_in_json(capsys):
    sentence = "A man with closed eyes and a raised upper lid"
    warning = "AU 5 and AU 43: closed eyes do not show raised upper lids"
    assert main(["parse", sentence]) == 0
    printed = capsys.readouterr()
    assert printed.err == f"warning: {warning}\n" and "warning" not in printed.out
    assert main(["parse", sentence, "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["warnings"] == [warning] and printed.err == ""
    assert main(["describe", "--aus", "5,43"]) == 0
    assert capsys.readouterr().err == f"warning: {warning}\n"
    assert main(["describe", "--aus", "5,43", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == [warning]


def test_what_is_left_out_is_warned_of_and_stays_in_json(capsys):
    warning = 'left out: "puffs her cheeks" is Action Unit 34 (cheek puff), which no weights have learned'
    assert main(["parse", "she puffs her cheeks, eyes closed"]) == 0
    printed = capsys.readouterr()
    assert printed.err == f"warning: {warning}\n" and printed.out.startswith("understood: A woman with closed eyes.\n")
    assert main(["parse", "she puffs her cheeks, eyes closed", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == [warning]
    assert main(["parse", "she puffs her cheeks"]) == 2
    assert (
        capsys.readouterr().err
        == f"error: nothing in the sentence can be shown: {warning.removeprefix('left out: ')}\n"
    )


def test_describe_repeats_itself_for_a_seed_and_varies_between_seeds(capsys):
    def sentence(seed: int) -> str:
        assert main(["describe", "--aus", "1:C,12,25:5", "--seed", str(seed)]) == 0
        return capsys.readouterr().out

    assert sentence(3) == sentence(3)
    assert len({sentence(seed) for seed in range(8)}) > 1


def test_describe_prints_json_for_programs(capsys):
    assert main(["describe", "--aus", "12,25:5", "--subject", "man", "--emotion", "happiness", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["description"] == {"subject": "man", "emotion": "happiness", "action_units": {"12": None, "25": 5}}
    assert printed["sentence"].startswith("A happy man")


def test_synthesize_writes_picture_and_attention_maps(capsys, run_folder, face, tmp_path):
    out, attention = tmp_path / "out.png", tmp_path / "out.npz"
    options = ["-o", str(out), "--attention", str(attention), "--weights", str(run_folder), "--json"]
    assert main(["synthesize", str(face), SENTENCE, *options]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["description"]["action_units"] == {"25": 5, "26": 5}
    with Image.open(out) as image:
        assert (image.size, image.mode, image.format) == ((256, 256), "RGB", "PNG")
    with np.load(attention, allow_pickle=False) as arrays:
        assert sorted(arrays) == ["level_1", "level_2", "words"]
        words = arrays["words"].tolist()
        assert words == printed["words"] and "lips" in words
        assert arrays["level_1"].shape == (len(words), 64, 64)
        assert arrays["level_2"].shape == (len(words), 128, 128)
        assert arrays["level_1"].dtype == np.float32
        np.testing.assert_allclose(arrays["level_2"].sum(axis=0), 1, atol=1e-5)
    assert {path.name for path in tmp_path.iterdir()} == {"face.png", "out.png", "out.npz"}


def test_synthesize_says_what_it_understood(capsys, run_folder, face, tmp_path):
    out = tmp_path / "out.jpg"
    assert main(["synthesize", str(face), SENTENCE, "-o", str(out), "--weights", str(run_folder)]) == 0
    understood = f"understood: {SENTENCE}\n"
    assert capsys.readouterr().out == understood + f"{out}: a woman: AU 25 E, AU 26 E\n"
    with Image.open(out) as image:
        assert image.format == "JPEG"


def test_synthesize_reads_everyday_words_and_warns(capsys, run_folder, face, tmp_path):
    options = ["-o", str(tmp_path / "out.png"), "--weights", str(run_folder)]
    assert main(["synthesize", str(face), "eyes tightly shut, upper lid raised", *options]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("understood: A person with a raised upper lid and strongly closed eyes.\n")
    assert printed.err.startswith("warning: AU 5 and AU 43: ")
    assert main(["synthesize", str(face), "smile", *options, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["understood"] == "A person with a pulled lip corner." and printed["warnings"] == []
    assert printed["words"] == ["a", "person", "with", "a", "pulled", "lip", "corner"]


def test_synthesize_gives_the_same_bytes_twice_and_others_for_a_seed(run_folder, face, tmp_path):
    def synthesized(*options: str) -> bytes:
        out = tmp_path / "out.png"
        assert main(["synthesize", str(face), SENTENCE, "-o", str(out), "--weights", str(run_folder), *options]) == 0
        return out.read_bytes()

    plain = synthesized()
    assert plain == synthesized()
    assert synthesized("--seed", "1") == synthesized("--seed", "1") != plain


def test_faces_unpacks_the_layout_of_disfa_plus(capsys, tmp_path):
    folder = tmp_path / "faces"
    assert main(["faces", str(folder), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["files"] == sum(path.is_file() for path in folder.rglob("*"))
    assert {path.name for path in folder.iterdir()} >= {"Images", "Labels"}
    assert {path.name for path in tmp_path.iterdir()} == {"faces"}


def test_weights_lists_the_shipped_sets_one_line_each(capsys):
    assert main(["weights", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["default"] in [entry["name"] for entry in printed["sets"]]
    assert main(["weights"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    for entry, line in zip(printed["sets"], lines, strict=False):
        assert line.startswith(entry["name"]) and line.endswith(entry["line"]) and len(entry["line"]) > 20
    assert printed["default"] in last


def test_synthesize_takes_a_shipped_set_by_its_name(capsys, face, tmp_path):
    options = ["-o", str(tmp_path / "out.png"), "--weights", "tiny", "--json"]
    assert main(["synthesize", str(face), SENTENCE, *options]) == 0
    assert json.loads(capsys.readouterr().out)["preset"] == "tiny"
