"""The documents as tests read them: their text, code, tables, links and anchors."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
"""Page of ``docs/`` → its text."""

DOCUMENTS = sorted(
    [
        *(ROOT / name for name in ("README.md", "CHANGELOG.md")),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "checkpoints").glob("*/README.md"),
        *(ROOT / "assets").rglob("*.md"),
    ]
)
"""Every Markdown file of the project."""

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def name_of(path: Path) -> str:
    """Return a document's path inside the project, as tests are called after it."""
    return path.relative_to(ROOT).as_posix()


def read_blocks(text: str, language: str) -> list[str]:
    """Return the code blocks of one language."""
    return [code for named, code in _BLOCK.findall(text) if named == language]


def strip_blocks(text: str) -> str:
    """Return a document without its code blocks."""
    return _BLOCK.sub("", text)


def read_lines(*texts: str) -> list[str]:
    """Return the lines of all shell blocks."""
    blocks = [block for text in texts for block in read_blocks(text, "sh")]
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def read_links(text: str) -> list[str]:
    """Return where the links and pictures of a document lead, but not those to the web."""
    return re.findall(r"\]\((?!https?:)([^)\s]+)\)", strip_blocks(text))


def read_anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives to a document's headings."""
    headings = re.findall(r"^#+ (.+)$", strip_blocks(text), flags=re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in kept}


def find_tables(text: str, start: str) -> list[tuple[list[str], list[list[str]]]]:
    """Return the header and the rows of every table whose first line begins like this."""
    found = []
    for block in re.findall(rf"^{re.escape(start)}.*\n(?:\|.*\n)+", text, flags=re.MULTILINE):
        lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in block.splitlines()]
        found.append((lines[0], lines[2:]))
    return found


def read_section(text: str, heading: str) -> str:
    """Return what stands under a heading of the second level."""
    (section,) = re.findall(
        rf"^## {re.escape(heading)}$\n(.*?)(?=^## |\Z)", text, flags=re.MULTILINE | re.DOTALL
    )
    return section
