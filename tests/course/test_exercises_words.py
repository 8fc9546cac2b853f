"""Exercises of chapters 1 to 3: the notebooks' solutions pass, and usual slips are refused by name."""

import re

import pytest

from lfes_core.course import check, exercises
from tests.course.written import answer, blank

EXERCISES = [one for chapter in (1, 2, 3) for one in exercises(chapter).values()]

WRONG = [  # exercise, what stands in the solution, what stands in its place, what the student reads
    ("smaller_picture", ".mean(dim=(3, 5))", "[:, :, :, 0, :, 0]", "one pixel of its square"),
    ("smaller_picture", "mean", "sum", "divide it by the number of pixels"),
    ("smaller_picture", "size, side, size, side).mean(dim=(3, 5))", "side, size, side, size).mean(dim=(2, 4))", "axes"),
    ("smaller_picture", "-1, 3", "-1, 6", "exchanged|shape"),
    ("moved_error", "[region]", "", "only the places that move"),
    ("moved_error", "target - neutral", "image - neutral", "must not depend on the answer"),
    ("moved_error", "np.abs(target - neutral).mean(axis=-1)", "np.abs((target - neutral).mean(axis=-1))", "both signs"),
    ("moved_error", "np.abs(image - target)", "(image - target)", "both signs cancel"),
    ("moved_error", "].mean()", "].sum()", "sum over the region"),
    ("noun_phrase", '.replace(" ", "-")', "", "hyphen"),
    ("noun_phrase", '"an" if words[0][0] in "aeiou" else "a"', '"a"', "a or an"),
    ("noun_phrase", "if not unit.plural", "if True", "take no article"),
    ("noun_phrase", "if not unit.plural", "if False", "article is missing"),
    ("noun_phrase", "INTENSITY_ADVERBS[intensity]", "INTENSITY_ADVERBS[6 - intensity]", "adverb of intensity"),
    ("noun_phrase", "words.insert(0, generator", "words.insert(1, generator", "order is not"),
    ("because_clause", "{subject.possessive} {' '", "her {' '", "of a (man we say his|person we say their)"),
    ("because_clause", '"fairly", "quite"', '"fairly"', "stay before their participle"),
    ("because_clause", "protocols.listed(phrases)", "' and '.join(phrases)", "package says"),
    ("because_clause", "protocols.listed(phrases)", "', '.join(phrases[:-1]) + ' and ' + phrases[-1]", "commas|says"),
    ("because_clause", "if face.emotion is not None", "if False", "emotion is missing"),
    ("because_clause", "    generator.shuffle(movements)\n", "", "in another order"),
    ("because_clause", '}."', '}"', "full stop"),
    ("verb_protocol", "{his} {unit.noun}", "his {unit.noun}", 'should say "(her|their)"'),
    ("verb_protocol", "    generator.shuffle(phrases)\n", "", "shuffle"),
    ("verb_protocol", "generator.choice(unit.verbs)", "unit.verbs[0]", "one verb"),
    ("verb_protocol", "generator.choice(INTENSITY_ADVERBS[level])", "INTENSITY_ADVERBS[level][0]", "one adverb of E"),
    ("verb_protocol", "if level is not None", "if level == 5", "reads as"),
    ("verb_protocol", "third_person(generator.choice(unit.verbs))", "'has ' + unit.participles[0]", "what a face does"),
    ("lift", " / c.mean()", "", "divide it by the region's share"),
    ("lift", " / beta.sum()", "", "divided by its own sum"),
    ("lift", " / c.mean()", " / c.sum()", "mean of c"),
    ("lift", ".mean(axis=(1, 3))", "[:, 0, :, 0]", "one pixel of each place"),
    ("lift", ".mean(axis=(1, 3))", ".any(axis=(1, 3))", "take it whole"),
    ("lstm_step", "mask[:, None]", "mask[:, None] | True", "mask is not read"),
    ("lstm_step", "mask[:, None]", "~mask[:, None]", "mask is turned"),
    ("lstm_step", "i, f, g, o", "i, f, o, g", "i, f, g, o"),
    ("lstm_step", " + b)", ")", "bias is missing"),
    ("lstm_step", "g.tanh()", "g.sigmoid()", "candidate g wants tanh"),
    ("lstm_step", "new_c.tanh()", "new_c", "tanh is missing"),
    ("lstm_step", "new_c.tanh()", "c.tanh()", "h "),
    ("lstm_step", "new_h, h), torch.where(reads, new_c, c)", "new_c, c), torch.where(reads, new_h, h)", "h, then c"),
    ("language_encoder", "lengths.tolist()", "[tokens.shape[1]] * len(lengths)", "padding is read"),
    ("language_encoder", '(256, "_reverse")', "(256, '')", "w (differs|is right)"),
    ("language_encoder", '(0, ""), (256, "_reverse")', '(256, ""), (0, "_reverse")', "halves are exchanged"),
    ("language_encoder", "2), sentences", "2), words[torch.arange(len(words)), lengths - 1]", "read one word"),
    ("language_encoder", "words.transpose(1, 2)", "words", "transpose"),
    ("language_encoder", "words[row, place, ", "words[row, length - 1 - place if end else place, ", "own word"),
    ("mean_of_words", ".sum(dim=2) / mask.sum(dim=1, keepdim=True)", ".mean(dim=2)", "mean over all columns"),
    ("mean_of_words", " * mask[:, None]", "", "padding is added up"),
    ("mean_of_words", " / mask.sum(dim=1, keepdim=True)", "", "this is the sum"),
    ("mean_of_words", "mask.sum(dim=1, keepdim=True)", "mask.sum() * len(mask)", "one length"),
    ("mean_of_words", "sum(dim=2)", "sum(dim=1)", "stopped|shape"),
]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.name)
def test_the_solution_of_the_notebook_is_right_and_its_empty_function_is_not_yet_written(exercise):
    right = check(exercise.name, answer(exercise.chapter, exercise.function))
    assert right.right, right.says
    assert not check(exercise.name, blank(exercise.chapter, exercise.function)).written


@pytest.mark.parametrize(("name", "old", "new", "says"), WRONG)
def test_a_slip_is_refused_with_words_that_name_it(name, old, new, says):
    (exercise,) = [one for one in EXERCISES if one.name == name]
    found = check(name, answer(exercise.chapter, exercise.function, old, new))
    assert not found.right and found.written
    assert re.search(says, found.says)


def test_each_exercise_has_three_slips():
    assert all(sum(row[0] == one.name for row in WRONG) >= 3 for one in EXERCISES)
