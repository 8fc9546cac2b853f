"""The book as a course: `check` tells a student what is off, and the editions and the grader make it a class.

Importing this brings neither PyTorch nor the exercises: they come when the first answer is checked.
"""

import lfes_core.course.exercises as _themes  # noqa: F401 - first, so that the function of this name stays
from lfes_core.course.check import Checked, Exercise, Off, check, exercise, exercises
from lfes_core.course.same import same

__all__ = ["Checked", "Exercise", "Off", "check", "exercise", "exercises", "same"]
