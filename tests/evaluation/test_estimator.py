"""The estimator of Action Units and its file, which is checked."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from lfes_core.errors import UserError
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.evaluation.questions import UNITS


def test_the_file_keeps_the_network_and_the_facts(tmp_path):
    torch.manual_seed(0)
    meter = IntensityMeter((4, 12), {"steps": 3}).eval()
    meter.save(tmp_path / "meter.safetensors")
    loaded = IntensityMeter.load(tmp_path / "meter.safetensors")
    assert loaded.units == (4, 12) and loaded.facts == {"steps": 3}
    pictures = np.random.default_rng(0).integers(0, 256, (2, 70, 256, 256, 3), dtype=np.uint8)
    found = loaded.measure(*pictures)
    assert found.shape == (70, 2)
    np.testing.assert_allclose(found, meter.measure(*pictures), atol=0.02)
    # 70 pictures are more than one part
    np.testing.assert_allclose(found[-1:], loaded.measure(pictures[0, -1:], pictures[1, -1:]), atol=1e-5)


@pytest.mark.parametrize("content", ["nothing", "text", "another kind", "other widths", "a changed byte"])
def test_other_files_are_refused_in_one_line(tmp_path, content):
    path = tmp_path / "meter.safetensors"
    if content == "text":
        path.write_text("hello")
    elif content == "another kind":
        save_file({"a": torch.zeros(1)}, path, metadata={"format": "something"})
    elif content == "other widths":
        meter = IntensityMeter((4, 12))
        meter.units = (4, 12, 26)
        meter.save(path)
    elif content == "a changed byte":
        whole = IntensityMeter.SHIPPED.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(UserError) as raised:
        IntensityMeter.load(path)
    assert "\n" not in str(raised.value) and str(path) in str(raised.value)


def test_the_shipped_estimator_is_small_and_good_on_held_out_people():
    assert IntensityMeter.SHIPPED.stat().st_size < 2 * 2**20
    found = IntensityMeter.load().facts["held_out"]
    assert np.mean([found[str(unit)]["icc"] for unit in UNITS]) > 0.8
