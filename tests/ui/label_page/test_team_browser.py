"""A team on one project at once, with everything that a team can be given: nothing is lost."""

from __future__ import annotations

import json
import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from memeclip_core.app.studio import Studio
from memeclip_core.config import Settings
from memeclip_core.database.schema import assignment, comment, decision
from memeclip_core.records.team import Share
from tests.factories.browser import BROWSER_MARKS
from tests.factories.crew import Admin, Annotator, Outsider, Reviewer, Visitor, let_work
from tests.factories.label_page import Desk
from tests.factories.people import add_user
from tests.factories.projects import Work, import_all, write_pictures
from tests.factories.receivers import Receiver, run_receiver
from tests.factories.serving import serving
from tests.factories.studios import READ, build_tiny_studio, read_log
from tests.factories.suggested import build_visited
from tests.factories.waits import until

pytestmark = [*BROWSER_MARKS, pytest.mark.scale, pytest.mark.timeout(300)]

MEMES, GOLDS = 120, 4
PASSWORD = "a long password"
GOLD = {"hate": ("No Hate",), "stance": ("Neutral",), "humour": ("No Humour",)}
PEOPLE = [f"p{n:02}" for n in range(11)]
ASSIGNED, QUOTAS = [*PEOPLE[:4], "bea"], {"p04": 5, "p05": 3, "ann": 4}
FAILS = "p10"
GONE_ON = """(before) => !document.querySelector("#label-status").textContent.endsWith("…")
    && (!document.querySelector("#label-empty").hidden
        || document.querySelector("#label-stage figcaption span").textContent !== before)"""
REMOVED = "An admin has removed this meme"
CAN_TALK = f"""() => document.querySelector("#label-talk-new:focus")
    || document.querySelector("#label-comments").textContent.includes("{REMOVED}")"""


@dataclass(kw_only=True)
class Team:
    """Everybody at work: sixteen clients, and two people at a browser.

    Attributes:
        work: the project.
        receiver: what a webhook is told.
        desks: who sits at a browser.
        saved, said: what a browser was told of each decision; comments that were written there.
        failed: statuses of what the browsers asked for and did not get.
    """

    work: Work
    receiver: Receiver
    annotators: list[Annotator]
    outsider: Outsider
    visitors: list[Visitor]
    reviewer: Reviewer
    admin: Admin
    desks: dict[str, Desk] = field(default_factory=dict)
    saved: dict[str, list[str]] = field(default_factory=lambda: {"ann": [], "bea": []})
    said: list[str] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)


def make_work(studio: Studio, folder: Path) -> Work:
    """Make a project that its members alone see, with gold memes, assignments and quotas."""
    work = Work(studio=studio, key="colours")
    root, key = work.admin, work.key
    studio.projects.create(
        root, key=key, title=key, task_set="pridemm", order="import", hidden_share=0.0,
        overlap=2, overlap_share=0.3,
    )  # fmt: skip
    assert import_all(studio, key, write_pictures(folder, MEMES), who=root).state == "done"
    store = studio.projects._store
    store.add(key, [replace(row, given=GOLD, gold=True) for row in store.memes(key).rows[:GOLDS]])
    round_ = {"qualify": 2, "qualify_share": 1.0, "qualify_tries": 2}
    studio.projects.change(root, key, members_only=True, **round_)
    members = [*PEOPLE, "ann", "bea", "rosa"]
    studio.team.change(root, key, add=members, remove=(), quotas=QUOTAS)
    studio.team.assign(root, key, ASSIGNED, share=Share(number=40))
    return work


@pytest.fixture
def team(tiny_settings: Settings, tmp_path: Path, uploads: Path, sit: Any) -> Iterator[Team]:
    users = tmp_path / "users.yaml"
    roles = {"root": "admin", "rosa": "reviewer"}
    for name in ("root", "rosa", "ann", "bea", "oda", *PEOPLE):
        add_user(users, name=name, role=roles.get(name, "annotator"), password=PASSWORD)
    studio = build_tiny_studio(replace(tiny_settings, auth=users))
    work = make_work(studio, tmp_path / "pictures")
    with ExitStack() as stack:
        receiver = stack.enter_context(run_receiver(tmp_path))
        url = stack.enter_context(serving(studio))
        # Where people sign in there are no visitors: they come to a server beside it.
        elsewhere = stack.enter_context(serving(build_visited(tiny_settings)))
        studio.webhooks._sender = receiver.sender
        studio.webhooks.start()
        stack.callback(studio.webhooks.stop)
        people = [
            Annotator(url, name, PASSWORD, wrong={"p09": 1, FAILS: 4}.get(name, 0),
                      skips=name not in (*ASSIGNED, *QUOTAS))
            for name in PEOPLE
        ]  # fmt: skip
        team = Team(
            work=work,
            receiver=receiver,
            annotators=people,
            outsider=Outsider(url, "oda", PASSWORD),
            visitors=[Visitor(elsewhere, f"v-{n}-visits", first=4 * n, count=5) for n in (0, 1)],
            reviewer=Reviewer(url, "rosa", PASSWORD),
            admin=Admin(url, "root", PASSWORD, people=people, spared=work.ids()[:GOLDS]),
        )
        team.admin.ask("/webhooks", {"url": receiver.url, "events": ["saved"]})
        for name in ("ann", "bea"):
            team.desks[name] = sign_in(sit, url, name, team.failed)
        yield team


def sign_in(sit: Any, url: str, name: str, failed: list[int]) -> Desk:
    desk: Desk = sit(own=True)
    desk.page.on("response", lambda got: got.status >= 400 and failed.append(got.status))
    return desk.sign_in(url, name, PASSWORD)


def qualify(desk: Desk) -> None:
    """Answer the gold memes by keys."""
    for number in (0, 1):
        desk.says(f"{number} of 2 gold memes answered", "#label-asked")
        desk.page.wait_for_selector("#label-stage img:visible")
        desk.answer()
        desk.says("right", "#label-told")
        desk.press("Enter")
        desk.page.wait_for_selector("#label-told", state="hidden")


def say_something(desk: Desk, text: str, said: list[str]) -> None:
    """Comment on the meme on the page by keys, unless an admin has removed it by now."""
    desk.press("d")
    desk.page.wait_for_function(CAN_TALK)
    if desk.page.locator("#label-talk-new:focus").count():
        desk.page.keyboard.type(text)
        desk.press("Control+Enter")
        status = desk.page.locator("#label-talk-status", has_text=re.compile("."))
        answer = status.inner_text()
        if answer.startswith("Sent at "):
            said.append(text)
        else:
            assert REMOVED in answer
    desk.press("Escape")


def label_one(desk: Desk, count: int, said: list[str], saved: list[str]) -> bool:
    """Decide the meme on the page by keys, with a comment at times; false where none is left."""
    desk.page.wait_for_selector("#label-stage img:visible, #label-empty:visible")
    if desk.page.locator("#label-empty").is_visible():
        return False
    if count % 3 == 2:
        say_something(desk, f"a browser says {count}", said)
    before = desk.page.locator("#label-stage figcaption span").first.inner_text()
    desk.answer()
    desk.page.wait_for_function(GONE_ON, arg=before)
    saved.append(desk.page.inner_text("#label-status"))
    return True


def test_a_team_at_work_loses_and_doubles_nothing(team: Team, caplog: Any) -> None:
    caplog.set_level(logging.ERROR, "memeclip")
    threads, faults = let_work([*team.annotators, team.outsider, *team.visitors, team.admin])
    (reviewing,), unreviewed = let_work([team.reviewer])
    for desk in team.desks.values():
        qualify(desk)
    going, count = dict(team.desks), 0
    while going:
        count += 1
        for name, desk in list(going.items()):
            if not label_one(desk, count, team.said, team.saved[name]):
                del going[name]
        for desk in going.values() if count == 3 else ():
            desk.page.reload()
            desk.ready()
    until(lambda: not any(thread.is_alive() for thread in threads), "somebody is still at work")
    team.reviewer.done.set()
    reviewing.join(60)
    assert faults == unreviewed == []
    assert [one.getMessage() for one in caplog.records] == []
    clients = [*team.annotators, team.outsider, *team.visitors, team.reviewer, team.admin]
    assert len(clients) == 16
    statuses = sum((one.statuses for one in clients), Counter(team.failed))
    assert {status for status in statuses if status >= 400} <= {400, 404}
    log = read_decisions(team.work.studio)
    check_decisions(team, log)
    check_given(team, log)
    check_comments(team)
    check_mended(team, log)
    check_suggested(team, log)
    check_told(team, log)


def read_decisions(studio: Studio) -> list[Any]:
    """Return the rows of decisions, of which the file has the same ones in the same order."""
    with studio.projects._store._database.read() as connection:
        rows = connection.execute(select(decision).order_by(decision.c.number)).all()
    names = "save", "task", "action", "annotator", "meme"
    assert [tuple(getattr(row, name) for name in names) for row in rows] == [
        tuple(row[name] for name in names) for row in read_log(studio)
    ]
    return [row for row in rows if row.action == "label"]


def check_decisions(team: Team, log: list[Any]) -> None:
    """Every decision that was acknowledged is there once, and there is no other one."""
    written = Counter((row.save, row.task) for row in log)
    assert set(written.values()) == {1}
    by: dict[str, dict[str, str]] = defaultdict(dict)
    for row in log:
        if row.project == team.work.key:
            by[row.annotator][row.save] = row.meme
    for one in team.annotators:
        assert by.pop(one.name, {}) == one.saved
        assert not one.refused - {*team.admin.removed, team.admin.restored}
    for name, saved in team.saved.items():
        assert all(said.startswith(("Saved ", f"Not saved: {REMOVED}")) for said in saved)
        assert len(by.pop(name)) == sum(said.startswith("Saved ") for said in saved)
    assert by == {}


def check_given(team: Team, log: list[Any]) -> None:
    """Nobody was given what is another's, beyond a quota, removed, or before having qualified."""
    with team.work.studio.projects._store._database.read() as connection:
        owners = defaultdict(set)
        for row in connection.execute(select(assignment)):
            owners[row.meme].add(row.person)
    assert len(owners) == 40
    project = team.work.studio.projects.project(team.work.admin, team.work.key)
    undone = {save for one in team.annotators for save in one.undone}
    decided: dict[str, set[str]] = defaultdict(set)
    for row in log:
        if row.project == team.work.key and row.save not in undone:
            decided[row.meme].add(row.annotator)
    given = {(meme, one.name) for one in team.annotators for meme, _ in one.given}
    given |= {(meme, name) for meme, names in decided.items() for name in names}
    assert all(name in owners.get(meme, {name}) for meme, name in given)
    assert all(len(names) <= project.wanted(meme) for meme, names in decided.items())
    gone = {*team.admin.removed, team.admin.restored}
    for meme in set(owners) - gone:
        assert decided[meme] == owners[meme]
    for name, most in QUOTAS.items():
        assert len({meme for meme, who in given if who == name} - gone) <= most
    for one in team.annotators:
        late = {meme for meme, asked in one.given if asked > team.admin.removed.get(meme, asked)}
        assert not late
        tries = {"p09": 2, FAILS: 2}.get(one.name, 1)
        assert len(one.gold) == len(set(one.gold)) == 2 * tries
        assert bool(one.given) == (one.name != FAILS) == (one.state != "failed")


def check_comments(team: Team) -> None:
    """Every comment that was acknowledged is there once, and there is no other one."""
    sent = Counter([*team.said, *team.reviewer.said])
    sent.update(text for one in team.annotators for _, text in one.said)
    with team.work.studio.projects._store._database.read() as connection:
        assert Counter(connection.scalars(select(comment.c.text))) == sent
    still, settled = (team.admin.ask(f"comments?which={one}") for one in ("open", "resolved"))
    shown = [(one["meme"], one["comments"][0]["text"]) for one in (*still, *settled)]
    said = [pair for one in team.annotators for pair in one.said]
    there = [(meme, text) for meme, text in shown if not text.startswith("a browser")]
    assert sorted(there) == sorted(pair for pair in said if pair[0] not in team.admin.removed)
    assert len(said) > 10 and team.said
    assert {one["number"] for one in settled} <= set(team.reviewer.resolved)


def check_mended(team: Team, log: list[Any]) -> None:
    """What an admin mended reads so from then on, and what was removed is nowhere but there."""
    admin = team.admin
    every = {"filters": {"state": None}, "size": 200}
    rows = {row["id"]: row["text"] for row in admin.ask("memes/browse", every)["rows"]}
    assert len(rows) == MEMES - len(admin.removed) and not set(rows) & set(admin.removed)
    assert {m: rows[m] for m in admin.texts if m in rows} == {
        meme: text for meme, text in admin.texts.items() if meme in rows
    }
    removed = {"filters": {"state": None, "removed": True}, "size": 200}
    found = admin.ask("memes/browse", removed)["rows"]
    assert {row["id"] for row in found} == set(admin.removed)
    assert {row.text for row in log if row.project} <= {READ, *admin.texts.values()}
    assert all(row.text in (READ, admin.texts.get(row.meme, READ)) for row in log if row.project)
    actions = Counter(change["action"] for change in admin.ask("changes"))
    assert actions == {"text": 6, "remove": 6, "restore": 1}


def check_suggested(team: Team, log: list[Any]) -> None:
    """Every suggestion was decided, and those that were accepted are decisions of the reviewer."""
    rosa = team.reviewer
    made = sum(one.count - one.joined for one in team.visitors)
    assert len(rosa.accepted) + len(rosa.rejected) == made and rosa.accepted and rosa.rejected
    assert rosa.ask("/proposals")["total"] == 0
    rows = Counter(row.save for row in log if not row.project)
    assert rows == dict.fromkeys(rosa.accepted.values(), 4)


def check_told(team: Team, log: list[Any]) -> None:
    """The webhook was told of every decision once."""
    hooks = team.work.studio.webhooks
    hooks.stop()
    hooks._thread.join()
    hooks.look()
    while hooks.send_due():
        pass
    bodies = {json.loads(body)["delivery"]: json.loads(body) for _, body in team.receiver.got}
    assert len(bodies) == len(team.receiver.got)
    told = Counter()
    for body in bodies.values():
        told[body["project"]] += body["decisions"]
    assert told == Counter(project for project, _ in {(row.project, row.save) for row in log})
