"""The public endpoint, and what meets a raw call to a private one."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError

from memeclip_core.config import Settings
from memeclip_core.errors import PermissionDenied
from memeclip_core.records.schemas import prediction_to_dict
from memeclip_core.ui.predict_endpoint import EXAMPLE
from tests.docs.pages import GUIDE, README, read_blocks
from tests.factories.browser import SERVER_MARKS
from tests.factories.people import add_user
from tests.factories.serving import Served, connect, launching
from tests.factories.studios import READ, build_tiny_studio, draw_png

pytestmark = SERVER_MARKS


@contextmanager
def serve(settings: Settings, **changes: Any) -> Iterator[Served]:
    studio = build_tiny_studio(replace(settings, **changes))
    with launching(studio) as app:
        yield Served(studio, app)


@pytest.fixture
def served(tiny_settings) -> Iterator[Served]:
    with serve(tiny_settings) as server:
        yield server


@pytest.fixture
def visited(tiny_settings) -> Iterator[Served]:
    with serve(tiny_settings, host="0.0.0.0") as server:
        yield server


def test_predict_answers_with_the_record_that_the_command_line_prints(served, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(draw_png())
    client = connect(served.url)
    found = client.predict(image=handle_file(str(path)), api_name="/predict")
    expected = prediction_to_dict(served.studio.predict(draw_png(), "a.png", task_set="pridemm"))
    assert found == json.loads(json.dumps(expected))
    assert found["meme"]["text"] == READ
    assert set(found["tasks"]) == {"hate", "target", "stance", "humour"}

    typed = client.predict(
        image=handle_file(str(path)), text="by hand", task_set="propaganda", api_name="/predict"
    )
    assert typed["meme"]["text_source"] == "user"
    assert len(typed["tasks"]["techniques"]["cosines"]) == 22

    alone = client.predict(text="a text alone", api_name="/predict")
    assert alone["meme"]["text"] == "a text alone"

    bad = tmp_path / "bad.png"
    bad.write_bytes(b"none")
    both = [handle_file(str(path)), handle_file(str(bad))]
    one, failed = client.predict(images=both, api_name="/predict_batch")
    assert one["tasks"] == found["tasks"]
    assert (failed["filename"], set(failed)) == ("bad.png", {"filename", "reason"})
    with pytest.raises(AppError, match="There are 0 images"):
        client.predict(images=[], api_name="/predict_batch")

    with pytest.raises(AppError, match="neither an image nor a text"):
        client.predict(api_name="/predict")
    with pytest.raises(AppError, match="no task set 'no'"):
        client.predict(text="a", task_set="no", api_name="/predict")


def test_a_blank_text_is_read_and_that_there_is_none_is_said(served, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(draw_png())
    client = connect(served.url)
    read = client.predict(handle_file(str(path)), " ", api_name="/predict")["meme"]
    assert (read["text"], read["text_source"], read["filename"]) == (READ, "rapidocr", "a.png")
    none = client.predict(handle_file(str(path)), no_text=True, api_name="/predict")["meme"]
    assert (none["text"], none["text_source"]) == ("", "user")
    with pytest.raises(AppError, match="neither an image nor a text"):
        client.predict(text=" ", api_name="/predict")


def test_a_model_can_be_named(served):
    client = connect(served.url)
    found = client.predict(text="a", model="pridemm-fake", api_name="/predict")
    assert found["model"] == "pridemm-fake"
    with pytest.raises(AppError, match="absent"):
        client.predict(text="a", model="absent", api_name="/predict")


def run_example(code: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run a piece of Python in a folder, as it stands, and return its names."""
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(code, names)
    return names


@pytest.mark.parametrize("page", [README, GUIDE["command-line"]], ids=["README", "command-line"])
def test_the_documents_python_asks_a_running_page(page, served, tmp_path, monkeypatch):
    codes = read_blocks(page, "python")
    (code,) = (code for code in codes if "gradio_client" in code)
    (tmp_path / "meme.png").write_bytes(draw_png())
    code = code.replace("http://127.0.0.1:7860", served.url)
    meme = run_example(code, tmp_path, monkeypatch)["prediction"]["meme"]
    assert (meme["text"], meme["filename"]) == (READ, "meme.png")


def test_the_example_of_the_api_view_runs(served, tmp_path, monkeypatch):
    with urllib.request.urlopen(f"{served.url}/gradio_api/info", timeout=20) as answer:
        snippets = json.load(answer)["named_endpoints"]["/predict"]["code_snippets"]
    found = run_example(snippets["python"], tmp_path, monkeypatch)["result"]
    assert found["meme"]["text"] == EXAMPLE
    for language in ("javascript", "bash"):
        assert EXAMPLE in snippets[language]
        assert ".pdf" not in snippets[language]


def test_the_documented_surface_is_two_endpoints(served):
    with urllib.request.urlopen(f"{served.url}/gradio_api/info", timeout=20) as answer:
        info = json.load(answer)
    assert list(info["named_endpoints"]) == ["/predict", "/predict_batch"]
    assert info["unnamed_endpoints"] == {}


def test_raw_calls_of_a_visitor_are_refused_by_the_service(visited):
    task_set = ["pridemm"]
    assert "cannot undo" in visited.post("on_undo", ["pridemm"])
    assert "cannot retrain" in visited.post("on_retrain", task_set)
    assert "cannot roll back" in visited.post("on_roll_back", task_set)
    exported = visited.post("on_export", task_set)
    assert "cannot export" in exported
    assert visited.studio.jobs("pridemm") == ()


def test_raw_calls_of_a_visitor_read_nothing_that_people_decided(tiny_settings, visited):
    owner = build_tiny_studio(tiny_settings)
    seen = owner.predict(draw_png(), "a.png", task_set="pridemm", text="words of their own")
    labels = {task.task: task.labels for task in seen.tasks}
    owner.correct(
        owner.owner(), prediction=seen, data=draw_png(), labels=labels, note="a note of theirs"
    )
    answers = {
        name: visited.post(name, sent)
        for name, sent in (("on_refresh", [None, "pridemm"]), ("on_export", ["pridemm"]))
    }
    assert "1 meme corrected" in answers["on_refresh"]
    assert "cannot export" in answers["on_export"]
    for answer in answers.values():
        assert "of their own" not in answer
        assert "a note of theirs" not in answer
    assert "local" not in answers["on_refresh"]
    with pytest.raises(PermissionDenied):
        visited.studio.history(visited.studio.owner(), "pridemm")


def test_the_home_folder_is_served_to_nobody(served):
    home = served.studio.settings.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    (home / "corrections.csv").write_text("secret", encoding="utf-8")
    url = f"{served.url}/gradio_api/file={home}/corrections.csv"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url, timeout=20)
    assert refused.value.code in (403, 404)


def test_a_path_that_was_never_uploaded_is_no_picture(served):
    answer = served.post(
        "on_files", [[{"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}], None]
    )
    assert '"success": false' in answer.replace('"success":false', '"success": false')


def test_signed_in_people_may_do_what_their_role_says(tiny_settings, tmp_path):
    users = tmp_path / "users.yaml"
    add_user(users, name="ann", role="annotator", password="a long password")
    with serve(tiny_settings, auth=users) as server:
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.sign_in("ann", "wrong")
        assert refused.value.code in (400, 401)
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.post("on_undo", ["pridemm"])
        assert refused.value.code == 401
        cookie = server.sign_in("ann", "a long password")
        assert "nothing to undo" in server.post("on_undo", ["pridemm"], cookie)
        assert "takes an admin" in server.post("on_retrain", ["pridemm"], cookie)
        client = connect(server.url, auth=("ann", "a long password"))
        assert client.predict(text="hello", api_name="/predict")["meme"]["text"] == "hello"
