"""The page behind its doors, asked by raw HTTP requests as browsers and programs send them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
from gradio_client import Client

from memeclip_core.access.users import add_user
from tests.factories.browser import SERVER_MARKS
from tests.factories.serving import serve_page
from tests.factories.studios import build_tiny_studio

pytestmark = SERVER_MARKS
PASSWORD = "a long password"


@contextmanager
def served(settings, **changes) -> Iterator[httpx.Client]:
    with serve_page(build_tiny_studio(replace(settings, **changes))) as client:
        yield client


def test_a_page_beside_the_studio_neither_reads_nor_writes_as_who_is_signed_in(
    tiny_settings, tmp_path, uploads
):
    users = tmp_path / "users.json"
    add_user(users, name="ann", role="admin", password=PASSWORD)
    with served(tiny_settings, host="0.0.0.0", auth=users) as client:
        form = {"username": "ann", "password": PASSWORD}
        client.post("/login", data=form).raise_for_status()
        named = {"Host": "studio.example"}
        own = client.get("/gradio_api/info", headers=named | {"Origin": "https://studio.example"})
        assert own.status_code == 200
        evil = named | {"Origin": "https://evil.studio.example"}
        asked = evil | {"Access-Control-Request-Method": "POST"}
        body = {"data": [{}], "session_hash": "s"}
        answers = [
            client.get("/gradio_api/info", headers=evil),
            client.options("/gradio_api/queue/join", headers=asked),
            client.post("/gradio_api/run/label_projects", json=body, headers=evil),
            client.post("/gradio_api/queue/join", json=body, headers=evil),
            client.post("/login", data=form, headers=evil),
            client.post("/login", data=form, headers=named | {"Sec-Fetch-Site": "same-site"}),
            client.get("/logout", headers=named | {"Sec-Fetch-Site": "cross-site"}),
        ]
        assert [answer.status_code for answer in answers] == [403] * len(answers)
        assert all("access-control-allow-origin" not in answer.headers for answer in answers)
        assert client.get("/gradio_api/login_check").status_code == 200


def test_a_name_that_was_pointed_at_this_machine_is_not_answered(tiny_settings, uploads):
    with served(tiny_settings) as client:
        port = client.base_url.port
        for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
            assert client.get("/config", headers={"Host": host}).status_code == 200
        rebound = {"Host": f"rebound.example:{port}", "Origin": f"http://rebound.example:{port}"}
        for path in ("/", "/config", "/gradio_api/info", "/theme.css"):
            refused = client.get(path, headers=rebound)
            assert refused.status_code == 403
            assert "localhost and 127.0.0.1 alone" in refused.text


def test_programs_go_on_working(tiny_settings, uploads):
    with served(tiny_settings) as client:
        found = Client(str(client.base_url), verbose=False).predict(
            text="a text alone", api_name="/predict"
        )
        assert found["meme"]["text"] == "a text alone"


def test_a_space_is_shown_inside_hugging_face_and_called_from_its_own_host(
    tiny_settings, uploads, monkeypatch
):

    name = "ada-memes.hf.space"
    with served(tiny_settings, host="0.0.0.0", space=True, hosts=(name,)) as client:
        framed = client.get("/", headers={"Host": name, "Sec-Fetch-Site": "cross-site"})
        assert framed.status_code == 200
        assert framed.headers["content-security-policy"] == (
            "frame-ancestors 'self' https://huggingface.co"
        )
        body = {"data": [{}], "session_hash": "s"}
        join, said = "/gradio_api/run/label_ping", {"Host": name, "Origin": f"https://{name}"}
        assert client.post(join, json=body, headers=said).status_code == 200
        said["Origin"] = "https://huggingface.co"
        assert client.post(join, json=body, headers=said).status_code == 403


def test_off_a_space_no_other_page_frames_this_one(tiny_settings, uploads):
    with served(tiny_settings) as client:
        policy = client.get("/").headers["content-security-policy"]
        assert policy == "frame-ancestors 'self'"


def test_an_upload_is_taken_while_there_is_room(tiny_settings, uploads, monkeypatch):
    monkeypatch.setattr("memeclip_core.ui.lifespan.LEAST", 1000)
    monkeypatch.setattr("memeclip_core.ui.lifespan.upload_limit", lambda settings: 400)
    with served(tiny_settings) as client:
        codes = [
            client.post("/gradio_api/upload", files={"files": (f"{n}.png", b"x" * 300)}).status_code
            for n in range(4)
        ]
        assert codes == [200, 200, 413, 413]
        refused = client.post("/gradio_api/queue/join", content=b"x" * 17_000_000)
        assert refused.status_code == 413
