"""The report on published captions: counts, disagreements and labels, on a tree that the test writes itself."""

from tools.published_captions import main

LABELS = "./CK+/FACS/S900/001/S900_001_00000012_facs.txt"
CAPTIONS = (
    "A man is sad because his chin is raised quite, and he has parted lips.",
    "A man is bitter because he hasparted lips, and his chin is kind of lifted.",
    "A man is sad because he has slightly blinking eyes, his chin is quite raised, and he has parted lips.",
    "A man is sad because he has blown cheek, blinking eyes, kind of raised chin, and he has parted lips.",
)


def printed(folder, capsys, *sentences):
    """The lines about a clone with these captions, all of one sequence."""
    rows = "".join(f'{number},"{text}",a.png,g.txt,e.txt,{LABELS}\n' for number, text in enumerate(sentences))
    (folder / "annotation.csv").write_text(",caption,image_file,gender,emotion,action_unit\n" + rows)
    facs = folder / "Dataset" / LABELS
    facs.parent.mkdir(parents=True)
    facs.write_text(
        "   1.7000000e+01   3.0000000e+00\n   2.5000000e+01   0.0000000e+00\n   4.5000000e+01   2.0000000e+00\n"
    )
    assert main([str(folder)]) == 0
    return capsys.readouterr().out.splitlines()


def test_captions_are_counted_compared_and_checked_against_labels(tmp_path, capsys):
    assert printed(tmp_path, capsys, *CAPTIONS) == [
        "different captions: 4",
        "read: 4 (100.0%)",
        "of these with an Action Unit left out that no sentence here names: 2",
        "  AU 45 (blink): 2",
        "  AU 13 (cheek puffer), 33 (cheek blow), 34 (cheek puff): 1",
        "refused: 0",
        "sequences: 1, with captions that disagree: 0",
        "sequences with their label file here: 1, read as labeled: 1",
    ]


def test_captions_that_disagree_and_strange_ones_are_counted(tmp_path, capsys):
    strange = ("A man's chin is slightly raised.", "A man's hat is raised.")
    *_, refused, reason, disagree, labeled = printed(tmp_path, capsys, *CAPTIONS[:2], *strange)
    assert refused == "refused: 1" and reason.startswith("  A man's hat is raised.: ")
    assert disagree.endswith("that disagree: 1") and labeled.endswith("read as labeled: 0")
