import signal
import sys

import pytest

from benchmarks.served import ServedApp
from memeclip_core.errors import StoreError

STANDS_IN = """
import socketserver, sys, time
port = int(sys.argv[sys.argv.index("--port") + 1])
with socketserver.TCPServer(("127.0.0.1", port), None, bind_and_activate=False) as server:
    server.allow_reuse_address = True
    server.server_bind()
    print("loading")
    print(f"Studio: http://127.0.0.1:{server.server_address[1]}  (Ctrl-C stops it)", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def served(tmp_path):
    app = ServedApp(home=tmp_path, options=("--encoder", "fake"))
    app._command = (sys.executable, "-c", STANDS_IN)
    return app


def test_the_command_serves_one_home_to_this_machine_alone(tmp_path):
    app = ServedApp(home=tmp_path / "home")
    command = " ".join(app._command)
    assert "-m memeclip_core serve " in command and f"--home {tmp_path}" in command
    assert "--host 127.0.0.1 --sign-in" in command


def test_it_starts_at_a_free_port_and_again_at_the_same_after_a_kill(served):
    with served:
        first, address = served._process, served.address
        assert int(address.rsplit(":", 1)[1]) > 0
        served.restart()
        assert first.poll() is not None
        assert served.address == address
        assert served.kills == 1
        second = served._process
        served.kill()
        assert second.poll() is not None and served._process is None
        assert served.kills == 2


def test_it_is_told_to_end_and_says_how_it_did(served):
    with served:
        first = served._process
        assert served.stop() == -signal.SIGTERM == first.returncode
        assert served._process is None and served.kills == 0


def test_a_server_that_does_not_start_is_named(served):
    served._command = (sys.executable, "-c", "print('no address')")
    with pytest.raises(StoreError, match=r"The server did not start\. Run it yourself"), served:
        pass
    assert served._process is None
