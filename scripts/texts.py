"""Bring the page's catalogues up to date with its texts, and compile them.

    .venv/bin/python scripts/texts.py          # writes assets/ui/locale; says what is untranslated
    .venv/bin/python scripts/texts.py --check  # writes nothing; a test calls the same
    .venv/bin/python scripts/texts.py --add fr # begins a catalogue of another language

``XX.po`` is what people write. ``XX.mo`` has the sentences of Python, ``XX.json`` those of the
scripts. Texts are in one order and without line numbers, so that two people's additions meet
seldom; where they do, keep both and run this.
"""

from __future__ import annotations

import ast
import io
import json
import re
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from gettext import c2py
from pathlib import Path
from string import Formatter

from babel import Locale
from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "assets" / "ui" / "locale"
HEADER = "# The page's texts in {language}. Run scripts/texts.py after every change."
BEGUN = datetime(2026, 11, 29, tzinfo=UTC)
"""The date in every catalogue: one that changed would be a conflict each time."""

Text = str | tuple[str, str]
"""A sentence, or one for one thing and one for many."""

TAKEN = {"_": 1, "mark": 1, "ngettext": 2}
"""How many texts a function of ``memeclip_core.api.texts`` takes."""

_LITERAL = r'"(?:[^"\\\n]|\\.)*"'
_TEXT = rf"({_LITERAL}(?:\s*\+\s*{_LITERAL})*)"
_CALL = re.compile(r"(?<![\w.$])(t|plural)\(")
_GIVEN = {
    "t": re.compile(rf"\s*{_TEXT}\s*[,)]"),
    "plural": re.compile(rf"\s*{_TEXT}\s*,\s*{_TEXT}\s*,"),
}
"""Scripts are read by these: lexers of extractors do not know a template within a template."""


class NotLiteralError(Exception):
    """A text that only the running page knows: it can stand in no catalogue."""


@dataclass(kw_only=True)
class Found:
    """The texts of one kind of files, each with the files that it is in."""

    texts: dict[Text, list[str]] = field(default_factory=dict)

    def add(self, text: Text, file: str) -> None:
        """Add a text; a sentence that also has a plural is one text with it."""
        files = self.texts.setdefault(text, [])
        if file not in files:
            files.append(file)


def read_python(source: str, name: str) -> Iterator[Text]:
    """Yield the texts of a Python file.

    Raises:
        NotLiteralError: where a text is put together as the page runs.
    """
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        taken = TAKEN.get(node.func.id)
        if taken is None:
            continue
        given = node.args[:taken]
        said = [one.value for one in given if isinstance(one, ast.Constant)]
        if len(said) == taken:
            yield said[0] if taken == 1 else (said[0], said[1])
        elif node.func.id != "_" or any(
            isinstance(one, ast.JoinedStr | ast.BinOp) for one in given
        ):
            # _(CONSTANT) says what mark() named; all else has to be a literal.
            raise NotLiteralError(f"{name}:{node.lineno}: {node.func.id}() is not given a literal")


def read_script(source: str, name: str) -> Iterator[Text]:
    """Yield the texts of a script; see ``read_python``."""
    for call in _CALL.finditer(source):
        given = _GIVEN[call[1]].match(source, call.end())
        if given is None:
            line = source.count("\n", 0, call.start()) + 1
            raise NotLiteralError(f"{name}:{line}: {call[1]}() is not given a literal")
        said = ["".join(map(json.loads, re.findall(_LITERAL, text))) for text in given.groups()]
        yield said[0] if len(said) == 1 else (said[0], said[1])


def find_texts() -> tuple[Found, Found]:
    """Return the texts of the Python files and those of the scripts."""
    found = Found(), Found()
    for path in sorted((ROOT / "memeclip_core").rglob("*.py")):
        name = path.relative_to(ROOT / "memeclip_core").as_posix()
        for text in read_python(path.read_text(encoding="utf-8"), name):
            found[0].add(text, name)
    for path in sorted((ROOT / "assets" / "ui").rglob("*.js")):
        name = path.relative_to(ROOT / "assets").as_posix()
        if path.name != "texts.js":
            for text in read_script(path.read_text(encoding="utf-8"), name):
                found[1].add(text, name)
    return found


def languages() -> list[str]:
    """Return the languages that there are catalogues of."""
    return sorted(path.stem for path in LOCALE.glob("*.po"))


def read_catalogue(language: str) -> Catalog:
    """Return what people have translated so far."""
    with open(LOCALE / f"{language}.po", "rb") as file:
        return read_po(file, locale=language, ignore_obsolete=True, abort_invalid=True)


def make_catalogue(language: str, *parts: Found, known: Catalog) -> Catalog:
    """Return a catalogue of these texts and no others, as far as they are translated."""
    made = Catalog(
        language,
        project="MemeCLIP",
        version="Studio",
        msgid_bugs_address="see README.md",
        last_translator="see CITATION.cff",
        language_team="none",
        header_comment=HEADER.format(language=Locale.parse(language).english_name),
        creation_date=BEGUN,
        revision_date=BEGUN,
        fuzzy=False,
    )
    texts: dict[str, Text] = {}
    files: dict[str, list[str]] = {}
    for part in parts:
        for text, where in part.texts.items():
            key = text if isinstance(text, str) else text[0]
            if isinstance(text, tuple) or key not in texts:
                texts[key] = text
            files[key] = sorted({*files.get(key, ()), *where})
    for key in sorted(texts):
        text = texts[key]
        before = known.get(key)
        said = before.string if before is not None else ""
        if isinstance(text, tuple) != isinstance(said, tuple):
            said = ("",) * made.num_plurals if isinstance(text, tuple) else said[0]
        flags = before.flags if before is not None else ()
        made.add(text, said, [(name, 0) for name in files[key]], flags=flags)
    return made


def compose(catalogue: Catalog) -> bytes:
    """Return a catalogue as a file that people edit."""
    file = io.BytesIO()
    write_po(file, catalogue, width=0, sort_output=True, include_lineno=False)
    return file.getvalue()


def compile_python(catalogue: Catalog) -> bytes:
    """Return a catalogue as Python's gettext reads it."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def compile_scripts(catalogue: Catalog) -> bytes:
    """Return a catalogue as ``texts.js`` reads it: a plural has a form for each kind of number."""
    kind, place = Locale.parse(str(catalogue.locale)).plural_form, c2py(catalogue.plural_expr)
    kinds = {"other": catalogue.num_plurals - 1}
    kinds |= {kind(n): place(n) for n in reversed(range(200))}
    said = {
        _key(message): {name: message.string[at] for name, at in kinds.items()}
        if isinstance(message.id, tuple)
        else message.string
        for message in _translated(catalogue)
    }
    return (json.dumps(said, ensure_ascii=False, indent=0, sort_keys=True) + "\n").encode()


def _translated(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id and _is_whole(message)]


def _is_whole(message: Message) -> bool:
    said = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(said)


def make_files(language: str) -> tuple[Catalog, dict[str, bytes]]:
    """Return a language's catalogue, and what its files should hold."""
    python, scripts = find_texts()
    known = read_catalogue(language)
    whole = make_catalogue(language, python, scripts, known=known)
    return whole, {
        f"{language}.po": compose(whole),
        f"{language}.mo": compile_python(make_catalogue(language, python, known=known)),
        f"{language}.json": compile_scripts(make_catalogue(language, scripts, known=known)),
    }


def find_faults(language: str) -> list[str]:
    """Return what is wrong with a language's catalogue and its compiled files, in sentences."""
    try:
        catalogue, files = make_files(language)
    except NotLiteralError as error:
        return [str(error)]
    known = {_key(message) for message in read_catalogue(language) if message.id}
    faults = [
        f"{language}.po lacks “{key}”"
        for key in (_key(message) for message in catalogue if message.id)
        if key not in known
    ]
    faults += find_slips(language, catalogue)
    faults += [
        f"{name} is behind: run scripts/texts.py"
        for name, data in files.items()
        if not name.endswith(".po") and _read(LOCALE / name) != data
    ]
    return faults


def find_slips(language: str, catalogue: Catalog) -> list[str]:
    """Return what is untranslated, doubtful, or differs in its values or its HTML."""
    faults = []
    for message in (message for message in catalogue if message.id):
        if not _is_whole(message):
            faults.append(f"{language}.po does not translate “{_key(message)}”")
        elif message.fuzzy:
            faults.append(f"{language}.po calls its translation of “{_key(message)}” fuzzy")
        else:
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            said = message.string if isinstance(message.string, tuple) else (message.string,)
            allowed = [_parts(text) for text in ids]
            faults += [
                f"“{text}” in {language}.po has other values or other HTML than “{ids[-1]}”"
                for text in said
                if _parts(text) not in allowed
            ]
    return faults


def _parts(text: str) -> tuple[list[str], list[str]]:
    """Return the names of the values that go into a text, and its tags."""
    try:
        names = sorted({str(name) for _, name, *_ in Formatter().parse(text) if name is not None})
    except ValueError:
        names = ["?"]  # a brace that is none of a value's
    return names, sorted(re.findall(r"</?\w+", text))


def _key(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple) else str(message.id)


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def main() -> int:
    """Do what the command line says; return 1 where a catalogue is not as it should be."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--add", metavar="CODE", help="begin a catalogue, such as fr")
    given = parser.parse_args()
    if given.add:
        LOCALE.mkdir(exist_ok=True)
        (LOCALE / f"{given.add}.po").write_bytes(compose(Catalog(given.add)))
    faults = []
    for language in languages():
        if not given.check:
            try:
                _, files = make_files(language)
            except NotLiteralError as error:
                sys.exit(str(error))
            for name, data in files.items():
                (LOCALE / name).write_bytes(data)
        faults += find_faults(language)
    print("\n".join(faults) or f"Whole: {', '.join(languages())}.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
