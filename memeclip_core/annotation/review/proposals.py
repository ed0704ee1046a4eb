"""``Proposals``: what visitors suggest, and what a reviewer makes of it.

Invariants: a suggestion is in no log, count, agreement, training or export; accepting it saves a
decision of the reviewer's own, in the transaction that marks it accepted, so that of two reviewers
one accepts it. Everything that decides one or takes that back follows the order of saves.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from memeclip_core.access.people import People
from memeclip_core.annotation.decisions.corrector import Corrector
from memeclip_core.annotation.decisions.entry import Entry, check_labels, read_suggestions
from memeclip_core.annotation.projects.store import render_preview
from memeclip_core.annotation.review import proposal_rows as rows
from memeclip_core.annotation.review.proposal_rows import Row
from memeclip_core.database.engine import Database
from memeclip_core.errors import InputError, NotFound, RateLimited, StoreError
from memeclip_core.inference.reading import Reader, file_ending
from memeclip_core.memes.image import content_id
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Person, SaveReceipt
from memeclip_core.records.limits import check_text
from memeclip_core.records.prediction import Prediction
from memeclip_core.records.project import Labels
from memeclip_core.records.proposal import ProposalPage, Proposed
from memeclip_core.storage.images import ImageStore
from memeclip_core.tasks import TaskSet, find_offered

MOST_WAITING: Final = 300
MOST_BYTES: Final = 100_000_000
"""Of the pictures of all that wait."""
MOST_OF_SESSION: Final = 20
MOST_JOINED: Final = 100
"""So many are counted who sent the same."""
MOST_NOTE: Final = 500
KEPT_WAITING: Final = timedelta(days=90)
KEPT_ENDED: Final = timedelta(days=14)
"""How long what is accepted or rejected can still be taken back; then its meme is deleted."""

_SWEEP_SECONDS: Final = 3600.0
_SESSION = re.compile(r"[A-Za-z0-9-]{8,64}")
_log = logging.getLogger("memeclip")


class Proposals:
    """Suggestions of visitors, where the studio takes them, and the reviewers' queue of them.

    All methods may be called from any thread.

    Args:
        people: checks roles, and how often visitors suggest something.
        database: where they are.
        corrector: saves what is accepted.
        images, reader: keep the picture of what is accepted, and show it before.
        task_sets: those on offer.
        takes: whether visitors may suggest anything.
        clock: the time, in UTC.
    """

    def __init__(
        self,
        *,
        people: People,
        database: Database,
        corrector: Corrector,
        images: ImageStore,
        reader: Reader,
        task_sets: Sequence[TaskSet],
        takes: bool,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._people = people
        self._database = database
        self._corrector = corrector
        self._images = images
        self._reader = reader
        self._task_sets = tuple(task_sets)
        self._takes = takes
        self._clock = clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def may(self, who: Person) -> bool:
        """Say whether this person suggests where others save."""
        return self._takes and not self._people.can(who, "annotator")

    def check(self, who: Person) -> None:
        """Raise InputError unless this person may suggest something, RateLimited if not now."""
        if not self._takes:
            raise InputError(
                "This studio takes no suggestions from visitors. Ask whoever runs it to do so."
            )
        if not self.may(who):
            raise InputError("You may save corrections yourself, so nothing is to be suggested.")
        self._people.require(who, "visitor", "suggest corrections", asks="suggestion")

    def propose(
        self,
        who: Person,
        *,
        session: str,
        prediction: Prediction,
        data: bytes | None,
        labels: Labels,
        note: str = "",
    ) -> Proposed:
        """Keep what a visitor suggests until a reviewer decides it.

        Args:
            session: what the visitor's browser tab calls itself; only a hash of it is kept. The
                same suggestion of one session counts once.
            prediction: what the visitor saw.
            data: the image's bytes; ``None`` for a text alone.
            labels: by task key, all that apply.
            note: plain text of at most 500 characters.

        Raises:
            InputError: where no suggestions are taken, from somebody who may save, or if it is
                what the model says.
            LabelError: on an unknown task or label, or a task that applies and has no label.
            RateLimited: if too many came from this address or session, or the queue is full:
                nothing that waits is dropped for it.
        """
        self.check(who)
        tasks = find_offered(self._task_sets, prediction.task_set)
        labels, note = check_labels(tasks, labels), _check_note(note)
        _check_meme(prediction, data)
        if all(prediction.task(task).labels == chosen for task, chosen in labels.items()):
            raise InputError(
                "This is what the model says already. Choose what is right, then suggest it."
            )
        key = _hash_session(session)
        self._people.require(who, "visitor", "suggest corrections", spends="suggestion")
        meme = prediction.meme
        with self._database.write("proposals") as connection:
            self._delete_old(connection)
            same = rows.find_same(connection, tasks.key, meme.id, meme.text, labels)
            if same is not None:
                return _join(connection, same, key, note)
            self._check_room(connection, key, len(data or b""))
            rows.add_proposal(
                connection,
                time=self._clock(), task_set=tasks.key, meme=meme.id, text=meme.text,
                text_source=meme.text_source, labels=labels, notes=[note] if note else [],
                predicted=rows.write_predicted(read_suggestions(prediction)), sessions=[key],
                size=len(data or b""), image=data or b"",
            )  # fmt: skip
        return Proposed(count=1, again=False)

    def waiting(self, who: Person, *, page: int = 1, size: int = 20) -> ProposalPage:
        """Return one page of what waits, the oldest first; at most 100 a page."""
        self._require(who)
        if page < 1 or not 1 <= size <= 100:
            raise InputError(f"page is {page} and size {size}; allowed are 1 and more, 1 to 100.")
        with self._database.read() as connection:
            total, found = rows.select_waiting(
                connection, [tasks.key for tasks in self._task_sets],
                self._clock() - KEPT_WAITING, start=(page - 1) * size, limit=size,
            )  # fmt: skip
        pages = max(1, -(-total // size))
        return ProposalPage(proposals=tuple(found), page=page, pages=pages, size=size, total=total)

    def picture(self, who: Person, number: int) -> bytes:
        """Return the picture of one as WebP, at most 1280 pixels a side; b"" without one."""
        self._require(who)
        data = self._find(number).image
        return render_preview(self._reader.picture(data)) if data else b""

    def accept(
        self,
        who: Person,
        number: int,
        *,
        save: str,
        labels: Labels,
        note: str = "",
        seconds: float | None = None,
    ) -> SaveReceipt:
        """Save a decision of the reviewer's own on the meme; it is on the disk when this returns.

        Args:
            save: the page's own id of the save: the same one twice counts once.
            labels: by task key, all that apply: what was suggested, or what is right instead.
            note: goes into the log, after a sentence that says where the decision came from.
            seconds: how long the reviewer looked.

        Raises:
            NotFound: if it was deleted meanwhile.
            InputError: if somebody has accepted or rejected it already.
        """
        self._require(who, spends="save")
        found = self._find(number)
        # Before its image is kept: that of a rejected one goes with it.
        _check_due(found, who, state="accepted", save=save)
        image = self._keep_image(found)
        with self._corrector.writing() as connection:
            claimed = self._claim(connection, who, number, state="accepted", save=save)
            # Visitors may have joined it since: from here on none does.
            found = _known(rows.find_row(connection, number), number)
            tasks = find_offered(self._task_sets, found.task_set)
            entry = Entry(
                save=save,
                action="label",
                meme=found.meme,
                image=image,
                text=found.text,
                text_source=found.text_source,
                labels=labels,
                note=f"{_say_origin(found)} {note.strip()}".strip(),
                suggestions=rows.read_predicted(found.predicted),
                shown=True,
                seconds=seconds,
            )
            self._images.put_back(image, found.image)
            (receipt,) = self._corrector.enter(connection, who, tasks, (entry,))
            if claimed and not receipt.rows:
                raise InputError(
                    "This was saved and taken back before. Reload the page to accept it anew."
                )
        return self._corrector.follow((receipt,))[0]

    def reject(self, who: Person, number: int) -> None:
        """Let a suggestion count for nothing; see ``accept``."""
        self._require(who, spends="save")
        with self._corrector.writing() as connection:
            self._claim(connection, who, number, state="rejected", save="")

    def undo(self, who: Person, number: int) -> SaveReceipt | None:
        """Let what this reviewer decided wait again; return what was taken back of the log.

        Raises:
            NotFound: if it was deleted meanwhile.
            InputError: if it waits, or somebody else has decided it.
        """
        self._require(who, spends="save")
        with self._corrector.writing() as connection:
            row = _known(rows.find_row(connection, number), number)
            if row.state == "waiting":
                raise InputError("This suggestion waits already: there is nothing to undo.")
            if row.by != who.name:
                raise InputError(f"'{row.by}' has decided this suggestion, and can undo that.")
            receipt = None
            if row.save:
                tasks = find_offered(self._task_sets, row.task_set)
                receipt = self._corrector.take_back(connection, who, tasks, saves=[row.save])
            rows.change_proposal(connection, number, state="waiting", by="", ended=None, save="")
        return None if receipt is None else self._corrector.follow((receipt,))[0]

    def remove_all(self, who: Person) -> int:
        """Delete all suggestions with their memes, decided ones too; return how many there were.

        Decisions that were saved stay.
        """
        self._people.require(who, "admin", "delete visitors' suggestions", spends="save")
        with self._database.write("proposals") as connection:
            return rows.delete_all(connection)

    def start(self) -> None:
        """Delete what has waited, or has been decided, for too long: now and every hour."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="proposals", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End that."""
        self._stop.set()

    # --- parts ------------------------------------------------------------------------------

    def _require(self, who: Person, spends: Any = "read") -> None:
        self._people.require(who, "reviewer", "decide visitors' suggestions", spends=spends)

    def _find(self, number: int) -> Row:
        with self._database.read() as connection:
            return _known(rows.find_row(connection, number), number)

    def _claim(self, connection: Any, who: Person, number: int, *, state: str, save: str) -> bool:
        """Mark one as decided; say whether it waited, or else was decided so by this very call."""
        values = {"state": state, "by": who.name, "ended": self._clock(), "save": save}
        if rows.claim(connection, number, **values):
            return True
        _check_due(_known(rows.find_row(connection, number), number), who, state=state, save=save)
        return False

    def _check_room(self, connection: Any, session: str, size: int) -> None:
        waiting = rows.count_waiting(connection, session)
        if waiting.own >= MOST_OF_SESSION:
            raise RateLimited(
                f"You have {MOST_OF_SESSION} suggestions that wait, which is the most. Thank you: "
                "come back once a reviewer has decided them."
            )
        if waiting.number >= MOST_WAITING or waiting.size + size > MOST_BYTES:
            raise RateLimited(
                "The queue of suggestions is full, so this one was not kept. Try again once "
                "reviewers have decided some."
            )

    def _keep_image(self, row: Row) -> str:
        """Put the image on the disk before any row of the log names it."""
        if not row.image:
            return ""
        return self._images.keep(row.meme, row.image, file_ending(self._reader.load(row.image)))

    def _delete_old(self, connection: Any) -> int:
        now = self._clock()
        return rows.delete_old(connection, now - KEPT_WAITING, now - KEPT_ENDED)

    def _run(self) -> None:
        while True:
            try:
                with self._database.write("proposals", lasting=False) as connection:
                    gone = self._delete_old(connection)
                if gone:
                    _log.info("%d old suggestions of visitors were deleted", gone)
            except StoreError as error:
                _log.warning("old suggestions of visitors are not deleted: %s", error)
            if self._stop.wait(_SWEEP_SECONDS):
                return


def _known(row: Row | None, number: int) -> Row:
    if row is None:
        raise NotFound(f"There is no suggestion {number} any more. Reload the page.")
    return row


def _check_due(row: Row, who: Person, *, state: str, save: str) -> None:
    """Raise InputError if a suggestion was decided, and not by this very call."""
    if row.state != "waiting" and (row.state, row.by, row.save) != (state, who.name, save):
        by = "You have" if row.by == who.name else f"'{row.by}' has"
        raise InputError(f"{by} {row.state} this suggestion already. Nothing was done.")


def _join(connection: Any, same: Any, session: str, note: str) -> Proposed:
    """Count a session in among those who sent the same before."""
    if session in same.sessions or len(same.sessions) >= MOST_JOINED:
        return Proposed(count=len(same.sessions), again=session in same.sessions)
    notes = list(dict.fromkeys([*same.notes, *([note] if note else [])]))
    sessions = [*same.sessions, session]
    rows.change_proposal(connection, same.number, sessions=sessions, notes=notes)
    return Proposed(count=len(sessions), again=False)


def _check_note(note: str) -> str:
    note = note.strip()
    check_text(note, "note")
    if len(note) > MOST_NOTE:
        raise InputError(f"The note has {len(note):,} characters; at most {MOST_NOTE} are allowed.")
    return note


def _check_meme(prediction: Prediction, data: bytes | None) -> None:
    meme = prediction.meme
    if meme.has_image and (data is None or content_id(data) != meme.id):
        raise InputError(
            "The image is not the one that was predicted. Open it again and suggest once more."
        )


def _hash_session(session: str) -> str:
    if not _SESSION.fullmatch(session):
        raise InputError(
            f"'{session[:64]}' cannot name a session. Use 8 to 64 letters, digits and dashes."
        )
    return hashlib.sha256(session.encode()).hexdigest()[:16]


def _say_origin(row: Row) -> str:
    count = len(row.sessions)
    return f"Suggested by {'a visitor' if count == 1 else f'{count} visitors'}."
