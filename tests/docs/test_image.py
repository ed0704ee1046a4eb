"""The Dockerfile, step by step, where there is no Docker: each thing that it names is there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from memeclip_core.cli.program import main
from tests.docs.image import ignored, read_steps
from tests.docs.pages import ROOT

STEPS = read_steps()


def steps(word: str) -> list[str]:
    return [rest for name, rest in STEPS if name == word]


def test_the_steps_are_those_that_are_looked_at_here() -> None:
    assert {word for word, _ in STEPS} == {
        "FROM", "ARG", "RUN", "WORKDIR", "COPY", "USER", "ENV", "VOLUME", "EXPOSE", "HEALTHCHECK",
        "ENTRYPOINT",
    }  # fmt: skip
    assert STEPS[0] == ("FROM", "python:3.12-slim")


def test_what_is_copied_is_there_and_not_left_out() -> None:
    for rest in steps("COPY"):
        *sources, _ = rest.split()
        for source in sources:
            assert (ROOT / source).exists()
            assert source not in ignored()


def test_what_the_program_needs_is_copied_and_what_is_left_out_is_not_needed() -> None:
    left = set(ignored())
    needed = {"memeclip_core", "assets", "checkpoints", "scripts", "app.py", "requirements.txt"}
    assert not needed & left
    for name in left - {".git"}:
        assert "/" not in name.removeprefix("**/"), "a pattern that this test cannot read"


def test_it_installs_what_the_space_installs() -> None:
    (apt, *_) = steps("RUN")
    (named,) = re.findall(r"apt-get install -y --no-install-recommends ([^&]+?) *&&", apt)
    packages = (ROOT / "packages.txt").read_text(encoding="utf-8").split()
    assert named.split() == packages
    assert "rm -rf /var/lib/apt/lists/*" in apt


def test_it_runs_as_an_ordinary_user_on_the_folder_that_is_kept() -> None:
    words = [word for word, _ in STEPS]
    (user,) = steps("USER")
    (volume,) = steps("VOLUME")
    (made,) = [rest for rest in steps("RUN") if "useradd" in rest]
    assert made.split("&&")[0].split()[-1] == user
    assert f"install -d -o {user} -g {user} {volume}" in made
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert f"MEMECLIP_HOME={volume}" in steps("ENV")[0].split()


def test_variables_are_ones_that_somebody_reads() -> None:
    package = "\n".join(path.read_text("utf-8") for path in (ROOT / "memeclip_core").rglob("*.py"))
    for assignment in steps("ENV")[0].split():
        name = assignment.partition("=")[0]
        assert name in package or name in ("GRADIO_ANALYTICS_ENABLED", "PYTHONUNBUFFERED")


def test_the_command_parses_and_listens_where_the_port_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = json.loads(steps("ENTRYPOINT")[0])
    assert command[:3] == ["python", "-m", "memeclip_core"]
    port = command[command.index("--port") + 1]
    assert steps("EXPOSE") == [port]
    with pytest.raises(SystemExit) as left:
        main([*command[3:], "--help"])
    assert left.value.code == 0
    assert "--sign-in" in capsys.readouterr().out


def test_the_health_check_asks_this_port_for_a_route_that_there_is() -> None:
    options, _, command = steps("HEALTHCHECK")[0].partition(" CMD ")
    assert re.fullmatch(r"--interval=\d+s --timeout=\d+s --start-period=\d+s", options)
    python, dash, code = json.loads(command)
    assert (python, dash) == ("python", "-c")
    compile(code, "HEALTHCHECK", "exec")
    assert f"http://127.0.0.1:{steps('EXPOSE')[0]}/healthz" in code


def test_the_example_at_the_top_is_the_one_of_the_guide() -> None:
    first = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()[0]
    guide = Path(ROOT / "docs" / "administration.md").read_text(encoding="utf-8")
    for command in first.removeprefix("# ").split(" && "):
        assert f"`{command}`" in guide
        assert shlex.split(command)[0] == "docker"
