"""Tables of a report as files."""

from __future__ import annotations

import csv
import io

from memeclip_core.experiments.reports.document import Section, Shown, Table
from memeclip_core.experiments.reports.tables import (
    escape_latex,
    render_csv,
    render_latex,
    render_tables,
)

TABLE = Table(
    title="hate & target: 95 %",
    header=("model", "accuracy", "note", "meme"),
    rows=(
        ("mine_1, tuned", "0.7325 ± 0.0100", "", Shown(text="secret")),
        ("A + B", "none", 'says "so"', ""),
    ),
)


def test_every_table_is_two_files_without_memes() -> None:
    section = Section(title="One", command="x", facts=(), parts=(TABLE, TABLE))
    files = dict(render_tables([section]))
    assert list(files) == [
        "01-hate-target-95.csv", "01-hate-target-95.tex",
        "02-hate-target-95.csv", "02-hate-target-95.tex",
    ]  # fmt: skip
    assert not any("secret" in content for content in files.values())
    rows = list(csv.reader(io.StringIO(files["01-hate-target-95.csv"])))
    assert rows[0] == ["model", "accuracy", "note"]
    assert rows[2] == ["A + B", "none", 'says "so"']


def test_latex_is_escaped_and_numbers_stand_to_the_right() -> None:
    told = render_latex(Table(title=TABLE.title, header=("model", "n"), rows=(("a_b", "3"),)))
    assert r"\caption{hate \& target: 95 \%}" in told
    assert r"\begin{tabular}{lr}" in told
    assert "a\\_b & 3 \\\\" in told
    assert escape_latex("a\\b\n{±}") == r"a\textbackslash{}b \{$\pm$\}"


def test_an_empty_table_has_its_header_alone() -> None:
    empty = Table(title="", header=("a", "b"), rows=())
    assert render_csv(empty) == "a,b\n"
    assert r"\begin{tabular}{ll}" in render_latex(empty)
    (name, _), _ = render_tables([Section(title="", command="", facts=(), parts=(empty,))])
    assert name == "01-table.csv"
