"""The average follows the weights with a decay that grows, and copies buffers."""

import pytest
import torch
from torch import nn

from lfes_core.training.adversarial import averaged


def test_the_average_equals_the_recursion_written_out():
    source = nn.Linear(1, 1, bias=False)
    values = [3.0, -1.0, 0.5, 2.0]
    expected = source.weight.item()
    average = averaged(source, decay=0.3)
    for number, value in enumerate(values, start=1):
        with torch.no_grad():
            source.weight.fill_(value)
        average.update_parameters(source)
        decay = min(0.3, (1 + number) / (10 + number))
        expected = decay * expected + (1 - decay) * value
    assert average.module.weight.item() == pytest.approx(expected, abs=1e-6)


def test_the_average_copies_buffers_and_is_never_trained():
    source = nn.BatchNorm1d(2)
    average = averaged(source, decay=0.9)
    source(torch.randn(4, 2))
    average.update_parameters(source)
    assert torch.equal(average.module.running_mean, source.running_mean)
    assert not average.module.training
    assert not any(parameter.requires_grad for parameter in average.module.parameters())
