"""The page's sentences: English where they stand, German by the catalogue, once it is named."""

from __future__ import annotations

import gettext
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from memeclip_core.api.sign_in import WRONG
from memeclip_core.api.texts import (
    CATALOGUE,
    _,
    language,
    ngettext,
    translate_page,
    translate_scripts,
    use,
)
from memeclip_core.app.people import add_person
from memeclip_core.config import ROOT, Settings
from memeclip_core.errors import ConfigError, StoreError
from memeclip_core.marks import mark
from tests.factories.signed_in import serve, sign_in
from tests.factories.studios import build_tiny_studio

ASSETS = ROOT / "assets"
SCRIPTS = {CATALOGUE: 'export const language = "en";\n', "studio.js": ""}


@pytest.fixture
def german() -> Iterator[None]:
    use("de", ASSETS)
    yield
    use("en", ASSETS)


def test_a_sentence_is_itself_until_a_language_is_named():
    assert (language(), _("Password"), _("")) == ("en", "Password", "")
    assert [ngettext("{n} meme", "{n} memes", n).format(n=n) for n in (0, 1, 2)] == [
        "0 memes", "1 meme", "2 memes",
    ]  # fmt: skip
    assert mark("Password") == "Password"
    assert translate_page(b'<html lang="en">') == b'<html lang="en">'
    assert translate_scripts(SCRIPTS, ASSETS) is SCRIPTS


def test_in_another_language_the_catalogue_says_it(german):
    assert (language(), _("Password"), _("")) == ("de", "Passwort", "")
    assert _("no text of the page") == "no text of the page"
    assert translate_page(b'<html lang="en"><p lang="en">') == b'<html lang="de"><p lang="en">'
    found = translate_scripts(SCRIPTS, ASSETS)
    assert found["studio.js"] == ""
    assert found[CATALOGUE].splitlines()[0] == 'export const language = "de";'
    assert [line.split(" = ")[0] for line in found[CATALOGUE].splitlines()] == [
        "export const language", "export const texts",
    ]  # fmt: skip


def test_a_plural_takes_the_form_of_its_number(german, monkeypatch):
    own = gettext.NullTranslations()
    monkeypatch.setattr(own, "ngettext", lambda one, many, n: f"{many} in German, {n}")
    monkeypatch.setattr("memeclip_core.api.texts._spoken.catalogue", own)
    assert ngettext("a", "b", 3) == "b in German, 3"


def test_an_unknown_language_is_refused_with_those_that_there_are():
    with pytest.raises(ConfigError, match="language is 'xx'; allowed are en, de"):
        Settings(language="xx")
    with pytest.raises(ConfigError, match=r"language is '\.\./x'"):
        Settings(language="../x")
    assert Settings(language="de").languages == ("en", "de")


def test_a_catalogue_that_is_gone_is_said(tmp_path: Path):
    with pytest.raises(StoreError, match=r"de\.mo cannot be read"):
        use("de", tmp_path)
    assert language() == "en"


def test_who_signs_in_reads_the_language_of_the_server(tiny_settings, german):
    settings = replace(tiny_settings, host="0.0.0.0", sign_in=True)
    add_person(settings, name="ann", role="annotator", password="a long password")
    client = serve(build_tiny_studio(settings))
    page = client.get("/login").text
    assert '<html lang="de">' in page and "Passwort" in page and "Password" not in page
    wrong = sign_in(client, password="another one", accept="text/html")
    assert _(WRONG) in wrong.text and WRONG not in wrong.text
    # Programs are answered in English, whatever the page speaks.
    assert sign_in(client, password="another one").json()["detail"] == WRONG


def test_importing_names_no_language():
    done = subprocess.run(
        [sys.executable, "-c", "from memeclip_core.api import texts; print(texts.language())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "en\n"
