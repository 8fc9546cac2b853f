"""Who is held out for the test: the published lists of subjects, one small text file for each dataset."""

from collections.abc import Sequence
from importlib import resources

from lfes_core.errors import UserError


def listed_test_subjects(kind: str) -> tuple[str, ...]:
    """Read the published list ``splits/<kind>_test.txt``: one subject a line, ``#`` begins a comment.

    A dataset of another kind has no list: nobody.
    """
    file = resources.files("lfes_core.datasets").joinpath(f"splits/{kind}_test.txt")
    text = file.read_text("utf-8") if file.is_file() else ""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(sorted(line for line in lines if line))


def held_out_subjects(
    kind: str, subjects: Sequence[str], chosen: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Return which of `subjects` are held out for the test, sorted.

    They are the `chosen` ones; by default those on the published list; and in a part of a dataset that has
    nobody on the list, the last tenth of the subjects (one at least, as long as somebody is left to train
    on).

    Raises:
        UserError: a chosen subject does not exist.
    """
    if chosen is not None:
        unknown = sorted(set(chosen) - set(subjects))
        if unknown:
            raise UserError(
                f"the test subjects {', '.join(unknown)} are not in the dataset: it has {', '.join(subjects)}"
            )
        return tuple(sorted(set(chosen)))
    listed = tuple(subject for subject in listed_test_subjects(kind) if subject in set(subjects))
    if listed or len(subjects) < 2:
        return listed
    return tuple(sorted(subjects))[-max(1, len(subjects) // 10) :]
