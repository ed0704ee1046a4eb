"""``LabelQueue``: what to label next, and everything that a person does to a meme of a project."""

from __future__ import annotations

from collections.abc import Sequence

from memeclip_core.access.people import People
from memeclip_core.access.rate_limits import CallKind
from memeclip_core.annotation.decisions.decided import is_settled
from memeclip_core.annotation.decisions.entry import Entry
from memeclip_core.annotation.decisions.history import is_visible, write_history
from memeclip_core.annotation.decisions.queries import select_meme
from memeclip_core.annotation.decisions.saving import Saver
from memeclip_core.annotation.queue.assignment import Assigner, Request
from memeclip_core.annotation.queue.browser import Browser
from memeclip_core.annotation.queue.orderings import Orderings
from memeclip_core.annotation.queue.session import Sessions
from memeclip_core.errors import InputError
from memeclip_core.records.decision import Person, Role
from memeclip_core.records.project import Labels, Order
from memeclip_core.records.queue import (
    PENDING,
    Held,
    HistoryEntry,
    Page,
    QueueCounts,
    QueueFilter,
    Recent,
    Saved,
    Undone,
    WorkItem,
)


class LabelQueue:
    """Give memes out, take decisions in, and look at both.

    All methods may be called from any thread. Each checks the role first (annotator at least),
    then whether the project exists. Errors worth trying again are ``StoreError``; all others
    stay as they are until the person does something else.

    Throughout, ``who`` is the person, ``project`` a project's key, ``meme`` a content id and
    ``client`` one browser tab, in its own words of at most 64 characters; ``save`` is the page's
    own id of a save, 8 to 64 letters, digits and dashes: the same one twice counts once.
    """

    def __init__(
        self,
        *,
        people: People,
        sessions: Sessions,
        orderings: Orderings,
        assigner: Assigner,
        saver: Saver,
        browser: Browser,
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._orderings = orderings
        self._assigner = assigner
        self._saver = saver
        self._browser = browser

    def warm_up(self) -> None:
        """Work the projects' orders out where that is due; return at once."""
        self._orderings.warm_up()

    def next(
        self,
        who: Person,
        project: str,
        *,
        filters: QueueFilter = PENDING,
        order: Order | None = None,
        count: int = 3,
        client: str,
    ) -> tuple[WorkItem, ...]:
        """Return the memes to label next and keep them for this person and client.

        Memes that were sent back come first, then those that this client holds already, then
        the rest by the order. The first is to be shown, the others can be loaded ahead: asking
        again with the same filters and order returns them again until they are saved, skipped or
        released. Another client of the same person gets other memes.

        Args:
            filters: which memes; memes in another state than pending are given to their owner.
            order: ``None`` is the project's own.
            count: how many, 1 to 20.

        Returns:
            ``count`` items, fewer where there are no more, or where others hold the rest.
        """
        return self._assigner.next(project, self._ask(who, filters, order, client), count)

    def held(
        self, who: Person, project: str, *, filters: QueueFilter = PENDING, client: str
    ) -> Held:
        """Return what ``next`` leaves out because the person's other tabs or others hold it."""
        return self._assigner.held(project, self._ask(who, filters, None, client))

    def open(self, who: Person, project: str, meme: str, client: str) -> WorkItem:
        """Return one meme and keep it for this person; ask again to keep it longer.

        Own memes (held, begun, done, skipped, sent back) can always be opened; in a closed
        project only those that the person holds.

        Raises:
            InputError: if the project has no such meme, somebody else holds it, enough people
                have labelled it, or the project is closed.
        """
        self._check(who, "label memes", spends="read")
        return self._assigner.open(project, who, meme, client)

    def save(
        self,
        who: Person,
        project: str,
        *,
        save: str,
        meme: str,
        labels: Labels,
        note: str = "",
        seconds: float | None = None,
        shown: bool = False,
        model: str = "",
        version: int,
        qualifies: bool = False,
    ) -> Saved:
        """Save a decision; it is on the disk when this returns.

        A decision is never refused because the time to make it ran out, unless the project is
        closed: then only what the person holds is taken. One that was made under an older label
        set is kept as a draft; see ``Saved.conflict``. In the qualification round it is no
        decision: see ``Saved.feedback``.

        Args:
            labels: the decision by task key; tasks that do not apply may be left out.
            seconds: how long the person looked.
            shown: whether the suggestions were on the page; never true for hidden ones.
            model: the item's ``model``.
            version: the item's ``version``.
            qualifies: the item's ``qualifies``.

        Raises:
            LabelError: on an unknown task or label, or a task that applies and has no decision.
            InputError: if ``save`` is somebody else's or stood for something else, or the project
                is closed.
            StoreError: if nothing could be written.
        """
        self._check(who, "label memes", spends="save")
        entry = Entry(
            save=save,
            action="label",
            meme=meme,
            labels=labels,
            note=note,
            seconds=seconds,
            shown=shown,
            model=model,
            version=version,
        )
        return self._saver.save(project, who, entry, qualifies=qualifies)

    def save_many(
        self,
        who: Person,
        project: str,
        *,
        save: str,
        memes: Sequence[str],
        labels: Labels,
        note: str = "",
        seconds: float | None = None,
        shown: bool = False,
        model: str = "",
        version: int | None = None,
    ) -> Saved:
        """Save one decision for several memes (at most 200); ``undo`` takes them back together.

        Memes that somebody else holds, or that enough people have labelled, are left out; see
        ``Saved.refused``.

        Args:
            seconds: how long the person looked at each: at all of them, divided by their number.
            shown: whether the suggestions were on the page; never true for hidden ones.
            model: the rows' ``model``.
        """
        self._check(who, "label memes", spends="save")
        entry = Entry(
            save=save, action="label", meme="", labels=labels, note=note, seconds=seconds,
            shown=shown, model=model, version=version,
        )  # fmt: skip
        return self._saver.save_many(project, who, entry, memes)

    def draft(
        self,
        who: Person,
        project: str,
        *,
        save: str,
        meme: str,
        labels: Labels,
        note: str = "",
        version: int,
    ) -> Saved:
        """Keep labels that are not decided yet; any tasks may be missing."""
        self._check(who, "label memes", spends="save")
        entry = Entry(
            save=save, action="draft", meme=meme, labels=labels, note=note, version=version
        )
        return self._saver.save(project, who, entry)

    def skip(self, who: Person, project: str, *, save: str, meme: str, reason: str) -> Saved:
        """Pass a meme over with a reason; it stays among the person's skipped, for later."""
        self._check(who, "skip memes", spends="save")
        reason = _check_reason(reason, "skip a meme")
        return self._saver.save(
            project, who, Entry(save=save, action="skip", meme=meme, note=reason)
        )

    def flag(
        self,
        who: Person,
        project: str,
        *,
        save: str,
        meme: str,
        on: bool,
        reason: str = "",
        of: str = "",
    ) -> Saved:
        """Mark a meme for attention with a reason, or unmark it; a reviewer also ``of`` others."""
        self._check(who, "flag memes", spends="save")
        if of and of != who.name:
            self._check(who, "take off what other people flagged", role="reviewer")
        if on:
            reason = _check_reason(reason, "flag a meme")
        entry = Entry(
            save=save,
            action="flag" if on else "unflag",
            meme=meme,
            note=reason,
            target="" if on or of == who.name else of,
        )
        return self._saver.save(project, who, entry)

    def undo(self, who: Person, project: str, client: str = "", undo: str = "") -> Undone:
        """Take back this person's last save, skip or flag in the project; a bulk as a whole.

        A client that is given holds the meme again, if nobody else has taken it meanwhile.
        ``undo`` is the page's own id of it, as of a save: the same one twice takes back once.

        Raises:
            InputError: if there is nothing to take back.
        """
        self._check(who, "undo", spends="save")
        return self._saver.undo(project, who, client, undo)

    def counts(self, who: Person, project: str) -> QueueCounts:
        """Return how far this person is."""
        self._check(who, "see how far you are", spends="read")
        return self._saver.counts(project, who)

    def recent(self, who: Person, project: str, limit: int = 10) -> tuple[Recent, ...]:
        """Return this person's last saves and skips that are not taken back, newest first."""
        self._check(who, "see your decisions", spends="read")
        return self._browser.recent(project, who, limit)

    def browse(
        self,
        who: Person,
        project: str,
        *,
        filters: QueueFilter = PENDING,
        order: Order = "import",
        page: int = 1,
        size: int = 50,
    ) -> Page:
        """Return one page (at most 200 lines) of the memes that the filter finds."""
        request = self._ask(who, filters, order, "", "see the memes of a project")
        return self._browser.browse(project, request, page, size)

    def history(self, who: Person, project: str, meme: str) -> tuple[HistoryEntry, ...]:
        """Return what happened to a meme, oldest first.

        An annotator sees what others did only once nothing is open on the meme any more: after an
        own decision, too, others' labels would still change it. See ``Project.settles``.
        """
        self._check(who, "see what happened to a meme", spends="read")
        with self._sessions.reading(project, who) as session:
            session.meme(meme)
            rules, history = session.project, session.histories([meme])[meme]
            rows = select_meme(session.connection, project, meme)
            first = self._assigner.qualification.find(session, who)
        entries = write_history(rules, rows, hidden=rules.hides(meme))
        # Others' labels tell much of the gold's answer.
        secret = first is not None or not is_settled(rules, history)
        if not self._people.can(who, "reviewer") and secret:
            return tuple(entry for entry in entries if is_visible(entry, who.name))
        return entries

    def preview(self, who: Person, project: str, meme: str) -> bytes:
        """Return the meme's picture as WebP, at most 1280 pixels wide and high; b"" without one.

        To admins also of a meme that was removed.
        """
        # Not limited: a page of thumbnails asks for two hundred at once.
        self._check(who, "see the memes of a project")
        removed = self._people.can(who, "admin")
        return self._browser.preview(project, who, meme, removed=removed)

    def release(self, who: Person, project: str, client: str) -> None:
        """Give back what a client holds, such as when its tab is closed; "" is all tabs."""
        self._check(who, "label memes", spends="read")
        self._assigner.release(project, who, client)

    def _ask(
        self,
        who: Person,
        filters: QueueFilter,
        order: Order | None,
        client: str,
        what: str = "label memes",
    ) -> Request:
        self._check(who, what, spends="read", filters=filters)
        reviewer = self._people.can(who, "reviewer")
        return Request(who=who, reviewer=reviewer, filters=filters, order=order, client=client)

    def _check(
        self,
        who: Person,
        what: str,
        *,
        role: Role = "annotator",
        spends: CallKind | None = None,
        filters: QueueFilter = PENDING,
    ) -> None:
        self._people.require(who, role, what, spends=spends)
        if filters.annotator and filters.annotator != who.name:
            self._people.require(who, "reviewer", "see what other people have labelled")
        if filters.removed:
            self._people.require(who, "admin", "see what was removed")


def _check_reason(reason: str, what: str) -> str:
    """Return a reason without spaces around it; raise InputError if nothing is left."""
    if not reason.strip():
        raise InputError(f"To {what}, say why in a few words: it helps whoever looks next.")
    return reason.strip()
