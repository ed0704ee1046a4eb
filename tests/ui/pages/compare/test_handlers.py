"""Choose, compare, open what is behind a number, download."""

from __future__ import annotations

import base64
from dataclasses import replace

import gradio as gr
import pytest

from memeclip_core.ui.pages.compare.handlers import STALE, OnCompare
from memeclip_core.ui.pages.compare.layout import Compare
from memeclip_core.ui.pages.compare.views import join_index
from tests.factories.page_records import press, visit
from tests.factories.studios import VAL_ROWS, build_tiny_studio, draw_png
from tests.factories.workbench import words, write_pridemm

VERSION = "pridemm-fake"


@pytest.fixture
def part(tiny_studio):
    with gr.Blocks():
        w = Compare(gr.Radio(["pridemm"], value="pridemm"))
    return w, OnCompare(studio=tiny_studio, widgets=w)


def ask(on, rows="shipped", *, file=None, split="", by="", column="", unseen=True, who=None):
    return on.on_compare(
        "pridemm", VERSION, VERSION, rows, file, split, by, column, unseen, visit(who)
    )


def test_models_rows_and_groups_are_offered(part):
    w, on = part
    found = on.on_open("pridemm", visit())
    assert found[w.first]["choices"] == [(f"{VERSION} (active)", VERSION)]
    assert [value for _, value in found[w.rows]["choices"]] == ["shipped", "corrected", "dataset"]
    assert found[w.by]["choices"][1][1] == "hate"
    assert on.on_rows("dataset")[w.handing]["visible"] is True
    assert on.on_rows("shipped")[w.handing]["visible"] is False


def test_a_dataset_of_the_server_is_offered_and_compared_on(tiny_settings, tmp_path):
    path = write_pridemm(tmp_path)
    studio = build_tiny_studio(replace(tiny_settings, datasets=(path,)))
    with gr.Blocks():
        w = Compare(gr.Radio(["pridemm"], value="pridemm"))
    on = OnCompare(studio=studio, widgets=w)
    key = f"dataset:{path.name}"
    assert (f"The dataset {path.name}", key) in on.on_open("pridemm", visit())[w.rows]["choices"]
    shown = on.on_rows(key)
    assert shown[w.handing]["visible"] is True and shown[w.file]["visible"] is False
    found = ask(on, key, split="val", column="hate")
    assert f"{path.name}: 12 rows." in found[w.said] and "Rates by Hateful?" in found[w.groups]


def test_rows_are_named_with_how_many_each_model_has_met(part):
    w, on = part
    found = ask(on, by="humour")
    assert f"Validation rows of {VERSION}: {VAL_ROWS} rows." in found[w.said]
    assert "has trained on none of them" in found[w.said]
    assert "Both sides are the same model" in found[w.said]
    assert found[w.task]["value"] == "hate" and found[w.task]["visible"] is True
    assert "Rates by Humour" in found[w.groups]
    assert len(found[w.reliability].data) == 3 and len(found[w.coverage].data) == 2
    assert "left to people" in found[w.gained]
    other = on.on_task("pridemm", found[w.found], "stance")
    assert "Stance" not in other[w.message] and other[w.confusion] != found[w.confusion]


def test_a_number_opens_its_rows_and_others_memes_have_no_button(part):
    w, on = part
    found = ask(on)[w.found]
    counts = found["cells"][0]["details"]["confusion"]
    j = int(counts[0][1] > counts[0][0])
    opened = on.on_cell("pridemm", found, "hate", press(join_index(0, 0, j)))
    assert opened[w.cell] == (0, 0, j)
    assert opened[w.behind].count("<code>validation row") == counts[0][j]
    assert "data-index" not in opened[w.behind]
    for index in (join_index(0, 9, 9), "x", None):
        assert STALE in on.on_cell("pridemm", found, "hate", press(index))[w.message]
    assert STALE in on.on_cell("pridemm", None, "hate", press(0))[w.message]


def test_own_memes_are_shown_blurred(part):
    w, on = part
    studio = on._studio
    labels = {"hate": ("Hate",), "target": ("Individual",), "stance": ("Neutral",)}
    for i in range(3):
        data = draw_png((10 * i, 60, 200))
        made = studio.predict(data, f"{i}.png", task_set="pridemm", text=words(i))
        studio.correct(
            studio.owner(), prediction=made, data=data, labels=labels | {"humour": ("Humour",)}
        )
    found = ask(on, "corrected")[w.found]
    column = int(found["cells"][0]["details"]["confusion"][1][1] > 0)
    opened = on.on_cell("pridemm", found, "hate", press(join_index(1, 1, column)))
    assert "data-index" in opened[w.behind]
    looked = on.on_behind("pridemm", found, "hate", opened[w.cell], visit(), press(0))
    assert "data-blurred" in looked[w.meme] and "data:image" in looked[w.meme]
    stale = on.on_behind("pridemm", found, "hate", opened[w.cell], visit(), press(99))
    assert STALE in stale[w.message]
    assert STALE in on.on_behind("pridemm", found, "hate", None, visit(), press(0))[w.message]
    assert STALE in on.on_changed("pridemm", found, "hate", visit(), press(0))[w.message]


def test_a_dataset_is_handed_in(part, tmp_path):
    w, on = part
    file = {"path": str(write_pridemm(tmp_path))}
    found = ask(on, "dataset", file=file, split="val", column="hate")
    assert "PrideMM.csv: 12 rows." in found[w.said]
    assert "Rates by Hateful?" in found[w.groups]
    assert "Hand in a dataset" in ask(on, "dataset")[w.message]
    wrong = ask(on, "dataset", file=file, split="absent")
    assert "No row has the split" in wrong[w.message]


def test_the_page_that_is_downloaded_holds_the_comparison(part):
    w, on = part
    found = ask(on)[w.found]
    page = base64.b64decode(on.on_report(found)[w.page]).decode()
    assert page.startswith("<!doctype html>") and VERSION in page
    assert STALE in on.on_report(None)[w.message]


def test_a_visitor_compares_nothing(tiny_settings):
    from dataclasses import replace

    from tests.factories.studios import build_tiny_studio

    with gr.Blocks():
        w = Compare(gr.Radio(["pridemm"], value="pridemm"))
    on = OnCompare(studio=build_tiny_studio(replace(tiny_settings, host="0.0.0.0")), widgets=w)
    assert [value for _, value in on.on_open("pridemm", visit())[w.rows]["choices"]] == [
        "shipped", "dataset",
    ]  # fmt: skip
    assert "cannot" in ask(on)[w.message]


def test_a_meme_is_tried_on_both(part):
    _, on = part
    page = on.on_try("pridemm", VERSION, VERSION, None, "harmless words", visit())
    assert page.count('<th scope="row">') == 4
    failed = on.on_try("pridemm", VERSION, VERSION, None, "", visit())
    assert 'role="alert"' in failed and "neither an image nor a text" in failed
