"""The page Batch in a real Chromium: files in, a table, files out, a project."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from memeclip_core.app.batch_answers import select_answers
from memeclip_core.app.studio import Studio
from memeclip_core.records.prediction import Prediction
from tests.factories.browser import BROWSER_MARKS, PHONE, WIDE, Visit, find_barriers
from tests.factories.studios import draw_png
from tests.factories.waits import until

pytestmark = BROWSER_MARKS

PATIENCE = 60_000
BAD = "unusable.png"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Return three pictures, not in the order of their names, and one file that is none."""
    paths = [tmp_path / name for name in ("c.png", "a.png", "b.png", BAD)]
    for number, path in enumerate(paths[:3]):
        path.write_bytes(draw_png((80 * number, 200 - 90 * number, 90), (40, 30)))
    paths[3].write_bytes(b"this is no picture")
    return [str(path) for path in paths]


def choose(page: Any, field: str, words: str) -> None:
    page.click(f"{field} input")
    page.get_by_role("option", name=words, exact=True).click()


def says_names(page: Any, names: list[str]) -> None:
    """Wait until the table names these memes in this order."""
    page.wait_for_function(
        """(names) => {
          const rows = [...document.querySelectorAll('#batch-table .mc-batch-meme span')];
          return JSON.stringify(rows.map((row) => row.textContent)) === JSON.stringify(names);
        }""",
        arg=names,
    )


def test_from_files_to_a_table_and_from_there_to_files_and_a_project(
    visit: Any, url: str, studio: Studio, files: list[str]
) -> None:
    v: Visit = visit()
    page = v.page
    page.set_default_timeout(PATIENCE)
    v.open(url, "?page=Batch")
    page.wait_for_selector("#batch-empty", state="visible")
    page.set_input_files("#batch-files input[type=file]", files)
    v.says("#batch-files", "unusable")
    page.click("#batch-start")
    v.says("#batch-job", "All predicted")
    v.says("#batch-job", "3 memes predicted · 1 failed")
    page.click("#batch-failures summary")
    v.says("#batch-failures li", BAD)

    link = page.locator("#batch-download a", has_text="CSV")
    batch = studio.batches.read(studio.owner(), str(link.get_attribute("href")).split("/")[-2])

    def named(**asked: str) -> list[str]:
        rows = select_answers(batch.answers, **asked)
        return [one.told.meme.filename for one in rows if isinstance(one.told, Prediction)]

    says_names(page, named())
    assert find_barriers(page) == []
    page.set_viewport_size(PHONE)
    told = page.locator("#batch-table .mc-batch-brief").first
    assert [*map(str.strip, told.locator("dt").all_inner_texts())][:2] == ["Hateful?", "Target"]
    box = told.bounding_box()
    assert box and box["x"] + box["width"] <= PHONE["width"]
    page.set_viewport_size(WIDE)
    told.wait_for(state="hidden")
    choose(page, "#batch-order", "By name")
    says_names(page, ["a.png", "b.png", "c.png"])
    choose(page, "#batch-order", "Least sure first")
    says_names(page, named(order="unsure"))
    label = batch.predictions[0].task("humour").labels[0]
    choose(page, "#batch-label", f"Humour: {'Humour' if label == 'Humour' else 'No humour'}")
    says_names(page, named(order="unsure", task="humour", label=label))
    other = "No Humour" if label == "Humour" else "Humour"
    choose(page, "#batch-label", f"Humour: {'Humour' if other == 'Humour' else 'No humour'}")
    left = named(order="unsure", task="humour", label=other)
    says_names(page, left)
    if not left:
        v.says("#batch-table", "No answer is found by this filter.")

    with page.expect_download() as saved:
        link.click()
    rows = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text("utf-8-sig"))))
    assert len(rows) in (3, 4) and {"a.png", "b.png", "c.png"} <= set(rows[0] and _cells(rows))

    page.locator("#page-batch button.label-wrap", has_text="Make a project of these").click()
    page.locator("#batch-title :is(input, textarea)").fill("Of a batch")
    page.click("#batch-make")
    v.says("#batch-message", "“Of a batch” is created")
    who = studio.owner()
    until(
        lambda: studio.projects.facts(who, "of-a-batch").memes == 3, "the memes were not imported"
    )


def test_a_folder_goes_in_with_its_names_and_what_is_no_meme_by_its_name_alone(
    visit: Any, url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "my memes"
    names = ("one/a.png", "two/a.png", "two/clip.mp4", ".hidden/b.png", "two/._a.png")
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = draw_png((9, 40 * number, 90), (40, 30))
        path.write_bytes(picture if name.endswith("a.png") else b"1")
    v: Visit = visit()
    page = v.page
    page.set_default_timeout(PATIENCE)
    v.open(url, "?page=Batch")
    v.choose_files(lambda: page.click("#page-batch button[data-folder]"), folder)
    v.says("#batch-files", "my memes/two/a")
    assert "0.0\xa0B" in page.inner_text("#batch-files tr:has-text('clip')")
    assert find_barriers(page) == []
    page.click("#batch-start")
    v.says("#batch-job", "2 memes predicted · 1 failed")
    says_names(page, ["one/a.png", "two/a.png"])
    page.click("#batch-failures summary")
    v.says("#batch-failures li", "two/clip.mp4 It was passed over")


def test_what_is_pasted_or_dropped_beside_the_field_goes_to_the_page_that_is_open(
    visit: Any, url: str
) -> None:
    v: Visit = visit()
    page = v.page
    page.set_default_timeout(PATIENCE)
    v.open(url, "?page=Batch")
    page.wait_for_selector("#batch-empty", state="visible")
    drop(page, "#batch-empty", "beside.csv")
    v.says("#batch-files", "beside")
    page.get_by_role("tab", name="Analyse").click()
    page.wait_for_selector("#drop", state="visible")
    assert "beside" not in page.inner_text("#page-analyse")


def test_what_is_dropped_on_a_field_goes_there_alone(visit: Any, url: str) -> None:
    v: Visit = visit()
    page = v.page
    page.set_default_timeout(PATIENCE)
    v.open(url)
    page.wait_for_selector("#drop", state="visible")
    page.get_by_role("tab", name="Models").click()
    page.wait_for_selector("#try-picture input[type=file]", state="attached")
    drop(page, "#try-picture label", "tried.png")
    v.says("#try-picture", "tried")
    page.get_by_role("tab", name="Analyse").click()
    page.wait_for_selector("#drop", state="visible")
    page.wait_for_timeout(1000)
    assert "tried" not in page.inner_text("#page-analyse")


def drop(page: Any, selector: str, name: str) -> None:
    page.evaluate(
        """([selector, name]) => {
          const data = new DataTransfer();
          data.items.add(new File(["text\\nwords\\n"], name));
          document.querySelector(selector).dispatchEvent(
            new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
        }""",
        [selector, name],
    )


def _cells(rows: list[dict[str, str]]) -> set[str]:
    return {cell for row in rows for cell in row.values() if cell}
