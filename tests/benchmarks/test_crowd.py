import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs

import numpy as np
import pytest

from benchmarks import crowd
from benchmarks.crowd import (
    Client,
    CrowdReport,
    bench_crowd,
    check_log,
    draw_labels,
    let_label,
    render_crowd,
)
from benchmarks.made_up import KEY
from memeclip_core.errors import StoreError
from tests.benchmarks.conftest import Run
from tests.factories.logs import TOYS, Log

MEMES = [f"{number:064x}" for number in range(60)]


class Desk:
    """What a server keeps: memes given out once each, saves, and the log that they make."""

    def __init__(self):
        self.mutex = threading.Lock()
        self.free = list(MEMES)
        self.held = {}
        self.saves = {}
        self.calls = 0
        self.known = set()

    def answer(self, who, verb, sent):
        held = self.held.setdefault(who, [])
        if verb == "next":
            while len(held) < sent["count"] and self.free:
                held.append(self.free.pop(0))
            one = {"hidden": False, "model": "m", "version": 1}
            return {"items": [{"meme": {"id": meme}, **one} for meme in held]}
        if sent["save"] not in self.saves:
            self.saves[sent["save"]] = (who, sent["meme"], sent["labels"])
            held.remove(sent["meme"])
        return {"saved": {"receipt": {"save": sent["save"]}, "conflict": ""}}

    def rows(self):
        log = Log()
        for save, (who, meme, labels) in self.saves.items():
            log.act("label", who, meme, project=KEY, save=save, **labels)
        return log.rows


def start_server(desk, trouble):
    """Serve a desk; ``trouble(number, verb)`` says what goes wrong with a call, or ""."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.path == "/login":
                name = parse_qs(body)["username"][0]
                self._send(200, {}, f"who={name}; Path=/")
                return
            assert self.path.startswith(f"/api/v1/projects/{KEY}/")
            verb, who = self.path.rsplit("/", 1)[1], self.headers["Cookie"].split("=")[1]
            with desk.mutex:
                desk.calls += 1
                wrong = trouble(desk.calls, verb)
                if wrong == "unknown":
                    self._send(401, {})
                    return
                if wrong == "busy":
                    self._send(503, {"detail": "busy"})
                    return
                if wrong == "refused":
                    self._send(400, {"detail": "no"})
                    return
                answer = desk.answer(who, verb, json.loads(body))
            if wrong == "cut":
                # It was done, and nobody hears of it.
                self.close_connection = True
                return
            self._send(200, answer)

        def _send(self, status, answer, cookie=""):
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            if cookie:
                self.send_header("Set-Cookie", cookie)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


@pytest.fixture
def serve(monkeypatch):
    monkeypatch.setattr(crowd, "_PAUSE", 0.005)
    servers = []

    def start(desk, trouble=lambda number, verb: ""):
        servers.append(start_server(desk, trouble))
        return f"http://127.0.0.1:{servers[-1].server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def make_clients(count, *addresses):
    return [
        Client(addresses=addresses, name=f"c{n}", password="secret", tasks=TOYS)
        for n in range(count)
    ]


def test_everything_that_a_crowd_saves_is_counted(serve):
    desk = Desk()
    clients = make_clients(4, serve(desk))
    called = []
    seconds = let_label(clients, 10, halfway=lambda: called.append(len(desk.saves)))
    report = check_log(desk.rows(), clients, seconds=seconds)
    assert (report.clients, report.acknowledged) == (4, 40)
    assert (report.lost, report.doubled, report.shared) == (0, 0, 0)
    assert (report.retries, report.refused) == (0, 0)
    assert len(called) == 1
    assert called[0] >= 20
    assert report.save_p95 > 0
    assert report.next_p95 > 0


def test_a_client_tries_again_under_the_same_id_until_it_counts(serve):
    desk = Desk()
    wrong = {3: "cut", 6: "busy", 9: "unknown", 12: "cut", 13: "cut"}
    clients = make_clients(2, serve(desk, lambda number, verb: wrong.get(number, "")))
    let_label(clients, 8)
    report = check_log(desk.rows(), clients, seconds=1.0, kills=1)
    assert (report.acknowledged, report.lost, report.doubled, report.shared) == (16, 0, 0, 0)
    assert report.retries == 5
    assert len(desk.saves) == 16


def test_a_client_goes_on_at_the_next_server_when_its_own_is_gone(serve):
    desk = Desk()
    wrong = {4: "cut"}
    gone, here = "http://127.0.0.1:9", serve(desk, lambda number, verb: wrong.get(number, ""))
    clients = make_clients(2, gone, here, here)
    let_label(clients, 3)
    report = check_log(desk.rows(), clients, seconds=1.0, servers=2)
    assert (report.acknowledged, report.lost, report.doubled, report.shared) == (6, 0, 0, 0)
    assert report.retries == 3


def test_what_is_refused_is_not_tried_again(serve):
    desk = Desk()
    clients = make_clients(1, serve(desk, lambda n, verb: "refused" * (verb == "decisions")))
    let_label(clients, 3)
    report = check_log(desk.rows(), clients, seconds=1.0)
    assert (report.acknowledged, report.refused, report.retries) == (0, 3, 0)
    assert np.isnan(report.save_p95) or report.save_p95 > 0


def test_a_server_that_stays_away_or_has_no_memes_is_named(serve, monkeypatch):
    monkeypatch.setattr(crowd, "PATIENCE", 0.05)
    with pytest.raises(StoreError, match="did not answer c0"):
        let_label(make_clients(1, "http://127.0.0.1:9"), 1)
    desk = Desk()
    desk.free = []
    with pytest.raises(StoreError, match="c0 got no meme after 0 saves"):
        let_label(make_clients(1, serve(desk)), 1)


def test_what_was_lost_doubled_and_shared_is_found():
    log = Log()
    for who, meme, save in [
        ("c0", "m1", "kept"), ("c1", "m1", "shared"), ("c0", "m2", "twice"), ("c0", "m3", "extra"),
    ]:  # fmt: skip
        log.act("label", who, meme, project=KEY, save=save, hate=["Hate"])
    taken = {"queue/next": [], "decisions": [1]}
    clients = [
        SimpleNamespace(acknowledged=found, refused=[], retries=0, taken=taken)
        for found in ({"kept": "m1", "twice": "m2", "gone": "m4"}, {"shared": "m1"})
    ]
    report = check_log([*log.rows, log.rows[2]], clients, seconds=1.0)
    assert (report.acknowledged, report.lost, report.doubled, report.shared) == (4, 1, 2, 1)


def test_drawn_labels_are_ones_that_a_person_may_give():
    generator = np.random.default_rng(0)
    drawn = [draw_labels(TOYS, generator) for _ in range(50)]
    assert {labels["hate"] for labels in drawn} == {("Hate",), ("No Hate",), ("Unclear",)}
    assert all(("target" in labels) == (labels["hate"] == ("Hate",)) for labels in drawn)
    assert len({labels["tags"] for labels in drawn}) > 2


REPORT = CrowdReport(
    clients=16, acknowledged=3200, lost=0, doubled=1, shared=2, retries=40, servers=2, kills=1,
    refused=3, seconds=12.34,     next_p95=45.6, save_p95=78.9,
)  # fmt: skip


def test_the_report_names_every_count():
    assert render_crowd(REPORT).splitlines() == [
        "16 clients saved 3,200 decisions in 12.3 s at 2 server(s), killed 1 time(s)",
        "lost: 0, doubled: 1, given to two by accident: 2, refused: 3, calls made again: 40",
        "p95 over HTTP: next 46 ms, save 79 ms",
    ]


def test_a_folder_with_something_in_it_is_left_alone(run: Run, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    done = run(bench_crowd, tmp_path)
    assert done.code == 2
    assert "is not empty" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_several_servers_need_a_database_that_they_share(run: Run, tmp_path):
    done = run(bench_crowd, tmp_path / "crowd", "--servers", "2")
    assert done.code == 2
    assert "name an empty one, --database-url" in done.err


@pytest.mark.kill
@pytest.mark.timeout(400)
def test_a_crowd_at_two_servers_loses_nothing_when_one_is_killed(run: Run, tmp_path, postgres):
    if postgres is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with postgres.database() as url:
        options = ("--clients", "4", "--saves", "10", "--servers", "2", "--database-url", url)
        done = run(bench_crowd, tmp_path / "crowd", *options)
    assert done.code == 0, done.err
    assert "4 clients saved 40 decisions" in done.out
    assert "at 2 server(s), killed 1 time(s)" in done.out
    assert "lost: 0, doubled: 0, given to two by accident: 0, refused: 0" in done.out
    assert "calls made again: 0" not in done.out


@pytest.mark.kill
@pytest.mark.timeout(400)
def test_a_crowd_loses_nothing_when_the_server_is_killed(run: Run, tmp_path):
    done = run(bench_crowd, tmp_path / "crowd", "--clients", "2", "--saves", "6")
    assert done.code == 0, done.err
    assert "2 clients saved 12 decisions" in done.out
    assert "at 1 server(s), killed 1 time(s)" in done.out
    assert "lost: 0, doubled: 0, given to two by accident: 0, refused: 0" in done.out
