"""What hypothesis draws for the tests of sentences: any description, and any way to say it."""

from hypothesis import strategies as st

from lfes_core.action_units import ACTION_UNITS, EMOTIONS
from lfes_core.sentences import PROTOCOLS, SUBJECTS, Description

descriptions = st.builds(
    Description,
    st.sampled_from(list(SUBJECTS)),
    st.none() | st.sampled_from(list(EMOTIONS)),
    st.dictionaries(st.sampled_from(list(ACTION_UNITS)), st.none() | st.integers(1, 5)),
)
protocols = st.sampled_from(list(PROTOCOLS))
seeds = st.integers(0, 2**32)
