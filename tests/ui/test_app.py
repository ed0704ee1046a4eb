"""The page as a whole, and how it is launched."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import PurePosixPath

from starlette.requests import HTTPConnection

from memeclip_core.api.application import PREFIX
from memeclip_core.api.policy import Policy
from memeclip_core.api.scripts import Scripts
from memeclip_core.api.uploads import upload_limit
from memeclip_core.app.assets import read_scripts
from memeclip_core.config import ROOT
from memeclip_core.ui.app import STYLES, build_app, launch_options, render_warning
from memeclip_core.ui.frontend import read_frontend
from tests.factories import loops
from tests.factories.studios import build_tiny_studio, draw_png

FOLDER = ROOT / "assets" / "ui"
FILES = read_scripts(FOLDER)
ALL = Scripts(FILES, read_frontend())
SCRIPTS = ALL.route().path


def test_building_loads_no_model(tiny_studio):
    app = build_app(tiny_studio)
    assert app.title == "MemeCLIP Studio"
    assert app.analytics_enabled is False
    assert tiny_studio.status("pridemm").warm is False


def test_no_upload_field_refuses_a_file_by_its_ending(tiny_studio):
    # Gradio would say "Error" and no more; what is wrong with a file is said when it is read.
    fields = [
        one for one in build_app(tiny_studio).config["components"]
        if one["type"] in ("file", "uploadbutton")
    ]  # fmt: skip
    assert len(fields) > 5
    assert [one["props"]["elem_id"] for one in fields if one["props"].get("file_types")] == []


def test_the_header_follows_the_loading_until_it_is_over(tiny_studio):
    app = build_app(tiny_studio)
    on_load = next(event.fn for event in app.fns.values() if event.name == "on_load")
    header, timer = on_load("pridemm")
    assert "loading" in header
    assert timer["active"] is True
    tiny_studio.predict(draw_png(), "a.png", task_set="pridemm")
    header, timer = on_load("pridemm")
    assert "loading" not in header
    assert timer["active"] is False


def test_the_launch_is_local_and_quiet(tiny_studio):
    options = launch_options(tiny_studio)
    assert options["server_name"] == "127.0.0.1"
    assert options["share"] is False
    assert options["show_error"] is False
    assert options["run_history"] is False
    assert options["ssr_mode"] is False
    assert options["max_file_size"] == upload_limit(tiny_studio.settings)
    assert [route.path for route in options["app_kwargs"]["routes"]] == [
        PREFIX, SCRIPTS, "/healthz",
    ]  # fmt: skip
    assert str(tiny_studio.settings.home.resolve()) in options["blocked_paths"]
    assert all("samples" in path for path in options["allowed_paths"])


def test_with_a_users_file_everybody_signs_in(tiny_settings, tmp_path):
    users = tmp_path / "users.yaml"
    users.write_text("users: []\n", encoding="utf-8")
    studio = build_tiny_studio(replace(tiny_settings, auth=users))
    options = launch_options(studio)
    stranger = HTTPConnection({"type": "http", "headers": []})
    assert loops.run(options["auth_dependency"](stranger)) is None
    assert [route.path for route in options["app_kwargs"]["routes"]] == [
        PREFIX, SCRIPTS, "/healthz", "/login", "/login", "/logout",
    ]  # fmt: skip


def test_importing_the_page_imports_no_model_library_and_no_plotly():
    heavy = "torch", "transformers", "onnxruntime", "rapidocr", "plotly", "sklearn", "matplotlib"
    code = (
        "import sys, memeclip_core.ui.app; "
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_the_warning_needs_one_press_and_has_a_name():
    warning = render_warning()
    assert 'aria-labelledby="mc-warning-title"' in warning
    assert 'method="dialog"' in warning
    assert warning.count("<button") == 2


def test_every_script_and_style_is_sent(tiny_studio):
    options = launch_options(tiny_studio)
    [policy] = [one for one in options["app_kwargs"]["middleware"] if one.cls is Policy]
    sent = policy.kwargs["change"](b'<script type="module" src="./own.js"></script>').decode()
    assert sent.endswith(f'{ALL.head()}<script type="module" src="./own.js"></script>')
    written = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.css")}
    assert set(STYLES) == written
    assert all((FOLDER / name).read_text("utf-8") in options["css"] for name in STYLES)


def test_modules_import_modules_that_are_there_and_what_these_export():
    found = re.compile(r"^(?:import|export) (.+?) from \"(.+?)\";$", re.MULTILINE)
    for name, text in FILES.items():
        for wanted, address in found.findall(text):
            parts: list[str] = []
            for part in (PurePosixPath(name).parent / address).parts:
                parts = parts[:-1] if part == ".." else [*parts, part]
            other = FILES["/".join(parts)]
            for one in re.findall(r"(\w+)(?: as \w+)?[,} ]", wanted if wanted[0] == "{" else ""):
                assert re.search(rf"^export .*\b{one}\b", other, re.MULTILINE), (name, one)


def test_no_script_parses_text_as_html_or_speaks_to_others():
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|setHTML|document\.write"
        r"|\beval\(|new Function|https?://"
    )
    for name, text in FILES.items():
        # The name of a language, which nobody fetches.
        assert not forbidden.findall(text.replace("http://www.w3.org/2000/svg", "")), name
    parsing = [name for name, text in FILES.items() if "DOMParser" in text]
    assert parsing == ["label/side.js"]  # guidelines, which the server has cleaned
    asking = [name for name, text in FILES.items() if re.search(r"\bfetch\b|XMLHttp", text)]
    assert asking == ["server.js"]


def test_scripts_stay_about_one_noun():
    assert {name for name, text in FILES.items() if len(text.splitlines()) > 250} == set()
