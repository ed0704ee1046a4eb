import hashlib
import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from memeclip_core.encoders.compact.files import write_part
from memeclip_core.errors import EncoderError


def numbers(value):
    return {"x": np.array([value], np.float32)}


def test_parts_stand_beside_each_other(tmp_path):
    folder = tmp_path / "compact"
    write_part(folder, "text", file="t.bin", arrays=numbers(1), command="fit", facts={"texts": 3})
    write_part(folder, "alignment", file="a.bin", arrays=numbers(2), command="align", facts={})
    write_part(folder, "text", file="t.bin", arrays=numbers(3), command="fit", facts={"texts": 4})
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest == {
        "schema": 1,
        "text": {
            "file": "t.bin",
            "sha256": hashlib.sha256((folder / "t.bin").read_bytes()).hexdigest(),
            "command": "fit",
            "texts": 4,
        },
        "alignment": {
            "file": "a.bin",
            "sha256": hashlib.sha256((folder / "a.bin").read_bytes()).hexdigest(),
            "command": "align",
        },
    }
    assert load_file(folder / "t.bin")["x"].tolist() == [3.0]
    assert load_file(folder / "a.bin")["x"].tolist() == [2.0]


def test_a_damaged_manifest_is_not_overwritten(tmp_path):
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(EncoderError, match="is not JSON"):
        write_part(tmp_path, "text", file="t.bin", arrays=numbers(1), command="fit", facts={})
    assert not (tmp_path / "t.bin").exists()
