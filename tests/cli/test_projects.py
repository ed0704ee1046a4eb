"""Projects on the command line: rules in, rules out."""

from __future__ import annotations

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
    run("projects", "change", "cats", "--open")
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
        (("create", "d", "--tasks", "pridemm", "--tasks", "propaganda"), "names 2 task sets"),
        (("change", "cats", "--overlap", "0"), "overlap is 0"),
        (("change", "dogs"), "no project 'dogs'. Projects: cats"),
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
