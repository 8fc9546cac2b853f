"""Training: matching of language and pictures first, then the synthesizer against its discriminators."""

from lfes_core.training.clock import parse_duration
from lfes_core.training.engine import TrainingResult, train

__all__ = ["TrainingResult", "parse_duration", "train"]
