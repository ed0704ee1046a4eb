"""The report on a dataset: everything with its n, never a text."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from memeclip_core.cli.program import build_program
from tests.factories.dataset_files import PRIDEMM, hateful, jsonl, write

SECRET = "nobody may read these words"


def run(*words: str) -> Result:
    return CliRunner().invoke(build_program(), ["dataset", "check", *words])


def test_a_report_names_lines_and_counts_and_no_text(tmp_path: Path) -> None:
    lines = [hateful(id=n, text=f"{SECRET} {n % 3}") for n in range(20)]
    bad = ["{", hateful(text=[SECRET]), hateful(label=SECRET), hateful(label="x"), SECRET] * 5
    write(tmp_path / "train.jsonl", jsonl(*lines, *bad))
    write(tmp_path / "dev_seen.jsonl", jsonl(hateful(text=f"{SECRET} 1", label=1)))
    write(tmp_path / "notes.json", "[]")
    result = run(str(tmp_path))
    assert result.exit_code == 0, result.output
    out = result.stdout
    assert "hateful-memes, tasks hateful-memes: n = 31 rows in dev_seen.jsonl, train.jsonl" in out
    assert "15 malformed lines, left out:\n  train.jsonl, line 21: not valid JSON" in out
    assert "column label: 'x' is no label of the task 'hateful'. Allowed: 0, 1." in out
    assert "and 5 more (--json names all)" in out
    assert "1 files not read:\n  notes.json: " in out
    assert "No image of any row is there." in out
    assert "ACROSS SPLITS: 7 of 30 rows of train stand in val" in out
    assert "ACROSS SPLITS: 1 of 1 rows of val stand in train" in out
    assert "same text: 4 groups of 31 rows (n = 31 compared), 1 groups with different" in out
    assert SECRET not in out and "nobody" not in out


def test_json_holds_every_line(tmp_path: Path) -> None:
    lines = [*(hateful(id=n, text=SECRET) for n in range(3)), *["{"] * 201]
    path = write(tmp_path / "train.jsonl", jsonl(*lines))
    result = run(str(path), "--json")
    report = json.loads(result.stdout)
    assert report["schema"] == 1
    assert report["rows"] == 3
    assert len(report["malformed"]) == 201
    assert report["malformed"][-1]["filename"] == "train.jsonl, line 204"
    assert report["splits"][0]["split"] == "train"
    assert report["duplicates"][0]["groups"] == [[f"train.jsonl, line {n}" for n in (1, 2, 3)]]
    assert SECRET not in result.stdout


def test_a_file_of_ones_own_needs_a_column_map(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.csv", "which,said,label\na.png,t,1\nb.png,u,0\n")
    result = run(str(path))
    assert result.exit_code == 1
    assert "no known format. Its columns, parted by a comma: which, said, label." in result.stderr
    assert '--columns "text=which"' in result.stderr
    result = run(str(path), "--columns", "image=which text=said hate=label")
    assert result.exit_code == 0
    assert "generic: n = 2 rows in mine.csv" in result.stdout
    loose = run(str(path), "--columns", "image=which", "text=said", "hate=label")
    assert loose.stdout == result.stdout
    assert "Name the files" in str(run("a=b", "--columns", "text=caption").exception)
    assert "(no split)" in result.stdout
    words = ("--columns", "text=said", "--columns", "hate=label", "--format", "generic")
    result = run(str(path), *words, "--tasks", "pridemm")
    assert "tasks pridemm" in result.stdout
    assert "No Hate" in result.stdout


def test_what_the_values_mean_is_told_before_anything_is_trained(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.csv", "said,label\na,very harmful\nb,not harmful\nc,harmful\n")
    words = ("--columns", "text=said intensity=label", "--tasks", "harmeme-binary")
    rows = [line.split() for line in run(str(path), *words).stdout.splitlines()]
    assert ["harmful", "intensity", "very", "harmful", "Harmful", "1"] in rows
    assert ["harmful", "intensity", "not", "harmful", "Not", "Harmful", "1"] in rows
    report = json.loads(run(str(path), *words, "--json").stdout)
    assert {(one["value"], *one["labels"]) for one in report["meanings"]} == {
        ("very harmful", "Harmful"), ("not harmful", "Not Harmful"), ("harmful", "Harmful"),
    }  # fmt: skip


def test_what_is_of_no_use_ends_with_1(tmp_path: Path) -> None:
    path = write(tmp_path / "train.jsonl", jsonl(*(hateful(id=n, label="x") for n in range(20))))
    result = run(str(path))
    assert result.exit_code == 1
    assert "20 labels that cannot be read, left out:" in result.stdout
    assert result.stdout.count("'x' is no label") == 10
    assert "The tasks are hateful-memes's; name others with --tasks." in result.stderr
    assert run(str(write(tmp_path / "empty.csv", ""))).exit_code == 1
    assert run(str(write(tmp_path / "bad.jsonl", "{\n{\n"))).exit_code == 1


def test_images_may_lie_elsewhere(tmp_path: Path) -> None:
    path = write(tmp_path / "data" / "p.csv", PRIDEMM + "a.png,0,NA,0,0,train,t\r\n")
    write(tmp_path / "pictures" / "a.png", b"no image")
    result = run(str(path), "--images", str(tmp_path / "pictures"))
    assert "1 unreadable images:\n  p.csv, line 2, a.png: The file is text" in result.stdout
