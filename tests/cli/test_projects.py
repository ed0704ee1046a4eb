"""Projects on the command line: rules in, rules out."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from tests.cli.conftest import Run


def test_projects_are_created_changed_and_listed(run: Run) -> None:
    assert "no project yet" in run("projects", "list").err
    left = run("projects", "create", "cats", "--title", "Cats & dogs", "--overlap", "2")
    assert left.code == 0 and "cats is a new project on PrideMM" in left.err
    left = run("projects", "change", "cats", "--order", "random", "--hidden-share", "0.25")
    assert "random" in left.out and "25 % of the memes" in left.out and "2 people" in left.out
    assert run("projects", "change", "cats").out == left.out
    assert "yes" in run("projects", "change", "cats", "--closed").out.split()
    assert "Cats & dogs (closed)" in run("projects", "list").out
    run("projects", "change", "cats", "--members-only")
    assert "Cats & dogs (closed, members only)" in run("projects", "list").out
    run("projects", "change", "cats", "--open", "--for-everybody")
    lines = run("projects", "list").out.splitlines()
    assert len(lines) == 2 and lines[1].split()[:6] == [
        "cats",
        "Cats",
        "&",
        "dogs",
        "pridemm",
        "v1",
    ]


def test_a_project_of_an_own_task_file(run: Run, tmp_path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "key: moods\ntitle: Moods\ntasks:\n- {key: mood, title: Mood, kind: multiclass, "
        "labels: [{name: glad}, {name: sad}]}\n"
    )
    assert run("projects", "create", "moods", "--tasks", path).code == 0
    assert "moods v1" in run("projects", "list").out


def test_mistakes_are_one_sentence(run: Run) -> None:
    run("projects", "create", "cats")
    for arguments, said in (
        (("create", "cats"), "'cats' already"),
        (("create", "C"), "cannot be the key"),
        (("create", "demo"), "it names the demo"),
        (("create", "d", "--tasks", "pridemm", "--tasks", "propaganda"), "names 2 task sets"),
        (("change", "cats", "--overlap", "0"), "overlap is 0"),
        (("change", "dogs"), "no project 'dogs'"),
        (("change", "cats", "--order", "size"), "order is 'size'"),
    ):
        left = run("projects", *arguments)
        assert (left.code, left.out) == (2, "") and said in left.err


def test_guidelines_come_from_a_file(run: Run, tmp_path) -> None:
    run("projects", "create", "cats")
    path = tmp_path / "guide.md"
    path.write_text("# Look twice\n\nü\n", encoding="utf-8")
    assert run("projects", "guidelines", "cats", "--file", path).code == 0
    assert run("projects", "guidelines", "cats").out.strip() == "# Look twice\n\nü"


def test_the_demo_comes_and_goes(run: Run) -> None:
    left = run("projects", "demo")
    assert left.code == 0 and "memeclip projects demo --remove" in left.err
    assert "Demo: sample memes, made-up votes" in run("projects", "list").out
    assert "is removed" in run("projects", "demo", "--remove").err
    left = run("projects", "demo", "--remove")
    assert left.code == 2 and "no demo" in left.err
    assert "no project yet" in run("projects", "list").err


def test_suggestions_of_another_model_are_brought_in_and_shown(run: Run, tmp_path) -> None:
    run("projects", "create", "cats")
    memes = tmp_path / "memes.csv"
    memes.write_text("text\nsome words\n", encoding="utf-8")
    run("projects", "import", "cats", memes, "--columns", "text=text")
    export = run("projects", "export", "cats", "--unlabelled", "--out", tmp_path).out.strip()
    meme = next(csv.DictReader(Path(export).read_text("utf-8-sig").splitlines()))["meme"]
    said = tmp_path / "said.csv"
    said.write_text(f"meme,hate\n{meme},1\n", encoding="utf-8")
    left = run("projects", "suggestions", "cats", said, "--model", "gpt", "--show", "gpt")
    assert "gpt (brought in): suggestions for 1 of 1 memes, on hate." in left.err
    assert "People see the suggestions of gpt (brought in)." in left.err
    shown = [line.split() for line in run("projects", "suggestions", "cats").out.splitlines()[1:]]
    assert [line[-1] for line in shown] == ["yes", shown[1][-1]] and shown[1][-1] != "yes"
    assert "the studio itself" in run("projects", "suggestions", "cats", "--show", "").err
    left = run("projects", "suggestions", "cats", "--show", "other")
    assert left.code == 2 and "Brought in: gpt" in left.err


def test_a_team_is_shown_and_changed(run: Run) -> None:
    run("projects", "create", "cats")
    assert "no members" in run("projects", "members", "cats").err
    left = run("projects", "members", "cats", "--add", "bob", "--quota", "ada=50")
    assert [line.split()[:3] for line in left.out.splitlines()[-2:]] == [
        ["ada", "0", "50"],
        ["bob", "0", "any"],
    ]
    assert "bob" not in run("projects", "members", "cats", "--remove", "bob").out
    shown = run("projects", "change", "cats", "--members-only").out
    assert "members and admins" in shown
    for arguments, said in (
        (("members", "cats", "--quota", "ada"), "--quota is 'ada'"),
        (("members", "cats", "--remove", "bob"), "'bob' is no member of 'cats'"),
        (("assign", "cats", "--to", "bob"), "'bob' is no member of 'cats'"),
        (("assign", "cats", "--to", "ada"), "no meme to assign"),
    ):
        left = run("projects", *arguments)
        assert left.code == 2 and said in left.err
    assert "0 memes go to" in run("projects", "assign", "cats", "--to", "ada", "--undo").err


def test_who_has_qualified_is_shown_and_decided(run: Run) -> None:
    run("projects", "create", "cats")
    assert "Nobody has begun" in run("projects", "qualification", "cats").err
    left = run("projects", "qualification", "cats", "--let-pass", "ada")
    assert left.out.splitlines()[-1].split()[:3] == ["ada", "passed", "0"]
    left = run("projects", "qualification", "cats", "--reset", "ada")
    assert left.out.splitlines()[-1].split()[:3] == ["ada", "open", "0"]
    left = run("projects", "change", "cats", "--qualify", "3", "--qualify-tries", "1")
    assert left.code == 2 and "takes 3, as every try" in left.err
    left = run("projects", "create", "dogs", "--qualify", "3")
    assert left.code == 2 and "Create it without a round" in left.err
    assert "none" in run("projects", "change", "cats", "--qualify-share", "0.9").out


def test_a_meme_is_mended(run: Run, tmp_path) -> None:
    run("projects", "create", "cats")
    (tmp_path / "memes.csv").write_text("image,text\n,first words\n,second words\n")
    columns = ("--columns", "image=image text=text")
    assert run("projects", "import", "cats", tmp_path / "memes.csv", *columns).code == 0
    one = hashlib.sha256(b"first words").hexdigest()
    assert "Nothing was mended" in run("projects", "mend", "cats", one).err
    assert "text" in run("projects", "mend", "cats", one[:8], "--text", "better words").out
    left = run("projects", "mend", "cats", one, "--remove", "asked for")
    assert left.out.splitlines()[1].split()[-3:] == ["remove", "asked", "for"]
    assert run("projects", "list").out.splitlines()[1].split()[4] == "1"
    assert "removed already" in run("projects", "mend", "cats", one, "--remove", "again").err
    assert len(run("projects", "mend", "cats", one, "--restore").out.splitlines()) == 4
    left = run("projects", "mend", "cats", one, "--restore", "--text", "x")
    assert left.code == 2 and "Name one" in left.err


def test_a_project_is_duplicated(run: Run) -> None:
    run("projects", "create", "cats", "--title", "Cats")
    assert "dogs is a new project" in run("projects", "duplicate", "cats", "dogs").err
    assert "Copy of Cats" in run("projects", "list").out
    assert "'dogs' already" in run("projects", "duplicate", "cats", "dogs").err


def test_a_project_is_deleted_after_its_export(run: Run, tmp_path: Path) -> None:
    run("projects", "create", "cats", "--title", "Cats")
    asked = run("projects", "delete", "cats")
    assert asked.code == 0 and "Memes: 0" in asked.err and "--yes" in asked.err
    assert "cats" in run("projects", "list").out
    done = run("projects", "delete", "cats", "--yes", "--out", str(tmp_path / "kept"))
    (kept,) = (tmp_path / "kept").glob("cats-everything-*.zip")
    assert done.code == 0 and done.out.strip() == str(kept) and "cats is deleted" in done.err
    assert "no project yet" in run("projects", "list").err
    assert "was deleted" in run("projects", "create", "cats").err
    assert run("projects", "delete", "cats", "--yes").code == 2
