"""``Reviews``: what a reviewer sees and does: agreement, disputes, quality, the dashboard."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from memeclip_core.access.people import People
from memeclip_core.access.rate_limits import CallKind
from memeclip_core.annotation.decisions.corrector import Corrector
from memeclip_core.annotation.decisions.entry import enter_meme
from memeclip_core.annotation.decisions.queries import read_tally, select_saves
from memeclip_core.annotation.projects.predictions import ProjectPredictions
from memeclip_core.annotation.projects.queries import select_salt
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.annotation.queue.session import Session, Sessions
from memeclip_core.annotation.review.adjudication import find_annotator, open_case, turn_page
from memeclip_core.annotation.review.agreement import report_agreement
from memeclip_core.annotation.review.dashboard import Counts, hide_others, report_dashboard
from memeclip_core.annotation.review.quality import report_quality
from memeclip_core.annotation.review.votes import Votes, read_votes
from memeclip_core.errors import InputError
from memeclip_core.memory import Memory, ResultMemory
from memeclip_core.records.agreement import AgreementReport
from memeclip_core.records.case import Case, CasePage, Which
from memeclip_core.records.dashboard import Dashboard
from memeclip_core.records.decision import Person, SaveReceipt
from memeclip_core.records.model import ModelInfo
from memeclip_core.records.project import Labels, Project
from memeclip_core.records.quality import QualityReport

Result = TypeVar("Result")

_PROJECTS: Final = 8
"""Projects of which all votes are kept in memory."""


class Reviews:
    """Agreement, adjudication, quality and dashboards of the projects.

    All methods may be called from any thread and check the role first: a reviewer for all but
    one's own dashboard. What is computed is kept until there are other decisions, or a little
    longer; see ``ResultMemory``.

    Throughout, ``who`` is the person, ``project`` a project's key, ``meme`` a content id of it, and
    ``save`` the page's own id of a save: the same one twice counts once.
    """

    def __init__(
        self,
        *,
        people: People,
        sessions: Sessions,
        projects: ProjectStore,
        predictions: ProjectPredictions,
        corrector: Corrector,
        models: Callable[[str], tuple[ModelInfo, ...]],
        on_saved: Callable[[Project], Any] = lambda project: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._projects = projects
        self._predictions = predictions
        self._corrector = corrector
        self._models = models
        self._on_saved = on_saved
        self._clock = clock
        self._votes: Memory[str, Votes] = Memory(_PROJECTS)
        self._memory = ResultMemory()

    def agreement(self, who: Person, project: str) -> AgreementReport:
        """Return how people agree with each other, with gold rows, with and without suggestions."""
        return self._agreement(self._reviewed(who, project, "see how people agree"))

    def quality(self, who: Person, project: str) -> QualityReport:
        """Return how reliable each person is, and the memes with the least certain consensus."""
        found = self._reviewed(who, project, "see people's quality")
        table = self._predictions.current(project)
        return self._kept(
            ("quality", project), found, lambda votes: report_quality(found, votes, table)
        )

    def dashboard(self, who: Person, project: str, person: str | None = None) -> Dashboard:
        """Return how the project, or one person in it, comes along.

        An annotator sees the project's numbers with the own line alone, and the own dashboard.
        """
        if person is not None and person != who.name:
            self._people.require(who, "reviewer", "see others' dashboards", spends="read")
        self._people.require(who, "annotator", "see the dashboard", spends="read")
        reviewer = self._people.can(who, "reviewer")
        name = person or ""
        with self._sessions.reading(project, who) as session:
            found, counts = session.project, Counts.of(session.connection, session.project, name)
        agreement = self._agreement(found) if reviewer and not name else None
        drawn = self._kept(
            ("dashboard", project, name, reviewer),
            found,
            lambda votes: report_dashboard(
                found,
                votes,
                counts,
                self._predictions.current(project),
                self._models(found.answered_as),
                agreement,
                person=name,
                blind=not reviewer,
                now=self._clock(),
            ),
        )
        if drawn.threads != counts.threads:  # unlike the rest, they change without a decision
            drawn = replace(drawn, threads=counts.threads)
        return drawn if reviewer else hide_others(drawn, who.name)

    def disagreements(
        self,
        who: Person,
        project: str,
        *,
        which: Which = "open",
        page: int = 1,
        size: int = 20,
        blind: bool = True,
    ) -> CasePage:
        """Return one page of memes to decide, the most tasks in dispute first.

        Args:
            which: open disagreements, flagged memes, or what is adjudicated, newest first.
            page, size: from 1; at most 100 a page.
            blind: hide who said what.
        """
        with self._open(who, project, "decide disagreements") as session:
            return turn_page(
                session.connection, session.project, which, page=page, size=size,
                salt=_salt(session, blind),
            )  # fmt: skip

    def case(self, who: Person, project: str, meme: str, *, blind: bool = True) -> Case:
        """Return what people said of one meme."""
        with self._open(who, project, "decide disagreements") as session:
            row, said = session.meme(meme), session.histories([meme])[meme]
            case = open_case(session.project, said, row, salt=_salt(session, blind))
            return replace(case, suggestions=session.suggestions([meme])[meme])

    def adjudicate(
        self,
        who: Person,
        project: str,
        *,
        save: str,
        meme: str,
        labels: Labels,
        note: str = "",
        version: int | None = None,
        shown: bool = False,
        seconds: float | None = None,
    ) -> SaveReceipt:
        """Decide a meme for all; it is on the disk when this returns, and wins over every vote.

        Args:
            labels: by task key, all that apply.
            version: the case's; a label set that changed meanwhile is an InputError.
            shown: whether the model's opinion was in sight.
            seconds: how long the person looked.
        """
        with self._open(who, project, "decide disagreements", spends="save") as session:
            found = session.project
            if version is not None and version != found.version:
                raise InputError(
                    f"The label set has changed meanwhile: this page shows version {version}, and "
                    f"now it is {found.version}. Open the meme again; nothing was saved."
                )
            entry = enter_meme(
                found, session.meme(meme), save=save, action="adjudicate", note=note,
                labels=labels, suggestions=session.suggestions([meme])[meme], shown=shown,
                seconds=seconds,
            )  # fmt: skip
        receipt = self._corrector.decide(who, found.tasks, entry)
        self._on_saved(found)
        return receipt

    def send_back(
        self,
        who: Person,
        project: str,
        *,
        save: str,
        meme: str,
        annotator: str,
        reason: str,
        blind: bool = False,
    ) -> SaveReceipt:
        """Hand a decision back to who made it, with a reason; it does not count until made anew.

        Args:
            annotator: a name, or with ``blind`` the letter that stands for it on this meme.
            reason: what is to be looked at; must not be empty.
            blind: whether the page hid the names.
        """
        with self._open(who, project, "send a decision back", spends="save") as session:
            found = session.project
            if found.closed:
                raise InputError(
                    f"“{found.title}” is closed, so nobody would be given this meme again. Have an "
                    "admin open the project first, or decide the meme yourself."
                )
            if not reason.strip():
                raise InputError("Say in a few words why it goes back; the annotator reads them.")
            row, said = session.meme(meme), session.histories([meme])[meme]
            target = find_annotator(said, meme, annotator, salt=_salt(session, blind))
        entry = enter_meme(found, row, save=save, action="return", note=reason, target=target)
        return self._corrector.decide(who, found.tasks, entry)

    def resolve(
        self, who: Person, project: str, *, save: str, meme: str, reason: str
    ) -> SaveReceipt:
        """Take everybody's flags off a meme without deciding it, with a reason for the history."""
        what = "take off what other people flagged"
        with self._open(who, project, what, spends="save") as session:
            found = session.project
            if not reason.strip():
                raise InputError("Say in a few words what came of the flag; the history keeps it.")
            row, flags = session.meme(meme), session.histories([meme])[meme].flags
            known = select_saves(session.connection, [f"{save}.0"]).get(f"{save}.0")
            total = read_tally(session.connection, project, found.tasks.key).memes
        if not flags and known is None:
            raise InputError("No flag on this meme is open any more.")
        entries = [
            enter_meme(
                found, row, save=f"{save}.{number}", action="unflag", note=reason.strip(),
                target="" if flag.annotator == who.name else flag.annotator,
            )
            for number, flag in enumerate(flags)
        ]  # fmt: skip
        receipts = self._corrector.decide_many(who, found.tasks, entries) if known is None else ()
        time = receipts[0].time if known is None else known[0][1].time
        rows = sum(one.rows for one in receipts)
        behind = any(one.behind for one in receipts)
        return SaveReceipt(save=save, time=time, rows=rows, total=total, behind=behind)

    def _reviewed(self, who: Person, project: str, what: str, spends: CallKind = "read") -> Project:
        self._people.require(who, "reviewer", what, spends=spends)
        return self._projects.open(project, who)

    def _open(
        self, who: Person, project: str, what: str, spends: CallKind = "read"
    ) -> AbstractContextManager[Session]:
        self._people.require(who, "reviewer", what, spends=spends)
        return self._sessions.reading(project, who)

    def _read_votes(self, project: Project) -> Votes:
        """Return the decisions that count as of now; what is known of them is not read again."""
        with self._sessions.reading(project.key, None) as session:
            found = read_votes(session.connection, project, self._votes.get(project.key))
        self._votes.put(project.key, found)
        return found

    def _kept(
        self,
        question: tuple[Any, ...],
        project: Project,
        compute: Callable[[Votes], Result],
        *,
        patient: bool = True,
    ) -> Result:
        """Return a result of the decisions, memes, rules and predictions as they are now."""
        votes = self._read_votes(project)
        state = (
            votes.revision,
            len(self._projects.memes(project.key)),
            self._predictions.current(project.key).model,
            (votes.rules, project.title),
            self._clock().replace(second=0, microsecond=0) if question[0] == "dashboard" else None,
        )
        return self._memory.get(question, state, lambda: compute(votes), patient=patient)

    def _agreement(self, project: Project) -> AgreementReport:
        memes = self._projects.memes(project.key)
        return self._kept(
            ("agreement", project.key),
            project,
            lambda votes: report_agreement(
                project, votes, memes, lambda model: self._predictions.read(project.key, model)
            ),
        )


def _salt(session: Session, blind: bool) -> str | None:
    return select_salt(session.connection, session.project.key) if blind else None
