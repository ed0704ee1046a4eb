"""Errors become one sentence with a status, and a log that quotes no meme."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from memeclip_core.api.problems import NEUTRAL, STATUSES, Answered, sentence, status
from memeclip_core.errors import (
    ImageError,
    JobError,
    MemeclipError,
    NotFound,
    NotSignedIn,
    OcrError,
    OtherPerson,
    PermissionDenied,
    RateLimited,
    StoreError,
)
from tests.factories.api import Asked


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ImageError("x"), 400), (NotFound("x"), 404), (NotSignedIn("x"), 401),
        (PermissionDenied("x"), 403), (OtherPerson("x"), 412), (JobError("x"), 409),
        (RateLimited("x"), 429), (StoreError("x"), 503), (OcrError("x"), 500), (KeyError("x"), 500),
    ],
)  # fmt: skip
def test_every_error_has_the_status_of_the_nearest_class_that_has_one(error, code):
    assert status(error) == code


def test_every_class_of_the_tree_has_a_status():
    assert STATUSES[MemeclipError] == 500
    assert set(map(type, map(STATUSES.get, STATUSES))) == {int}


def test_foreign_errors_are_neutral_and_logged_without_their_words(caplog):
    assert sentence(ValueError("words of a meme")) == NEUTRAL
    assert "ValueError" in caplog.text
    assert "words of a meme" not in caplog.text


def test_a_sentence_shows_no_folder_of_the_server():
    error = StoreError("/srv/home/data/projects/x/m.csv could not be written: No space left.")
    assert sentence(error) == "m.csv could not be written: No space left."


WORDS = "words of a meme"


@pytest.fixture
def client():
    app = FastAPI(middleware=[Middleware(Answered)])

    @app.get("/raise/{name}")
    def fail(name: str) -> None:
        if name == "signed":
            raise NotSignedIn("Sign in.")
        raise RuntimeError(WORDS)

    @app.get("/break/{name}")
    def begin(name: str) -> StreamingResponse:
        def write():
            yield "begun"
            raise HTTPException(404) if name == "gone" else RuntimeError(WORDS)

        return StreamingResponse(write())

    return TestClient(app)


def test_whatever_is_raised_is_answered_and_goes_no_farther(client, caplog):
    answer = client.get("/raise/other")
    assert (answer.status_code, answer.json()) == (500, {"detail": NEUTRAL})
    assert "RuntimeError" in caplog.text
    assert WORDS not in caplog.text
    answer = client.get("/raise/signed")
    assert (answer.status_code, answer.json()) == (401, {"detail": "Sign in."})
    assert answer.headers["www-authenticate"] == "Bearer"


def test_what_breaks_an_answer_off_is_logged_without_its_words_and_goes_no_farther(client, caplog):
    assert client.get("/break/gone").text == "begun"
    assert caplog.text == ""
    assert client.get("/break/other").text == "begun"
    assert "while a request was answered: RuntimeError" in caplog.text
    assert WORDS not in caplog.text


def test_a_fault_in_what_was_sent_is_named_without_what_was_sent(tiny_studio):
    asked = Asked(tiny_studio)
    sent = {"save": "secret words", "meme": 1, "colour": "red", "labels": 2, "version": 0, "on": 3}
    code, said = asked.fails("/projects/cats/decisions", sent)
    assert code == 422
    assert said.startswith("What was sent is not as it must be. 'save': ")
    assert said.endswith("; and 1 more.")
    assert "secret" not in said and "red" not in said


def test_a_text_that_cannot_be_stored_is_a_sentence_of_our_own(tiny_studio):
    assert Asked(tiny_studio).fails("/webhooks", {"url": "nul \0"}) == (
        422,
        "What was sent is not as it must be. 'url': The text holds NUL (U+0000) at place 5, which "
        "cannot be saved. Remove it.",
    )


def test_what_is_no_json_and_what_is_no_route_are_sentences_too(tiny_studio):
    asked = Asked(tiny_studio)
    assert asked.fails("/nowhere") == (404, "Not Found")
    answer = asked.client.post("/projects/cats/undo", content=b"{")
    assert answer.status_code == 422 and list(answer.json()) == ["detail"]
