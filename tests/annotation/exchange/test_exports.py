"""What stands in an export: the labels that count, and a card without any text."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace

import pytest

from memeclip_core.annotation.decisions.entry import check_labels, enter_meme
from memeclip_core.annotation.exchange.exports import (
    EXPORT_FORMATS,
    ExportOrder,
    ExportRow,
    ProjectExports,
    export_name,
)
from memeclip_core.annotation.exchange.taken_home import TAKEN_HOME
from memeclip_core.config import Settings
from memeclip_core.datasets.label_mapping import label_names
from memeclip_core.datasets.reader import read_dataset
from memeclip_core.errors import InputError, StoreError
from memeclip_core.records.decision import Labelled, Person
from memeclip_core.storage.home import Home
from memeclip_core.storage.task_files import read_named_task_set
from memeclip_core.tasks import TaskSet
from tests.factories.logs import make_task
from tests.factories.project_records import TIME, ids_of, make_id, make_meme, make_project
from tests.factories.projects import (
    decide,
    import_all,
    make_cats,
    read_resolved,
    wait_for,
    write_pictures,
)
from tests.factories.services import HATE, NO_HATE
from tests.factories.studios import draw_png

PEOPLE = [Person(name=name, role="admin") for name in ("ann", "ben", "cyd")]


@pytest.fixture
def studio(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 3)
    return tiny_studio


def labels(studio, place):
    found = read_resolved(studio, ids_of(studio.projects._store.memes("cats"))[place])
    return None if found is None else found.labels


def test_the_majority_counts_and_a_reviewer_above_it(studio):
    for person, answer in zip(PEOPLE, (HATE, NO_HATE, NO_HATE), strict=True):
        decide(studio, 0, answer, person)
    assert labels(studio, 0) == NO_HATE
    decide(studio, 0, HATE, PEOPLE[0], action="adjudicate")
    assert labels(studio, 0) == HATE
    assert labels(studio, 1) is None
    decide(studio, 2, HATE, action="draft")
    assert labels(studio, 2) is None


def read(studio, tmp_path, format="csv", key="cats", **choices):
    who = studio.owner()
    job = wait_for(studio, key, studio.projects.start_export(who, key, format, **choices))
    assert job.state == "done", job.reason
    return studio.projects.export_file(who, key, job.id, tmp_path / "out")


def lines(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def test_a_tie_has_no_label_and_only_what_is_settled_comes_on_request(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 5, overlap=2, overlap_share=1.0)
    for place, answers in enumerate(
        ((HATE, NO_HATE), (NO_HATE, NO_HATE), (HATE,), (HATE, NO_HATE))
    ):
        for person, answer in zip(PEOPLE, answers, strict=False):
            decide(tiny_studio, place, answer, person)
    decide(tiny_studio, 3, NO_HATE, PEOPLE[2], action="adjudicate")
    found = lines(read(tiny_studio, tmp_path))
    assert [(line["status"], line["hate"]) for line in found] == [
        ("tie", ""), ("unanimous", "0"), ("single", "1"), ("adjudicated", "0"),
    ]  # fmt: skip
    settled = lines(read(tiny_studio, tmp_path, settled=True))
    assert [line["status"] for line in settled] == ["unanimous", "adjudicated"]


def test_every_single_decision_can_be_taken_home(studio, tmp_path):
    for person, answer in zip(PEOPLE, (HATE, NO_HATE), strict=False):
        decide(studio, 0, answer, person)
    decide(studio, 0, NO_HATE, PEOPLE[0])
    found = lines(read(studio, tmp_path, "decisions"))
    hate = [line for line in found if line["task"] == "hate"]
    assert [(line["annotator"], line["labels"], line["counts"]) for line in hate] == [
        ("ann", '["Hate"]', "no"), ("ben", '["No Hate"]', "yes"), ("ann", '["No Hate"]', "yes"),
    ]  # fmt: skip
    assert {(line["name"], line["project"]) for line in found} == {("00000.png", "cats")}


def test_everything_and_the_logs_have_removed_memes_too(studio, tmp_path):
    who, ids = studio.owner(), ids_of(studio.projects._store.memes("cats"))
    for place in (0, 1):
        decide(studio, place, HATE, PEOPLE[0])
    studio.comments.say(who, "cats", save="say-one", meme=ids[1], text="Look.")
    studio.projects.add_picture(who, "cats", draw_png((1, 2, 3)))
    studio.projects.amendments.remove(who, "cats", ids[1], "a duplicate")
    for format in ("decisions", "comments"):
        assert ids[1] in {line["meme"] for line in lines(read(studio, tmp_path, format))}
    assert ids[1] not in {line["meme"] for line in lines(read(studio, tmp_path))}
    with zipfile.ZipFile(read(studio, tmp_path, "everything")) as archive:
        names = archive.namelist()
        (picture,) = [name for name in names if name.startswith("guidelines/")]
        images = [name for name in names if name.startswith("images/")]
        assert {name.split("/")[1].split(".")[0] for name in images} == set(ids)
        assert archive.read(picture)[:4] == b"RIFF"

        def table(name):
            return list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))

        assert [line["meme"] for line in table("metadata.csv")] == list(ids)
        assert {line["meme"] for line in table("decisions.csv")} == set(ids[:2])
        assert [line["text"] for line in table("comments.csv")] == ["Look."]
        assert json.loads(archive.read("changes.json"))[0]["reason"] == "a duplicate"
        assert json.loads(archive.read("project.json"))["key"] == "cats"
        assert b"named here" in archive.read("README.md")


@pytest.mark.parametrize("tasks", Settings().tasks)
def test_whatever_is_exported_can_be_imported_again(tiny_studio, tmp_path, tasks):
    """Every format, every shipped task set, and two files of one name."""
    who, projects = tiny_studio.owner(), tiny_studio.projects
    task_set = read_named_task_set(tasks, Settings().assets)
    projects.create(who, key="first", title="First", task_set=task_set)
    for folder in ("a", "b"):
        write_pictures(tmp_path / "in" / folder, 2, start=2 * (folder == "b"))
    (tmp_path / "in" / "b" / "00002.png").rename(tmp_path / "in" / "b" / "00001.png")
    assert import_all(tiny_studio, "first", tmp_path / "in").counts["added"] == 4
    project, memes = projects.project(who, "first"), projects._store.memes("first").rows
    said = {}
    for place, meme in enumerate(memes):
        given = {
            task.key: (task.names[place % len(task.names)],)
            if task.kind == "multiclass"
            else task.names[:place]
            for task in task_set
        }
        entry = enter_meme(
            project, meme, save=f"round-trip-{place}", action="label", labels=given,
        )  # fmt: skip
        tiny_studio._corrector.decide(who, project.tasks, entry)
        said[meme.id] = check_labels(task_set, given)
    for format in ("csv", "jsonl", "pridemm-csv", "imagefolder"):
        path = read(tiny_studio, tmp_path, format, "first")
        projects.create(who, key=format, title=format, task_set=task_set)
        job = import_all(tiny_studio, format, path)
        assert (job.state, job.failures) == ("done", ()), (format, job.failures)
        again = projects._store.memes(format).rows
        assert {meme.id: meme.given for meme in again} == said, format
        names = [meme.filename for meme in again]
        assert names[0] == "00000.png" and len(set(names)) == 4
        assert names[1] == f"00001-{memes[1].id[:8]}.png"


def test_an_image_folder_says_how_many_memes_without_image_it_leaves_out(studio, tmp_path):
    listed = tmp_path / "texts.csv"
    listed.write_text("text,hate\nonly words,1\n", "utf-8")
    # A list that is named itself is read, whatever pictures lie beside it.
    assert import_all(studio, "cats", listed).counts["added"] == 1
    for place in (0, 3):
        decide(studio, place, HATE)
    who = studio.owner()
    for format, counts in (
        ("imagefolder", {"rows": 1, "left_out_without_image": 1}),
        ("csv", {"rows": 2}),
    ):
        started = studio.projects.start_export(who, "cats", format)
        assert dict(wait_for(studio, "cats", started).counts) == counts


def test_decisions_of_another_project_or_the_page_do_not_count(studio, tmp_path):
    decide(studio, 0, HATE)
    projects = studio.projects
    projects.create(studio.owner(), key="dogs", title="D", task_set="pridemm")
    meme = ids_of(projects._store.memes("cats"))[0]
    assert read_resolved(studio, meme, "dogs") is None


def test_a_name_says_what_it_is():
    order = ExportOrder(format="csv")
    assert export_name(make_project(), order, "j1") == "cats-csv-j1"


APART = ("decisions", "comments", "everything", *TAKEN_HOME)
DATASETS = [format for format in EXPORT_FORMATS if format not in APART]
EVIL = '=HYPERLINK("x")\n"quoted", ü'


def labelled(number, labels, **changes):
    meme = make_meme(number)
    facts = {
        "meme": meme.id,
        "image": meme.image,
        "text": meme.text,
        "text_source": meme.text_source,
        "labels": labels,
        "time": TIME,
        "annotators": ("ana", "ben"),
    }
    return Labelled(**{**facts, **changes})


@pytest.fixture
def exports(tmp_path):
    home = Home(tmp_path / "home").create()
    (home.project("cats")).mkdir()
    return ProjectExports(home)


def make_rows(tmp_path, project):
    """Return a decided meme, one with dangerous text, one that nobody decided, a text alone."""
    if project.tasks.key == "pridemm":
        answers = (
            {
                "hate": ("Hate",),
                "target": ("Community",),
                "stance": ("Oppose",),
                "humour": ("Humour",),
            },
            {"hate": ("No Hate",), "stance": ("Neutral",), "humour": ("No Humour",)},
        )
    else:
        names = project.tasks.task("techniques").names
        answers = ({"techniques": names[:2]}, {"techniques": ()})
    rows = []
    for number, answer in enumerate((*answers, None, answers[0])):
        meme = make_meme(number, split="test" if number == 0 else "")
        if number == 1:
            meme = replace(meme, text=EVIL, filename="-x.png")
        if number == 3:
            meme = replace(meme, image="", text="@text alone", filename="list.csv:3")
        image = None
        if meme.image:
            image = tmp_path / meme.image
            image.write_bytes(draw_png((number, 2, 3)))
        own = None if answer is None else labelled(number, answer, text=meme.text, image=meme.image)
        rows.append(ExportRow(meme=meme, name=meme.filename, labelled=own, image=image))
    return rows, (*answers, {}, answers[0])


def write_all(exports, project, format, rows):
    file = exports.create("cats", "out", project.tasks, format)
    for row in rows:
        file.add(row)
    return exports.path("cats", file.finish("# A card"))


@pytest.mark.parametrize(
    ("format", "tasks"),
    [(format, tasks) for format in DATASETS for tasks in ("pridemm", "propaganda")],
)
def test_our_own_readers_find_the_same_labels(tmp_path, exports, format, tasks):
    project = make_project(tasks=tasks)
    rows, answers = make_rows(tmp_path, project)
    if format == "imagefolder":
        rows, answers = rows[:3], answers[:3]
    path = write_all(exports, project, format, rows)
    if format == "imagefolder":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / "out")
            assert archive.read("README.md") == b"# A card"
        path = tmp_path / "out"
    dataset = read_dataset(path)
    assert dataset.left_out == () and len(dataset.rows) == len(rows)
    for row, given, answer in zip(dataset.rows, rows, answers, strict=True):
        found = {task.key: label_names(task, row) for task in project.tasks}
        assert {key: names for key, names in found.items() if names is not None} == answer
        assert (row.text, row.name) == (given.meme.text, given.name)
        assert row.content == given.meme.id
        assert bool(row.image_name) == bool(given.meme.image)
        if format == "imagefolder":
            assert row.image.read_bytes() == given.image.read_bytes()
    assert dataset.rows[0].split == "test"


@pytest.mark.parametrize("format", ["pridemm-csv", "csv", "imagefolder"])
def test_no_cell_starts_a_formula(tmp_path, exports, format):
    project = make_project()
    rows, _ = make_rows(tmp_path, project)
    data = write_all(exports, project, format, rows).read_bytes()
    if format == "imagefolder":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = archive.read("metadata.csv")
    cells = [cell for line in csv.reader(io.StringIO(data.decode(), newline="")) for cell in line]
    assert f"'{EVIL}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_jsonl_keeps_texts_as_they_are(tmp_path, exports):
    project = make_project()
    rows, _ = make_rows(tmp_path, project)
    path = write_all(exports, project, "jsonl", rows)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines[1]["text"] == EVIL and lines[1]["name"] == "-x.png"
    assert lines[0]["meme"] == make_id(0) and lines[0]["annotators"] == 2
    assert lines[2]["decided"] is None and lines[2]["hate"] is None


def test_a_file_has_its_name_only_when_it_is_whole(exports):
    project = make_project()
    file = exports.create("cats", "out", project.tasks, "csv")
    file.add(ExportRow(meme=make_meme(), name="a.png", labelled=None, image=None))
    with pytest.raises(StoreError, match=r"no export 'out\.csv'"):
        exports.path("cats", "out.csv")
    assert file.finish("", partial=True) == "out-partial.csv"
    assert len(read_dataset(exports.path("cats", "out-partial.csv")).rows) == 1


@pytest.mark.parametrize("format", ["csv", "jsonl", "imagefolder"])
def test_what_a_kill_leaves_is_no_export_and_goes_with_the_next(exports, format):
    tasks = make_project().tasks
    cut = exports.create("cats", "cut", tasks, format)
    cut.add(ExportRow(meme=make_meme(), name="a.png", labelled=None, image=None))
    cut._sink.close()
    if cut._zip is not None:
        cut._zip.close()
    assert cut._part.exists()
    whole = exports.create("cats", "whole", tasks, format)
    name = whole.finish("")
    folder = exports.path("cats", name).parent
    assert [path.name for path in folder.iterdir()] == [name]


def test_names_and_formats_are_checked(exports, tmp_path):
    for bad in ("../project.json", "", "a/b"):
        with pytest.raises(StoreError):
            exports.path("cats", bad)
        with pytest.raises(StoreError):
            exports.hand_out("cats", bad, tmp_path / "handed")
    with pytest.raises(InputError, match="Unknown export 'xml'"):
        exports.create("cats", "out", make_project().tasks, "xml")


def test_a_copy_is_handed_out(exports, tmp_path):
    path = write_all(exports, make_project(), "csv", [])
    copy = exports.hand_out("cats", path.name, tmp_path / "handed" / "x")
    assert copy.read_bytes() == path.read_bytes() and copy.parent == tmp_path / "handed" / "x"


def test_an_export_says_how_each_answer_came_about(tmp_path, exports):
    project = make_project()
    tied = labelled(
        0, {"stance": ("Oppose",)}, statuses={"hate": "tie", "stance": "unanimous"},
        votes={"hate": (("Hate",), ("No Hate",)), "stance": (("Oppose",), ("Oppose",))},
    )  # fmt: skip
    row = ExportRow(meme=make_meme(0), name="0.png", labelled=tied, image=None)
    for format in ("csv", "pridemm-csv"):
        path = write_all(exports, project, format, [row])
        (line,) = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
        assert (line["status"], line["stance"], line["name"]) == ("tie", "2", "0.png")
        assert line["hate"] in ("", "NA")
        assert json.loads(line["votes"]) == {"hate": ["1", "0"], "stance": ["2", "2"]}


def test_imported_labels_stand_in_on_request_and_gold_never_beside_peoples(tmp_path, exports):
    project = make_project()
    given = {"hate": ("Hate",), "target": ("Community",)}
    meme = make_meme(0, given=given, gold=True)
    decided = labelled(0, {"hate": ("No Hate",)}, statuses={"hate": "single"})
    expected = [
        # labelled, imported, then: hate, status, gold, the import's hate
        (None, False, None, "", False, None),
        (None, True, "1", "imported", True, "1"),
        (decided, False, "0", "single", False, None),
        (decided, True, "0", "single", False, "1"),
    ]
    for own, imported, hate, status, gold, before in expected:
        row = ExportRow(meme=meme, name="0.png", labelled=own, image=None, imported=imported)
        (line,) = write_all(exports, project, "jsonl", [row]).read_text("utf-8").splitlines()
        facts = json.loads(line)
        assert (facts["hate"], facts["status"], facts["gold"]) == (hate, status, gold)
        assert (facts["imported"] or {}).get("hate") == before
        (line,) = csv.DictReader(
            io.StringIO(write_all(exports, project, "pridemm-csv", [row]).read_text("utf-8-sig"))
        )
        assert (line["hate"] or None, line["status"]) == (hate, status)


def test_a_task_may_be_called_like_another_column_and_a_label_hold_a_bar(tmp_path, exports):
    tasks = TaskSet(
        key="odd",
        title="Odd",
        tasks=tuple(
            replace(make_task(key, names, kind), column=key)
            for key, names, kind in (
                ("text", ("a|b", "c", "=d"), "multiclass"),
                ("status", (" e", "f"), "multilabel"),
                ("hate", ("NA?", "g"), "multiclass"),
            )
        ),
    )
    project = make_project(tasks="pridemm")
    project = replace(project, tasks=tasks)
    answers = [
        {"text": (name,), "status": chosen, "hate": ("g",)}
        for name, chosen in (("a|b", (" e", "f")), ("c", ()), ("=d", ("f",)))
    ]
    rows = [
        ExportRow(meme=make_meme(n), name=f"{n}.png", labelled=labelled(n, answer), image=None)
        for n, answer in enumerate(answers)
    ]
    for format in ("csv", "jsonl", "pridemm-csv"):
        dataset = read_dataset(write_all(exports, project, format, rows))
        assert [{t.key: label_names(t, row) for t in tasks} for row in dataset.rows] == answers
