"""The page Projects in a real Chromium: from nothing to a download, wide, narrow and dark."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from memeclip_core.app.studio import Studio
from memeclip_core.storage.task_files import render_task_set
from tests.factories.browser import BROWSER_MARKS, Visit
from tests.factories.dataset_files import make_zip
from tests.factories.studios import draw_png

pytestmark = BROWSER_MARKS

PATIENCE = 60_000


def unfold(page: Any, name: str) -> None:
    page.locator("#page-projects button.label-wrap", has_text=name).click()


def test_a_project_from_nothing_to_a_download(
    new_tab: Any, url: str, studio: Studio, tmp_path: Path, memes: list[Path]
) -> None:
    archive = make_zip(
        tmp_path / "memes.zip",
        {"a.png": draw_png((9, 9, 9)), "b.png": draw_png((8, 8, 8)), "broken.png": b"x"},
    )
    visit = Visit(page=new_tab())
    page = visit.page
    page.set_default_timeout(PATIENCE)
    visit.open(url)
    visit.tab("Projects")
    page.locator("#project-new-title input, #project-new-title textarea").fill("Cats")
    page.locator("#project-new-key input, #project-new-key textarea").fill("cats")
    page.click("#project-create")
    page.wait_for_selector("#projects-message :text('is created')")

    page.set_input_files("#project-files input[type=file]", str(archive))
    page.wait_for_selector("#project-files :text('memes')")
    page.click("#project-import")
    page.wait_for_selector("#project-job section[data-kind=import][data-state=done]")
    assert "added: 2" in page.inner_text("#project-job")
    assert "0 of 2" in page.inner_text("#projects")

    unfold(page, "Guidelines")
    page.fill(
        "#project-written textarea", "# Look\n\n**twice**\n\n<script>window.hurt = 1</script>"
    )
    page.wait_for_selector("#project-guidelines strong:text('twice')")
    visit.choose_files(lambda: page.click("#project-illustrate"), memes[0])
    picture = page.locator("#project-guidelines img[alt=one]")
    picture.wait_for()
    page.wait_for_function("(img) => img.naturalWidth === 320", arg=picture.element_handle())
    page.click("#project-write")
    page.wait_for_selector("#projects-message :text('guidelines are saved')")
    assert page.evaluate("window.hurt") is None

    unfold(page, "Label set")
    tasks = studio.projects.project(studio.owner(), "cats").tasks
    text = render_task_set(tasks).replace("name: Oppose", "name: Against")
    page.click("#project-labels .cm-content")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    page.fill("#project-mapping textarea", "stance: Oppose -> Against")
    page.click("#project-preview")
    page.wait_for_selector("#project-outcome :text('0 decisions')")
    page.click("#project-migrate")
    page.wait_for_selector("#projects-message :text('version 2 now')")

    unfold(page, "Export")
    page.get_by_label("Also memes that nobody decided yet").check()
    page.get_by_label("Images with metadata.csv").check()
    page.click("#project-export")
    page.wait_for_selector("#project-job section[data-kind=export][data-state=done]")
    page.click("#project-exports input")
    page.get_by_role("option").nth(1).click()
    with page.expect_download() as given:
        page.locator("#project-download a").first.click()
    with zipfile.ZipFile(given.value.path()) as found:
        names = sorted(found.namelist())
    assert len(names) == 4 and names[0] == "README.md" and names[-1] == "metadata.csv"

    for width, query in ((390, ""), (390, "?__theme=dark"), (1280, "?__theme=dark")):
        other = Visit(page=new_tab({"width": width, "height": 844}))
        other.open(url, query)
        other.tab("Projects")
        small = other.page
        small.wait_for_selector("#projects table")
        assert small.evaluate("document.documentElement.scrollWidth") <= width
        small.close()

    unfold(page, "Delete")
    assert "Memes: 2" in page.inner_text("#project-contents")
    assert not page.locator("#project-delete").is_visible()
    page.click("#project-delete-export")
    page.wait_for_selector("#project-contents :text('Everything is exported')")
    assert not page.locator("#project-delete").is_visible()
    with page.expect_download() as saved:
        page.click("#project-delete-save")
    page.wait_for_selector("#project-delete-message :text('Look that all of')")
    size = saved.value.path().stat().st_size
    assert f"{size:,} bytes" in page.inner_text("#project-delete-message")
    page.fill("#project-delete-name input, #project-delete-name textarea", "Cats")
    page.click("#project-delete")
    page.wait_for_selector("#project-delete-message :text('Write the key')")
    page.fill("#project-delete-name input, #project-delete-name textarea", "cats")
    page.click("#project-delete")
    page.wait_for_selector("#projects-message :text('is deleted')")
    assert studio.projects.list(studio.owner()) == ()
    assert not (studio.settings.home / "projects" / "cats").exists()
