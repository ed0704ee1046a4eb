"""The HTTP API without a server: asked as one person or another."""

from __future__ import annotations

from typing import Any

from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from memeclip_core.api.application import build_api
from memeclip_core.api.identity import Identity
from memeclip_core.app.studio import Studio
from memeclip_core.records.decision import Person
from tests.factories.projects import Work

LABELS = {"hate": ["No Hate"], "stance": ["Neutral"], "humour": ["Humour"]}
SAVE = "save-0001"


class Asked:
    """A studio's API, and who asks it: the person at the machine, unless another is named."""

    def __init__(self, studio: Studio, who: Person | None = None) -> None:
        self.studio = studio
        self._identity = _Known(studio, who)
        self.client = TestClient(build_api(studio, self._identity))

    def get(self, path: str, **query: Any) -> Any:
        """Return what is answered to a question that finds something."""
        return self._read(self.client.get(path, params=query))

    def post(self, path: str, **sent: Any) -> Any:
        """Return what is answered to something that can be done."""
        return self._read(self.client.post(path, json=sent))

    def fails(self, path: str, sent: Any = None) -> tuple[int, str]:
        """Return the status and the sentence of what cannot be done; GET without ``sent``."""
        post = sent is not None
        answer = self.client.post(path, json=sent) if post else self.client.get(path)
        assert not answer.is_success, answer.text
        assert list(answer.json()) == ["detail"]
        return answer.status_code, answer.json()["detail"]

    def _read(self, answer: Any) -> Any:
        assert answer.is_success, (answer.status_code, answer.text)
        return answer.json() if answer.content else None


class AskedOfProject(Asked):
    """The API of one project; paths begin at it."""

    def __init__(self, work: Work, who: Person | None = None) -> None:
        super().__init__(work.studio, who)
        self.work = work
        self.client.base_url = self.client.base_url.join(f"/projects/{work.key}/")

    def decide(self, meme: str, **more: Any) -> Any:
        """Save a decision."""
        return self.post("decisions", **decision(meme, **more))


def decision(meme: str, **more: Any) -> dict[str, Any]:
    """Return a decision as it is sent."""
    return {"save": SAVE, "meme": meme, "labels": LABELS, "version": 1, **more}


class _Known(Identity):
    def __init__(self, studio: Studio, who: Person | None) -> None:
        super().__init__(studio)
        self.who = who

    async def person(self, request: HTTPConnection) -> Person:
        return self.who or await super().person(request)
