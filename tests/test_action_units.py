"""The table of Action Units: complete, and with words that name exactly one movement."""

from collections import Counter

from lfes_core.action_units import ACTION_UNITS, DISFA_PLUS_ACTION_UNITS, EMOTIONS, INTENSITY_ADVERBS

CK_PLUS = (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 18, 20, 23, 24, 25, 26, 27, 38, 39, 43)
SCAN_FACES_ONLY = (22, 28)


def test_the_table_holds_the_units_of_all_three_datasets_in_order():
    assert tuple(ACTION_UNITS) == tuple(sorted(CK_PLUS + SCAN_FACES_ONLY))
    assert all(ACTION_UNITS[number].number == number for number in ACTION_UNITS)
    assert set(DISFA_PLUS_ACTION_UNITS) < set(CK_PLUS)


def test_no_two_units_share_a_noun_with_a_participle_or_a_verb():
    phrases = Counter((u.noun, word) for u in ACTION_UNITS.values() for word in {*u.participles, *u.verbs})
    assert [phrase for phrase, count in phrases.items() if count > 1] == []


def test_only_nouns_of_several_things_are_plural():
    plural = {unit.noun for unit in ACTION_UNITS.values() if unit.plural}
    assert plural == {"lips", "eyes", "nostrils"}


def test_every_adverb_belongs_to_one_intensity():
    assert list(INTENSITY_ADVERBS) == [1, 2, 3, 4, 5]
    adverbs = [adverb for three in INTENSITY_ADVERBS.values() for adverb in three]
    assert len(set(adverbs)) == 15


def test_emotions_come_in_the_order_of_ck_plus_codes_and_use_known_units():
    assert list(EMOTIONS) == ["anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise"]
    assert all(number in ACTION_UNITS for emotion in EMOTIONS.values() for number in emotion.action_units)
