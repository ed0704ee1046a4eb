"""Handlers of the page Projects: every step a person takes, and every refusal."""

from __future__ import annotations

import pytest

from memeclip_core.storage.task_files import render_task_set
from memeclip_core.ui.pages.projects.handlers import show_guidelines
from memeclip_core.ui.pages.projects.membership import OnTeam
from tests.factories.dataset_files import make_zip
from tests.factories.page_records import visit
from tests.factories.project_page import Desk, serve_roles
from tests.factories.projects import forget_predictions, make_cats
from tests.factories.studios import draw_png


@pytest.fixture
def desk(tiny_studio):
    return Desk(tiny_studio)


@pytest.fixture
def cats(desk, tmp_path):
    make_cats(desk.studio, tmp_path / "in", 3)
    return desk


@pytest.fixture
def served(tiny_settings, tmp_path):
    return serve_roles(tiny_settings, tmp_path)


def test_an_empty_page_offers_to_create(desk):
    updates = desk.on.on_open(None, visit())
    assert "no project yet" in updates[desk.w.listing]
    assert updates[desk.w.creating]["open"] is True and updates[desk.w.body]["visible"] is False
    assert updates[desk.w.timer]["active"] is False


def test_a_project_is_created_and_turned_to(desk):
    updates = desk.on.on_create(" Cats ", " cats ", "propaganda", visit())
    w = desk.w
    assert updates[w.pick]["value"] == "cats" and updates[w.body]["visible"] is True
    assert "“Cats” is created" in updates[w.message] and updates[w.new_title] == ""
    assert updates[w.rules["title"]] == "Cats" and updates[w.rules["hidden_share"]] == 10
    assert "techniques" in updates[w.labels]
    again = desk.on.on_create("x", "cats", "propaganda", visit())
    assert list(again) == [w.message] and "already" in again[w.message]


def test_a_project_is_duplicated_and_turned_to(cats):
    updates, w = cats.on.on_duplicate("cats", "Cats & more", "", visit()), cats.w
    assert updates[w.pick]["value"] == "cats-more"
    assert "nothing is decided in it" in updates[w.message]
    assert len(cats.studio.projects._store.memes("cats-more")) == 3


def test_an_upload_is_imported_and_followed(cats, tmp_path):
    w = cats.w
    path = make_zip(tmp_path / "m.zip", {"a.png": draw_png((9, 9, 9)), "b.png": b"x"})
    updates = cats.on.on_import("cats", [{"path": str(path)}], "", "", False, visit())
    assert updates[w.files] is None and updates[w.message] == ""
    ended = cats.settle()
    assert "Import done" in ended[w.job] and "added: 1" in ended[w.job]
    assert ended[w.stop]["visible"] is False and ended[w.resume]["visible"] is False
    assert "0 of 4" in ended[w.listing]


def test_what_was_imported_is_deleted_and_what_was_not_stays(cats, tmp_path):
    cats.studio.uploads.open(tmp_path)
    path = make_zip(tmp_path / "m.zip", {"a.png": draw_png((9, 9, 9))})
    refused = cats.on.on_import("no such", [{"path": str(path)}], "", "", False, visit())
    assert "mc-error" in refused[cats.w.message] and path.exists()
    cats.on.on_import("cats", [{"path": str(path)}], "", "", False, visit())
    assert not path.exists()
    assert "added: 1" in cats.settle()[cats.w.job]


def test_several_files_are_one_dataset(cats, tmp_path):
    image = tmp_path / "a.png"
    image.write_bytes(draw_png((7, 7, 7)))
    listing = tmp_path / "list.csv"
    listing.write_text("file,verdict\r\na.png,1\r\n")
    cats.on.on_import(
        "cats", [{"path": str(listing)}, {"path": str(image)}], "", "image=file hate=verdict",
        True, visit(),
    )  # fmt: skip
    cats.settle()
    meme = cats.studio.projects._store.memes("cats").rows[-1]
    assert meme.given == {"hate": ("Hate",)} and meme.gold


@pytest.mark.parametrize(
    ("files", "columns", "said"),
    [(None, "", "There is no file"), (["x"], "nonsense", "column map")],
)
def test_an_import_of_no_use_is_one_sentence(cats, files, columns, said):
    updates = cats.on.on_import("cats", files, "", columns, False, visit())
    assert list(updates) == [cats.w.message] and said in updates[cats.w.message]


def test_a_failed_import_can_go_on(cats, tmp_path):
    w, who = cats.w, cats.studio.owner()
    cats.studio.projects.start_import(who, "cats", tmp_path / "gone")
    ended = cats.settle()
    assert "Import failed" in ended[w.job] and ended[w.resume]["visible"] is True
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "a.png").write_bytes(draw_png((8, 8, 8)))
    cats.on.on_resume("cats", visit())
    assert "added: 1" in cats.settle()[w.job]
    cats.on.on_stop("cats", visit())  # nothing runs any more, and nothing happens


RULES = ("New title", 2, 50, 25, "random", 20, 100, 0, 0, 80, 2, False, False)


def test_rules_and_guidelines_are_saved(cats):
    updates = cats.on.on_change("cats", visit(), *RULES)
    assert "The rules are saved" in updates[cats.w.message]
    cats.on.on_write("cats", "# Look", visit())
    project = cats.studio.projects.project(cats.studio.owner(), "cats")
    assert (project.title, project.overlap, project.order) == ("New title", 2, "random")
    assert (project.retrain_every, project.guidelines) == (100, "# Look")
    assert (project.overlap_share, project.hidden_share) == (0.5, 0.25)  # shown in per cent
    bad = cats.on.on_change("cats", visit(), "", 12, *RULES[2:7], None, *RULES[8:])
    assert "the title is empty" in bad[cats.w.message]
    assert cats.studio.projects.project(cats.studio.owner(), "cats") == project
    assert show_guidelines(" ", "cats") == "<p><em>There are no guidelines yet.</em></p>"
    assert show_guidelines("*x*", "cats") == "<p><em>x</em></p>\n"


def test_a_team_is_changed_and_given_memes(cats):
    w, on = cats.w, OnTeam(studio=cats.studio, widgets=cats.w)
    updates = on.on_add("cats", " ann, bob,ann ", 7, visit())
    assert updates[w.members].count("<td") == 8 and "any number" not in updates[w.members]
    assert "Saved: ann and bob" in updates[w.message]
    updates = on.on_assign("cats", "ann, bob", 100, "", visit())
    assert "assigned: ann has" in updates[w.message]
    assert "can go to anybody again" in on.on_unassign("cats", "ann,bob", visit())[w.message]
    assert "bob" not in on.on_remove("cats", "bob", visit())[w.members]
    assert "Nobody is named" in on.on_add("cats", " , ", 0, visit())[w.message]


def test_a_round_is_asked_for_and_people_are_let_pass(cats):
    w, on = cats.w, OnTeam(studio=cats.studio, widgets=cats.w)
    asked = cats.on.on_change("cats", visit(), *RULES[:8], 3, 90, 2, False, False)
    assert "takes 6, as every try has other ones" in asked[w.message]
    updates = cats.on.on_open("cats", visit())
    assert "no qualification round" in updates[w.qualified] and not updates[w.round]["visible"]
    updates = on.on_let_pass("cats", "ann, bob", visit())
    assert "Passed: ann and bob." in updates[w.message]
    assert updates[w.qualified].count("passed, said") == 2 and updates[w.round]["visible"]
    updates = on.on_reset("cats", "bob", visit())
    assert "bob can begin anew" in updates[w.message] and "in it, said" in updates[w.qualified]


def test_a_closed_project_is_marked_and_never_turned_to_by_itself(cats):
    who, projects = cats.studio.owner(), cats.studio.projects
    projects.create(who, key="dogs", title="Dogs", task_set="pridemm")
    updates = cats.on.on_change("dogs", visit(), *RULES[:-1], True)
    assert updates[cats.w.pick]["value"] == "dogs"
    assert ("New title (closed)", "dogs") in updates[cats.w.pick]["choices"]
    assert "dogs · closed" in updates[cats.w.listing]
    assert updates[cats.w.rules["closed"]] is True
    assert cats.on.on_open(None, visit())[cats.w.pick]["value"] == "cats"


def test_a_label_set_changes_only_as_it_was_previewed(cats):
    w, who = cats.w, cats.studio.owner()
    tasks = cats.studio.projects.project(who, "cats").tasks
    text = render_task_set(tasks).replace("name: Oppose", "name: Against")
    mapping = "stance: Oppose -> Against"
    refused = cats.on.on_migrate("cats", text, mapping, None, visit())
    assert "Look at what would change first" in refused[w.message]
    shown = cats.on.on_preview("cats", text, mapping, visit())
    assert "0 decisions" in shown[w.outcome] and shown[w.migrate]["interactive"] is True
    other = cats.on.on_migrate("cats", text, "", shown[w.previewed], visit())
    assert "Look at what would change first" in other[w.message]
    assert cats.on.on_edit()[w.migrate]["interactive"] is False
    done = cats.on.on_migrate("cats", text, mapping, shown[w.previewed], visit())
    assert "version 2 now" in done[w.message] and "Against" in done[w.labels]
    late = cats.on.on_migrate("cats", text, mapping, shown[w.previewed], visit())
    assert "version 2 by now" in late[w.message]
    cats.settle()


def test_a_task_file_with_a_mistake_is_named_by_its_line(cats):
    updates = cats.on.on_preview("cats", "key: x\ntitle: X\n", "", visit())
    assert "the label set, line 1" in updates[cats.w.message]
    updates = cats.on.on_preview("cats", "key: [", "", visit())
    assert "not valid YAML" in updates[cats.w.message]


def test_a_picture_joins_the_guidelines_and_what_is_none_says_why(cats, upload):
    name = upload.rename(upload.with_name("a [b].png"))
    sent = {"path": str(name), "meta": {"_type": "gradio.FileData"}}
    updates = cats.on.on_illustrate("cats", "# Look\n", sent, visit())
    before, line = updates[cats.w.written].split("\n\n")
    assert (before, line[:6]) == ("# Look", "![a b]")
    html = show_guidelines(updates[cats.w.written], "cats")
    assert f'<img src="api/v1/projects/cats/guidelines/{line[7:-1]}" alt="a b">' in html
    name.write_bytes(b"none")
    refused = cats.on.on_illustrate("cats", "# Look", sent, visit())
    assert "mc-error" in refused[cats.w.message]
    assert cats.w.written not in refused


def test_tables_of_the_labels_join_the_guidelines_with_room_for_examples(cats):
    updates = cats.on.on_outline("cats", "# Look\n", visit())
    html = show_guidelines(updates[cats.w.written], "cats")
    assert html.startswith("<h3>Look</h3>")
    for task in cats.studio.projects.project(cats.studio.owner(), "cats").tasks:
        assert f"<h3>{task.title}</h3>" in html
        for label in task.labels:
            assert f"<td>{label.display}</td>\n<td>" in html


def test_missing_suggestions_can_be_computed(cats):
    forget_predictions(cats.studio)
    assert cats.on.on_tick("cats", visit())[cats.w.predict]["visible"] is True
    cats.on.on_compute("cats", visit())
    ended = cats.settle()
    assert ended[cats.w.predict]["visible"] is False and "Predictions done" in ended[cats.w.job]


VISIBLE = {
    None: {"body": False, "creating": False},
    "annotator": {
        "body": True, "creating": False, "importing": False, "changing": False,
        "migrating": False, "exporting": False, "written": False,
        "illustrate": False, "outline": False,
    },
    "reviewer": {"body": True, "creating": False, "importing": False, "exporting": True},
    "admin": {"body": True, "creating": True, "importing": True, "exporting": True},
}  # fmt: skip


@pytest.mark.parametrize("name", VISIBLE)
def test_each_role_sees_what_it_may_do(served, name):
    updates = served.on.on_open(None, visit(name))
    for part, visible in VISIBLE[name].items():
        assert updates[getattr(served.w, part)]["visible"] is visible
    assert ("Sign in" in updates[served.w.listing]) is (name is None)


@pytest.mark.parametrize("name", [None, "annotator", "reviewer"])
def test_nothing_happens_for_those_who_may_not(served, name):
    on, who = served.on, visit(name)
    team = OnTeam(studio=served.studio, widgets=served.w)
    before = sorted(p for p in served.studio.settings.home.rglob("*") if "locks" not in p.parts)
    calls = [
        on.on_create("X", "x", "pridemm", who),
        on.on_import("cats", ["x"], "", "", False, who),
        on.on_change("cats", who, *RULES),
        on.on_write("cats", "x", who),
        on.on_preview("cats", render_task_set(served.studio.task_sets[1]), "", who),
        on.on_resume("cats", who),
        on.on_compute("cats", who),
        team.on_add("cats", "ann", 0, who),
        team.on_remove("cats", "ann", who),
        team.on_assign("cats", "ann", 100, "", who),
        team.on_unassign("cats", "ann", who),
        team.on_let_pass("cats", "ann", who),
        team.on_reset("cats", "ann", who),
    ]
    if name != "reviewer":
        calls.append(on.exporting.on_export("cats", "csv", [], who))
    for updates in calls:
        assert list(updates) == [served.w.message] and "You cannot" in updates[served.w.message]
    after = sorted(p for p in served.studio.settings.home.rglob("*") if "locks" not in p.parts)
    assert after == before


def test_without_a_project_there_is_nothing_to_do(desk):
    for updates in (
        desk.on.exporting.on_export(None, "csv", [], visit()),
        desk.on.on_write("", "x", visit()),
    ):
        assert "Choose a project first" in updates[desk.w.message]


def test_a_key_is_made_from_the_title(desk):
    desk.on.on_create("Cats & Dogs", "", "pridemm", visit())
    made = desk.studio.projects.project(desk.studio.owner(), "cats-dogs")
    assert made.title == "Cats & Dogs"
