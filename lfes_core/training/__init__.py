"""Training: matching of language and pictures first, then the synthesizer against its discriminators."""

from lfes_core.training.run import Options
from lfes_core.training.train import TrainingResult, train

__all__ = ["Options", "TrainingResult", "train"]
