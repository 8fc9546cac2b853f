"""Language-based facial expression synthesis: a face and a sentence in, the face with that expression out.

The package follows the data's way through the paper: a sentence (`sentences`) and a picture (`datasets`)
enter the encoders and the synthesizer (`networks`), the discriminators judge and the losses (`losses`) teach
(`training`), and `synthesis` is what most people use. The book beside it explains each part.
"""

from lfes_core.sentences import Description, describe, parse

__all__ = ["Description", "describe", "parse"]
