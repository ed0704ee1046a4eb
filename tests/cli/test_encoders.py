"""What can be named with --encoder."""

from __future__ import annotations

from tests.cli.conftest import Run


def test_the_default_stands_first_and_tests_fake_is_not_offered(run: Run) -> None:
    left = run("encoders")
    assert (left.code, left.err) == (0, "")
    lines = left.out.splitlines()
    assert lines[0].split() == ["encoder", "what", "it", "is"]
    assert lines[1].startswith("compact ")
    assert "openai/clip-vit-large-patch14" in left.out
    assert "fake" not in left.out
