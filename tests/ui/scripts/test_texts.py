"""The sentences of the scripts: as they stand in English, else as the catalogue has them."""

from __future__ import annotations

from tests.factories.browser import BROWSER_MARKS
from tests.ui.scripts.conftest import Small

pytestmark = BROWSER_MARKS

SAY = """return [
  texts.t("Saved as {name}.", { name: "<a>" }), texts.t("{a} {b}", { a: 1 }), texts.t("gone"),
  ...[0, 1, 2].map((n) =>
    texts.plural("{n} meme of {who}", "{n} memes of {who}", n, { who: "ann" })),
];"""
GERMAN = """export const language = "de";
export const texts = {"Saved as {name}.": "{name} ist gespeichert.", "{a} {b}": "{b}, {a}",
"{n} meme of {who}": {"one": "{who}s {n} Meme", "other": "{who}s {n} Memes"}};"""


def test_english_sentences_are_said_as_they_stand(small: Small) -> None:
    assert small.run("texts", SAY) == [
        "Saved as <a>.", "1 {b}", "gone", "0 memes of ann", "1 meme of ann", "2 memes of ann",
    ]  # fmt: skip


def test_another_language_is_said_by_its_catalogue(small: Small) -> None:
    small.page.route(
        "**/ui/catalogue.js",
        lambda route: route.fulfill(body=GERMAN, content_type="text/javascript"),
    )
    small.reload()
    assert small.run("texts", SAY) == [
        "<a> ist gespeichert.", "{b}, 1", "gone", "anns 0 Memes", "anns 1 Meme", "anns 2 Memes",
    ]  # fmt: skip
