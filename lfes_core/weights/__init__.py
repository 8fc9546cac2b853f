"""Files of trained networks: what training writes once and everybody else reads.

`save_synthesizer` and `load_synthesizer` keep the four networks that a synthesis needs, `save_matching` and
`load_matching` LSE and VSE. Either is one safetensors file or several shards, with the configuration, the
vocabulary and free facts (steps, seconds, numbers) as JSON in the header. Nothing is unpickled.
"""

from lfes_core.weights.matching import StoredMatching, load_matching, save_matching
from lfes_core.weights.shards import digest
from lfes_core.weights.synthesizer import NETWORKS, StoredSynthesizer, load_synthesizer, save_synthesizer

__all__ = [
    "NETWORKS",
    "StoredMatching",
    "StoredSynthesizer",
    "digest",
    "load_matching",
    "load_synthesizer",
    "save_matching",
    "save_synthesizer",
]
