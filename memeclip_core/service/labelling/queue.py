"""``LabelQueue``: what to label next, and everything that a person does to a meme of a project."""

from __future__ import annotations

from collections.abc import Sequence

from memeclip_core.labelling import Labels, Order
from memeclip_core.records import Person
from memeclip_core.service.labelling.work import (
    PENDING,
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
    """

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
            who: the person.
            project: its key.
            filters: which memes; memes in another state than pending are given to their owner.
            order: ``None`` is the project's own.
            count: how many, 1 to 20.
            client: one browser tab, in its own words; at most 64 characters.

        Returns:
            ``count`` items, fewer where there are no more.
        """
        raise NotImplementedError

    def open(self, who: Person, project: str, meme: str, client: str) -> WorkItem:
        """Return one meme and keep it for this person; ask again to keep it longer.

        Own memes (held, begun, done, skipped, sent back) can always be opened.

        Raises:
            InputError: if the project has no such meme, somebody else holds it, or enough
                people have labelled it.
        """
        raise NotImplementedError

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
    ) -> Saved:
        """Save a decision; it is on the disk when this returns. The same save twice counts once.

        A decision is never refused because the time to make it ran out. One that was made under
        an older label set is kept as a draft; see ``Saved.conflict``.

        Args:
            who: the person.
            project: its key.
            save: the page's own id of this save: 8 to 64 letters, digits, dashes.
            meme: the content id.
            labels: the decision by task key; tasks that do not apply may be left out.
            note: free text.
            seconds: how long the person looked.
            shown: whether the suggestions were on the page; never true for hidden ones.
            model: the item's ``model``.
            version: the item's ``version``.

        Raises:
            LabelError: on an unknown task or label, or a task that applies and has no decision.
            InputError: if ``save`` is somebody else's or stood for something else.
            StoreError: if nothing could be written.
        """
        raise NotImplementedError

    def save_many(
        self,
        who: Person,
        project: str,
        *,
        save: str,
        memes: Sequence[str],
        labels: Labels,
        note: str = "",
        version: int | None = None,
    ) -> Saved:
        """Save one decision for several memes (at most 200); ``undo`` takes them back together.

        Memes that somebody else holds, or that enough people have labelled, are left out; see
        ``Saved.refused``.
        """
        raise NotImplementedError

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
        raise NotImplementedError

    def skip(self, who: Person, project: str, *, save: str, meme: str, reason: str) -> Saved:
        """Pass a meme over with a reason; it stays among the person's skipped, for later."""
        raise NotImplementedError

    def flag(
        self, who: Person, project: str, *, save: str, meme: str, on: bool, reason: str = ""
    ) -> Saved:
        """Mark a meme for attention with a reason, or unmark it."""
        raise NotImplementedError

    def undo(self, who: Person, project: str) -> Undone:
        """Take back this person's last save, skip or flag in the project; a bulk as a whole.

        Raises:
            InputError: if there is nothing to take back.
        """
        raise NotImplementedError

    def counts(self, who: Person, project: str) -> QueueCounts:
        """Return how far this person is."""
        raise NotImplementedError

    def recent(self, who: Person, project: str, limit: int = 10) -> tuple[Recent, ...]:
        """Return this person's last saves and skips that are not taken back, newest first."""
        raise NotImplementedError

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
        raise NotImplementedError

    def history(self, who: Person, project: str, meme: str) -> tuple[HistoryEntry, ...]:
        """Return what happened to a meme, oldest first.

        On a meme that several people label blind, an annotator sees what others did only after
        an own decision.
        """
        raise NotImplementedError

    def preview(self, who: Person, project: str, meme: str) -> bytes:
        """Return the meme's picture as WebP, at most 1280 pixels wide and high; b"" without one."""
        raise NotImplementedError

    def release(self, who: Person, project: str, client: str) -> None:
        """Give back what a client holds, such as when its tab is closed."""
        raise NotImplementedError
