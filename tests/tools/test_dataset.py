import io
import re

import numpy as np
from PIL import Image

from tools.scan_faces import dataset
from tools.scan_faces.expression import DISFA_PLUS
from tools.scan_faces.plan import Trial

SMILE = Trial("A1_Single_TrailNo_1", ({}, {12: 3}, {25: 2, 27: 2}))


def test_a_label_file_has_two_header_lines_and_a_line_for_every_picture():
    lines = dataset.label_file(SMILE, 12).splitlines()
    assert [line[0] for line in lines[:2]] == ["#", "#"]
    assert lines[2:] == ["000.jpg     0", "001.jpg     3", "002.jpg     0"]


def test_units_that_disfa_plus_lacks_have_a_label_file_only_where_they_occur():
    files = dict(dataset.trial_files("SN001", SMILE))
    folder = "SN001/A1_Single_TrailNo_1"
    assert files.keys() == {
        f"Images/{folder}/TimeStamp.txt",
        *(f"Labels/{folder}/AU{unit}.txt" for unit in (*DISFA_PLUS, 27)),
    }
    assert re.search(rb"^002\.jpg\s+2$", files[f"Labels/{folder}/AU27.txt"], re.M)
    assert files[f"Images/{folder}/TimeStamp.txt"].count(b"\n") == 3


def test_a_jpeg_has_the_asked_quality_and_color_at_half_the_resolution():
    ramp = np.add.outer(np.arange(256), np.arange(256)).astype(np.uint8)
    picture, plain = Image.fromarray(np.stack([ramp, ramp.T, 255 - ramp], -1)), io.BytesIO()
    picture.save(plain, "JPEG", quality=78)
    opened = Image.open(io.BytesIO(dataset.jpeg_file(picture, 78)))
    assert opened.quantization == Image.open(plain).quantization
    assert opened.layer[0][1:3] == (2, 2) and opened.size == (256, 256)
