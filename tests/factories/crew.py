"""People who work on one project over HTTP at once, and note what they did and were answered."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections import Counter
from typing import Any

import httpx

from tests.factories.api import LABELS
from tests.factories.studios import draw_png

SUGGESTED = {"hate": ["Hate"], "target": ["Community"], "stance": ["Oppose"], "humour": ["Humour"]}


class Refused(Exception):
    """What the server would not do, and why."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.says_removed = status == 404 and "An admin has removed this meme" in detail


class Client:
    """One person's program, signed in where a password is given.

    Attributes:
        statuses: how often the server answered what, but that it is busy.
    """

    def __init__(self, url: str, name: str, password: str = "", key: str = "colours") -> None:
        self.name, self.statuses = name, Counter[int]()
        self.dice = random.Random(name)
        self._below = f"projects/{key}/"
        self.http = httpx.Client(base_url=f"{url}/api/v1", timeout=60)
        if password:
            form = {"username": name, "password": password}
            assert self.http.post(f"{url}/login", data=form).is_success

    def ask(self, path: str, sent: Any = None, **more: Any) -> Any:
        """Return what is answered; GET without ``sent``. Waits where the server says so.

        A path that begins with "/" is not below the project.
        """
        path = path if path.startswith("/") else self._below + path
        while True:
            if sent is None and not more:
                answer = self.http.get(path)
            else:
                answer = self.http.post(path, json=sent, **more)
            if answer.status_code != 429:
                break
            time.sleep(min(1.0, float(answer.headers.get("Retry-After", 1))))
        self.statuses[answer.status_code] += 1
        if not answer.is_success:
            raise Refused(answer.status_code, answer.json()["detail"])
        return answer.json() if answer.content else None

    def pause(self, most: float = 0.15) -> None:
        """Think for a moment."""
        time.sleep(self.dice.uniform(0.02, most))

    def work(self) -> None:
        """Do what this one is there for."""
        raise NotImplementedError


class Annotator(Client):
    """One who labels until nothing is left.

    Attributes:
        given: memes that were given out, each with when that was asked for; gold ones apart.
        saved: memes of the decisions that the server has, by save.
        undone: those of them that were taken back.
        said: texts of the comments that the server has, each with its meme.
        refused: memes that were removed before the decision came.
        wrong: how many gold memes this one answers wrongly.
    """

    def __init__(self, *given: Any, wrong: int = 0, skips: bool = True) -> None:
        super().__init__(*given)
        self.given: list[tuple[str, float]] = []
        self.gold: list[str] = []
        self.saved: dict[str, str] = {}
        self.undone: set[str] = set()
        self.said: list[tuple[str, str]] = []
        self.refused: set[str] = set()
        self.state = ""
        self._wrong, self._skips = wrong, skips

    def work(self) -> None:
        empty = 0
        while empty < 8:  # others may leave what they hold
            asked = time.monotonic()
            found = self.ask("queue/next", {"client": self.name, "count": 2})
            self.state = (found["counts"]["round"] or {}).get("state", "")
            empty = 0 if found["items"] else empty + 1
            if not found["items"]:
                self.pause(0.4)
            for item in found["items"]:
                (self._answer if item["qualifies"] else self._decide)(item, asked)
                if item["qualifies"]:
                    break  # those after it may be none of the next try

    def _send(self, item: Any, labels: Any = LABELS) -> Any:
        """Save, at times twice as after a lost answer."""
        sent = {
            "save": f"{self.name}-{uuid.uuid4().hex}", "meme": item["meme"]["id"],
            "labels": labels, "version": item["version"], "qualifies": item["qualifies"],
            "model": item["model"], "shown": not item["hidden"], "seconds": 1.0,
        }  # fmt: skip
        answer = self.ask("decisions", sent)
        if self.dice.random() < 0.3:
            again = self.ask("decisions", sent)
            assert again["saved"]["feedback"] == answer["saved"]["feedback"]
        return answer["saved"]

    def _answer(self, item: Any, _: float) -> None:
        self.gold.append(item["meme"]["id"])
        wrong = len(self.gold) <= self._wrong
        self.pause()
        told = self._send(item, {**LABELS, "humour": ["Humour" if wrong else "No Humour"]})
        assert [one["right"] for one in told["feedback"]["answers"]] == [True, True, not wrong]

    def _decide(self, item: Any, asked: float) -> None:
        meme = item["meme"]["id"]
        self.given.append((meme, asked))
        try:
            if self.dice.random() < 0.25:
                self._comment(meme)
            self.pause()
            if self._skips and self.dice.random() < 0.1:
                skip = {"save": f"{self.name}-{uuid.uuid4().hex}", "meme": meme, "reason": "later"}
                self.ask("skips", skip)
                return
            save = self._keep(self._send(item), meme)
            if self.dice.random() < 0.1:
                self.ask("undo", {"client": self.name})
                self.undone.add(save)
                self._keep(self._send(item), meme)
        except Refused as refused:
            if not refused.says_removed:
                raise
            self.refused.add(meme)

    def _keep(self, saved: Any, meme: str) -> str:
        assert not saved["conflict"] and saved["feedback"] is None
        save = str(saved["receipt"]["save"])
        self.saved[save] = meme
        return save

    def _comment(self, meme: str) -> None:
        text = f"{self.name} asks {len(self.said)}"
        sent = {"save": uuid.uuid4().hex, "text": text}
        self.ask(f"memes/{meme}/comments", sent)
        self.said.append((meme, text))
        self.ask(f"memes/{meme}/comments", sent)


class Outsider(Client):
    """One who is no member of the project, and looks for it while others work."""

    def work(self) -> None:
        for _ in range(20):
            assert self.ask("/projects") == []
            for path, sent in (
                ("queue/counts", None),
                ("queue/next", {"client": "x"}),
                ("comments", None),
                ("memes/browse", {}),
            ):
                try:
                    raise AssertionError(self.ask(path, sent))
                except Refused as refused:
                    assert refused.status == 404
            self.pause(0.4)


class Visitor(Client):
    """One who suggests something about a few pictures, one of them twice.

    Attributes:
        count: how many suggestions are made.
        joined: how many of them somebody had made before.
    """

    def __init__(self, *given: Any, first: int, count: int) -> None:
        super().__init__(*given)
        self.http.headers["X-Forwarded-For"] = f"192.0.2.{first + 1}"
        self.joined = 0
        self._numbers = [*range(first, first + count), first]
        self.count = len(self._numbers)

    def work(self) -> None:
        form = {"labels": json.dumps(SUGGESTED), "session": f"session-{self.name}", "text": "a cat"}
        for number in self._numbers:
            picture = {"image": ("a.png", draw_png((number, 90, 200)), "image/png")}
            answer = self.ask("/proposals", data=form, files=picture)
            self.joined += answer["again"] or answer["count"] > 1
            self.pause(0.6)


class Reviewer(Client):
    """One who decides what visitors suggest, and answers comments, until told to stop.

    Attributes:
        accepted, rejected: numbers of suggestions.
        said: texts of answers; resolved: threads.
        done: set once the others have ended.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.accepted: dict[int, str] = {}
        self.rejected: list[int] = []
        self.said: list[str] = []
        self.resolved: list[int] = []
        self.done = threading.Event()

    def work(self) -> None:
        last = False
        while not last:
            last = self.done.is_set()
            for one in self.ask("/proposals")["proposals"]:
                self._judge(one)
            for thread in self.ask("comments"):
                self._reply(thread)
            self.pause(0.3)

    def _judge(self, one: Any) -> None:
        number = one["number"]
        if number % 3 == 0:
            self.ask(f"/proposals/{number}/reject", {})
            self.rejected.append(number)
            return
        sent = {"save": uuid.uuid4().hex, "labels": one["labels"]}
        assert [self.ask(f"/proposals/{number}/accept", sent)["rows"] for _ in "12"] == [4, 0]
        self.accepted[number] = sent["save"]

    def _reply(self, thread: Any) -> None:
        number = thread["number"]
        if len(thread["comments"]) == 1:
            text = f"answer to {number}"
            sent = {"save": uuid.uuid4().hex, "text": text, "thread": number}
            try:
                self.ask(f"memes/{thread['meme']}/comments", sent)
            except Refused as refused:
                if not refused.says_removed:
                    raise
                return
            self.said.append(text)
        if number % 2 and number not in self.resolved:
            self.ask(f"comments/{number}/resolve", {})
            self.resolved.append(number)


class Admin(Client):
    """One who mends texts, removes memes that people have open, and looks on.

    Attributes:
        texts: what memes were given, by meme; removed: memes with when they were.
        spared: memes that are left as they are: gold ones, on which others qualify.
    """

    def __init__(self, *given: Any, people: list[Annotator], spared: list[str]) -> None:
        super().__init__(*given)
        self.texts: dict[str, str] = {}
        self.removed: dict[str, float] = {}
        self.restored = ""
        self._people = people
        self._spared = set(spared)

    def work(self) -> None:
        for number in range(6):
            self.pause(0.6)
            for path in ("members", "qualification", "facts", "changes", "cases"):
                self.ask(path)
            meme = self._find_open()
            self.texts[meme] = f"what it really says, {number}"
            self.ask(f"memes/{meme}/text", {"text": self.texts[meme]})
            meme = self._find_open()
            self.ask(f"memes/{meme}/remove", {"reason": "its author asked for it"})
            self.removed[meme] = time.monotonic()
        self.ask("exports", {"format": "csv"})
        self.restored = next(iter(self.removed))
        self.ask(f"memes/{self.restored}/restore", {})
        del self.removed[self.restored]

    def _find_open(self) -> str:
        """Return a meme that somebody was given last, and that is not mended yet."""
        while True:
            person = self.dice.choice(self._people)
            meme = person.given[-1][0] if person.given else ""
            if meme and not {meme} & {*self._spared, *self.texts, *self.removed}:
                return meme
            time.sleep(0.01)


def let_work(clients: list[Any]) -> tuple[list[threading.Thread], list[str]]:
    """Let all work, each in a thread; return the threads, and what went wrong, as it comes."""
    faults: list[str] = []

    def work(one: Client) -> None:
        try:
            one.work()
        except Exception as error:
            faults.append(f"{one.name}: {type(error).__name__}: {error}")

    threads = [threading.Thread(target=work, args=(one,), daemon=True) for one in clients]
    for thread in threads:
        thread.start()
    return threads, faults
