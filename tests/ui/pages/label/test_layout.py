"""The shell of the page Label, and the scripts that drive it."""

from __future__ import annotations

import re

import gradio as gr

from memeclip_core.config import ROOT
from memeclip_core.ui.app import SCRIPTS, STYLES, launch_options
from memeclip_core.ui.pages.label.layout import LABEL_SCRIPTS, START, build_label

FOLDER = ROOT / "assets" / "ui"


def test_the_shell_starts_the_script(tiny_studio):
    with gr.Blocks() as app:
        build_label(tiny_studio)
    [shell] = [block for block in app.blocks.values() if isinstance(block, gr.HTML)]
    assert (shell.elem_id, shell.js_on_load) == ("label", START)
    assert {fn.api_name for fn in app.fns.values()} >= {"label_next", "label_save", "label_undo"}


def test_every_script_and_style_is_sent_in_its_order(tiny_studio):
    options = launch_options(tiny_studio)
    written = {path.name for path in (FOLDER / "label").glob("*.js")}
    assert {name.removeprefix("label/") for name in LABEL_SCRIPTS} == written
    places = [options["head"].index((FOLDER / name).read_text("utf-8")) for name in SCRIPTS]
    assert places == sorted(places)
    assert all((FOLDER / name).read_text("utf-8") in options["css"] for name in STYLES)


def test_no_script_parses_text_as_html_or_speaks_to_others():
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|setHTML|document\.write"
        r"|\beval\(|new Function|https?://"
    )
    parsing = [name for name in SCRIPTS if "DOMParser" in (FOLDER / name).read_text("utf-8")]
    assert parsing == ["label/side.js"]  # guidelines, which the server has cleaned
    for name in SCRIPTS:
        script = (FOLDER / name).read_text("utf-8")
        assert not forbidden.findall(script), name
        assert "</script" not in script.lower(), name


def test_scripts_stay_about_one_noun():
    long = {
        name: len((FOLDER / name).read_text("utf-8").splitlines())
        for name in SCRIPTS
        if len((FOLDER / name).read_text("utf-8").splitlines()) > 300
    }
    assert long == {}
