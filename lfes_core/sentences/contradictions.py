"""Action Units that pull against each other: worth a warning, never a refusal.

Two muscles that pull against each other can both be active, and a person may want to see what a network makes
of a face that cannot be. So every pair can be described, parsed and synthesized; `warnings` says what is odd
about it. None of the pairs occurs in the 309 sequences of CK+ whose published captions the parser reads. Units 1
and 4 are no such pair: together they make the oblique brows of sadness.
"""

from collections.abc import Mapping
from types import MappingProxyType

from lfes_core.sentences.description import Description

CONTRADICTIONS: Mapping[tuple[int, int], str] = MappingProxyType(
    {
        (5, 43): "closed eyes do not show raised upper lids",
        (12, 15): "the corners of the lips cannot go up and down at once",
        (17, 27): "a raised chin closes the mouth that is stretched open",
        (18, 20): "lips cannot be pushed forward and stretched wide at once",
        (20, 22): "lips cannot be funneled and stretched wide at once",
        (22, 24): "lips that press against each other cannot open like a funnel",
        (22, 28): "lips cannot be turned out and sucked in at once",
        (24, 25): "lips cannot be pressed together and parted at once",
        (24, 26): "lips that press against each other hold the jaw up",
        (24, 27): "lips cannot be pressed together in a mouth that is stretched open",
        (25, 28): "lips that are sucked in are not parted",
        (26, 27): "a mouth that is stretched open has dropped the jaw already",
        (27, 28): "lips cannot be sucked in by a mouth that is stretched open",
        (38, 39): "nostrils cannot be wide and narrow at once",
    }
)
"""Pairs of Action Units, the smaller number first, and what is odd about seeing both."""


def warnings(description: Description) -> tuple[str, ...]:
    """One sentence for each pair of Action Units in a description that contradict each other.

    Examples:
        >>> warnings(Description("woman", None, {5: 3, 43: None}))
        ('AU 5 and AU 43: closed eyes do not show raised upper lids',)
    """
    named = description.action_units
    return tuple(
        f"AU {first} and AU {second}: {reason}"
        for (first, second), reason in CONTRADICTIONS.items()
        if first in named and second in named
    )
