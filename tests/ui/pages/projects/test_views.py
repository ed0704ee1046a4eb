"""Projects as HTML: what is said, and that nothing is run."""

from __future__ import annotations

from dataclasses import replace

from memeclip_core.records.job import Job, Progress
from memeclip_core.records.meme import Failure
from memeclip_core.records.project import MigrationPreview, ProjectFacts
from memeclip_core.ui.pages.projects.views import (
    SHOWN,
    derive_key,
    render_migration,
    render_project_job,
    render_projects,
)
from tests.factories.page_records import HOSTILE
from tests.factories.project_records import TIME, make_project

FACTS = ProjectFacts(
    project=make_project(title=HOSTILE),
    memes=1200,
    decided=300,
    decisions=450,
    adjudicated=2,
    flagged=3,
    stale=0,
    model="m-1",
    jobs=(),
)
JOB = Job(
    id="j",
    kind="import",
    subject="cats",
    state="running",
    started=TIME,
    by="ana",
    progress=Progress(done=1, total=4, message="importing"),
    counts={"added": 1200, "failed": 2, "duplicates": 1},
    failures=(Failure(filename=HOSTILE, reason=HOSTILE),),
)


def test_a_project_shows_how_far_it_is():
    html = render_projects((FACTS,), "cats")
    assert "300 of 1,200" in html and 'value="25"' in html and "3 flagged" in html
    assert 'class="mc-chosen"' in html and "version 1" in html
    assert "<img" not in html
    assert 'class="mc-chosen"' not in render_projects((FACTS,), "dogs")
    assert "no project yet" in render_projects((), "")


def test_what_is_closed_to_others_or_asks_gold_first_is_marked():
    assert "with a qualification round" not in render_projects((FACTS,), "")
    rules = {"members_only": True, "qualify": 2}
    html = render_projects((replace(FACTS, project=replace(FACTS.project, **rules)),), "")
    assert "for members only · with a qualification round" in html


def test_missing_suggestions_are_said():
    assert "by m-1" in render_projects((FACTS,), "")
    html = render_projects((replace(FACTS, stale=7),), "")
    assert "7 memes not predicted yet by m-1" in html


def test_a_running_job_shows_a_bar_and_what_is_wrong():
    html = render_project_job(JOB)
    assert "Import under way" in html and 'value="25"' in html and "importing 25%" in html
    assert "added: 1,200" in html and "exact duplicates: 1" in html
    assert "3 files or rows to look at" in html and "<img" not in html
    assert render_project_job(None) == ""


def test_a_job_that_ended_says_how_and_when():
    done = replace(JOB, state="failed", reason=HOSTILE, ended=TIME.replace(minute=8))
    html = render_project_job(done)
    assert "Import failed" in html and "<progress" not in html and "after 120 s" in html
    assert "mc-reason" in html and "<img" not in html


def test_a_long_list_is_cut():
    many = tuple(Failure(filename=str(n), reason="broken") for n in range(SHOWN + 5))
    html = render_project_job(replace(JOB, failures=many, counts={"failed": 300}))
    assert html.count("<li>") == SHOWN + 1 and "and 250 more" in html


def test_a_new_label_set_says_what_it_does():
    preview = MigrationPreview(
        project=make_project(),
        decisions=10,
        changed=4,
        again=3,
        memes_again=2,
        gone=(("Stance", HOSTILE),),
        by_task={"Stance": (4, 3)},
        given=1,
        unread=5,
    )
    html = render_migration(preview)
    assert "5 decisions with labels that the heads know under no name" in html
    assert "10 decisions: 4 would read otherwise, 3 would go back" in html
    assert "on 2 memes" in html and "Stance: 4 read otherwise, 3 to be decided again" in html
    assert "import change on 1 meme" in html and "<img" not in html


def test_a_key_is_made_from_a_title():
    assert derive_key(" Cats & Dogs: Été 2026! ") == "cats-dogs-ete-2026"
    assert len(derive_key("a" * 200)) == 60
