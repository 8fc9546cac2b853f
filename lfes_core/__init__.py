"""Language-based facial expression synthesis: a face and a sentence in, the face with that expression out.

The package follows the data's way through the paper: a sentence (`sentences`) and a picture (`images`)
enter the encoders and the synthesizer (`networks`), the discriminators judge and the losses (`losses`) teach
(`training`), and `synthesis` is what most people use. The book beside it explains each part.
"""

from typing import TYPE_CHECKING, Any

from lfes_core import threads
from lfes_core.sentences import Description, Understanding, describe, parse, understand

if TYPE_CHECKING:
    from lfes_core.synthesis import Synthesizer

threads.prepare()

__all__ = ["Description", "Synthesizer", "Understanding", "describe", "parse", "understand"]


def __getattr__(name: str) -> Any:
    """Import `Synthesizer` when it is first asked for: it brings PyTorch, which sentences do not need."""
    if name == "Synthesizer":
        from lfes_core.synthesis import Synthesizer

        return Synthesizer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
