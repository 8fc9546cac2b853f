"""Figures of movements: each picture is that of its title, and light is compared where the region map begins."""

import numpy as np
import pytest

from tests.book.modules import drawn_by

PERSON = "SN104"


@pytest.fixture
def module():
    with drawn_by("moved_faces") as found:
        yield found


def test_the_way_of_a_jaw_begins_at_parted_lips(module, faces):
    assert module.start(faces, PERSON, 26).action_units == {25: 5}
    assert module.made(faces, PERSON, 26, 3).action_units == {25: 3, 26: 3}
    assert module.start(faces, PERSON, 12).is_neutral
    with pytest.raises(ValueError, match="no frame with Action Unit 38 at 5"):
        module.made(faces, PERSON, 38)


def test_light_changes_nowhere_between_a_frame_and_itself_and_at_the_brows_for_4(module, faces):
    rest, brows = faces.neutral(PERSON), module.made(faces, PERSON, 4)
    assert not module.light_change(faces, rest, rest).any()
    change = module.light_change(faces, rest, brows)
    assert change.shape == (256, 256) and 0 < change.max() <= 1
    assert change[:128].mean() > 5 * change[128:].mean()


def test_every_movement_is_shown_once_below_its_name_in_the_half_where_it_is_seen(module, faces):
    module.show_movements(faces, PERSON, [1, 12, 26, 43])
    titles = [" ".join(axis.get_title().split()) for axis in module.kept[0].axes]
    assert [title for title in titles if title] == [
        *("at rest", "1 inner brow raiser", "43 eyes closed"),
        *("at rest", "12 lip corner puller", "26 jaw drop"),
    ]
    at = titles.index("26 jaw drop")
    picture = faces.face(module.made(faces, PERSON, 26))[module.LOWER]
    assert np.array_equal(module.kept[0].axes[at].images[0].get_array(), picture)


def test_each_figure_draws_what_it_is_asked_for(module, faces):
    module.show_story(faces, PERSON, 1, 4)
    module.show_people(faces, ("SN097", PERSON))
    module.show_scale(faces, PERSON, (4, 12))
    module.show_regions(faces, PERSON, (4, 12))
    module.show_directions(faces, PERSON, (4, 15))
    module.show_light_and_skin(faces, PERSON, (4, 12))
    module.show_emotions(faces, PERSON)
    module.show_row([np.zeros((256, 256, 3), np.uint8)] * 2, ["one", "two"], 2)
    assert [sum(bool(axis.images) for axis in figure.axes) for figure in module.kept] == [3, 2, 12, 2, 2, 6, 8, 2]
    assert all(figure.get_figwidth() <= 7 for figure in module.kept)
    outlined = [axis for axis in module.kept[3].axes if axis.collections]
    assert len(outlined) == 2
