import hashlib
import json

import pytest

from memeclip_core.errors import EncoderError
from memeclip_core.service.compact_manifest import write_part


def test_parts_stand_beside_each_other(tmp_path):
    folder = tmp_path / "compact"
    write_part(folder, "text", file="t.bin", data=b"1", command="fit", facts={"texts": 3})
    write_part(folder, "alignment", file="a.bin", data=b"2", command="align", facts={})
    write_part(folder, "text", file="t.bin", data=b"3", command="fit", facts={"texts": 4})
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest == {
        "schema": 1,
        "text": {
            "file": "t.bin",
            "sha256": hashlib.sha256(b"3").hexdigest(),
            "command": "fit",
            "texts": 4,
        },
        "alignment": {
            "file": "a.bin",
            "sha256": hashlib.sha256(b"2").hexdigest(),
            "command": "align",
        },
    }
    assert (folder / "t.bin").read_bytes() == b"3"
    assert (folder / "a.bin").read_bytes() == b"2"


def test_a_damaged_manifest_is_not_overwritten(tmp_path):
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(EncoderError, match="is not JSON"):
        write_part(tmp_path, "text", file="t.bin", data=b"1", command="fit", facts={})
    assert not (tmp_path / "t.bin").exists()
