"""The program as a whole: quick help, exit codes, one sentence for every error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from memeclip_core import __version__
from memeclip_core.cli import predict as predict_file
from memeclip_core.cli.program import main
from memeclip_core.config import ROOT
from memeclip_core.errors import ImageError


def leave(*words: str) -> int:
    """Run a command line and return its exit code."""
    with pytest.raises(SystemExit) as exit_:
        main(words)
    code = exit_.value.code
    assert isinstance(code, int)
    return code


def test_version_and_help_succeed(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("--version") == 0
    assert capsys.readouterr().out == f"memeclip {__version__}\n"
    assert leave("--help") == 0
    assert "predict" in capsys.readouterr().out


def test_building_the_program_loads_no_model_library() -> None:
    heavy = "{'torch', 'gradio', 'transformers', 'onnxruntime', 'pandas', 'numpy', 'PIL'}"
    code = (
        "import sys; from memeclip_core.cli.program import build_program; build_program(); "
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


RUN = """
import sys
from pathlib import Path
from memeclip_core.cli import main
try:
    main(sys.argv[1:])
except SystemExit as left:
    assert not left.code, left.code
# Plotly's first level loads the rest when it is asked for.
heavy = {"transformers", "plotly.basedatatypes", "pandas", "sklearn", "scipy", "gradio"}
print("loaded", sorted(heavy & set(sys.modules)), "onnxruntime" in sys.modules)
"""


@pytest.mark.model
@pytest.mark.parametrize(
    ("words", "encodes"),
    [
        (("predict", "assets/samples/plant.jpg", "--text", "grow", "--tasks", "propaganda"), True),
        (("models", "list"), False),
        (("predict", "--help"), False),
    ],
)
def test_a_command_loads_no_library_that_it_has_no_use_for(
    tmp_path: Path, words: tuple[str, ...], encodes: bool
) -> None:
    home = () if "--help" in words else ("--home", str(tmp_path))
    command = [sys.executable, "-c", RUN, *words, *home]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == f"loaded [] {encodes}"


def test_the_module_can_be_run() -> None:
    command = [sys.executable, "-m", "memeclip_core", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"memeclip {__version__}\n"


def test_wrong_use_leaves_with_2_and_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("predict") == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err == (
        "memeclip: There is nothing to predict. Name an image, a folder, an archive or a list, "
        "or give --text.\n"
    )
    assert leave("predikt") == 2
    assert leave("predict", "--unknown") == 2


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ImageError("Not an image."), 2, "memeclip: Not an image.\n"),
        (KeyboardInterrupt(), 130, ""),
        (OSError(28, "No space left on device", "/x/y"), 1, "memeclip: /x/y could not be used: No"),
        (RuntimeError("inner"), 1, "memeclip: something unexpected went wrong"),
    ],
)
def test_an_error_leaves_with_its_code(
    error: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(settings: object, *, reads_apart: bool) -> None:
        raise error

    monkeypatch.setattr(predict_file, "open_studio", fail)
    assert leave("predict", "--text", "t") == code
    seen = capsys.readouterr()
    assert seen.out == ""
    assert said in seen.err
    assert "inner" not in seen.err.splitlines()[-1] if said else not seen.err.strip()
