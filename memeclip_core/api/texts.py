"""The page's sentences in the language of the server: English where they stand, others by gettext.

A sentence in the code is its own key. ``_`` and ``ngettext`` say it in the chosen language when
they are called; ``mark`` of ``marks.py`` names one that is kept in a constant and said later by
``_``. What people wrote, and the names of tasks and classes, is no text of the page.

Invariants: importing this changes nothing; the language is English until ``use`` names another. It
is one for the whole process, and the one exception to the rule that no global changes: sentences
are said by pure functions in every corner of the page, and each of them would have to be handed
the same value. ``build_app`` names it once, before anything is laid out and before a thread runs.
"""

from __future__ import annotations

import gettext
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from memeclip_core.app.assets import read_asset, read_asset_bytes
from memeclip_core.config import ENGLISH, LOCALE

CATALOGUE: Final = "catalogue.js"
"""The module of the page's scripts that holds their sentences in another language than English."""


@dataclass(slots=True)
class _Spoken:
    language: str = ENGLISH
    catalogue: gettext.NullTranslations = field(default_factory=gettext.NullTranslations)


_spoken: Final = _Spoken()


def use(language: str, assets: Path) -> None:
    """Have the page speak a language from now on; ``Settings`` has checked that there is it.

    Raises:
        StoreError: if its catalogue is missing; the installation is incomplete then.
    """
    if language == _spoken.language:
        return
    catalogue = gettext.NullTranslations()
    if language != ENGLISH:
        data = read_asset_bytes(assets / LOCALE / f"{language}.mo")
        catalogue = gettext.GNUTranslations(io.BytesIO(data))
    _spoken.language, _spoken.catalogue = language, catalogue


def language() -> str:
    """Return what the page speaks, as HTML names it, such as ``de``."""
    return _spoken.language


def _(text: str) -> str:
    """Return a sentence in the language of the page; itself where that is English.

    Values go in afterwards, by name: ``_("Saved as {name}.").format(name=name)``.
    """
    return _spoken.catalogue.gettext(text) if text else ""


def ngettext(one: str, many: str, n: int) -> str:
    """Return a sentence for a number: ``ngettext("{n} meme", "{n} memes", n).format(n=n)``."""
    return _spoken.catalogue.ngettext(one, many, n)


def translate_scripts(files: dict[str, str], assets: Path) -> dict[str, str]:
    """Return the page's scripts with their sentences in the language of the page.

    Raises:
        StoreError: if its catalogue is missing; the installation is incomplete then.
    """
    if _spoken.language == ENGLISH:
        return files
    found = json.loads(read_asset(assets / LOCALE / f"{_spoken.language}.json"))
    texts = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    return files | {
        CATALOGUE: f'export const language = "{_spoken.language}";\nexport const texts = {texts};\n'
    }


def translate_page(page: bytes) -> bytes:
    """Return Gradio's page, which says which language its texts are in."""
    if _spoken.language == ENGLISH:
        return page
    return page.replace(b'lang="en"', f'lang="{_spoken.language}"'.encode(), 1)
