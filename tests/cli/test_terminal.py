"""What reaches the terminal, and what must not."""

from __future__ import annotations

import io
import math

import pytest

from memeclip_core.cli import terminal
from memeclip_core.cli.terminal import (
    printable,
    progress_bar,
    read_secret,
    render_columns,
    render_metric,
    render_table,
    say,
    warn,
)
from memeclip_core.records.job import Progress
from memeclip_core.records.model import Metric


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("when the\ncat sits", "when the / cat sits"),
        ("  a \r\n\r\n b ", "a / b"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("bell\x07", "bell\\x07"),
        ("größe 猫", "größe 猫"),
    ],
)
def test_a_text_is_one_line_that_cannot_steer_the_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_columns_are_aligned_and_no_line_ends_in_blanks() -> None:
    table = render_table(("a", "long"), [("wide cell", "x"), ("y", "")])
    assert table == "a          long\nwide cell  x\ny"


def test_a_metric_names_its_interval_and_n_or_why_there_is_none() -> None:
    good = Metric(name="accuracy", value=0.75, n=8, low=0.5, high=0.9)
    assert render_metric(good) == "accuracy 0.7500 (95 % interval 0.5000 to 0.9000, n = 8)"
    none = Metric(
        name="accuracy", value=math.nan, n=0, low=math.nan, high=math.nan, reason="no rows"
    )
    assert render_metric(none) == "accuracy: none, no rows"


def test_results_and_remarks_go_different_ways(capsys: pytest.CaptureFixture[str]) -> None:
    say("result")
    warn("remark")
    assert capsys.readouterr() == ("result\n", "remark\n")


def test_a_log_file_gets_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter((0.0, 1.0, 31.0, 31.0, 40.0))
    monkeypatch.setattr(terminal, "monotonic", lambda: next(clock))
    with progress_bar("Memes") as show:
        show(Progress(done=1, total=2000, message="early", loss=0.5, score=0.25))
        show(Progress(done=1500, total=2000, message="late", loss=0.5, score=0.25))
        show(Progress(done=1600, total=2000, message="soon after"))
    assert capsys.readouterr() == ("", "Memes: 1,500 of 2,000, late, loss 0.500\n")


def test_a_piped_password_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(" with blanks \nnext line\n"))
    assert read_secret("Password", from_stdin=True) == " with blanks "


def test_a_table_of_items_has_under_each_header_what_is_read_off_them() -> None:
    columns = {"word": str.upper, "length": len}
    assert render_columns(columns, ["ab", "c"]) == "word  length\nAB    2\nC     1"
    assert render_columns(columns, []) == "word  length"
