"""The endpoints behind the page Label: JSON in, JSON out, an error as one sentence.

They are private, which only means undocumented: anybody can post to them. So every value is
checked here, and who may do what is checked by the service.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import gradio as gr
from gradio.events import api

from memeclip_core.api.problems import sentence
from memeclip_core.app.studio import Studio
from memeclip_core.errors import MemeclipError, OtherPerson, RateLimited, StoreError
from memeclip_core.memory import Memory
from memeclip_core.records.decision import Person
from memeclip_core.records.queue import Held, Saved
from memeclip_core.ui.identity import identify_still
from memeclip_core.ui.pages.label import views
from memeclip_core.ui.pages.label.payload import Payload

Answer = dict[str, Any]
LAST_DECISIONS: Final = 10
MOST_AHEAD: Final = 20
MOST_THUMBS: Final = 60
KEPT_THUMBS: Final = 2000
"""Some 10 kB each."""


def wire_label_api(studio: Studio) -> None:
    """Offer the endpoints inside the current Blocks; a call waits for no other."""
    on = OnLabel(studio)
    for verb, handler in on.verbs.items():
        api(
            _endpoint(studio, handler),
            api_name=f"label_{verb}",
            queue=False,
            api_visibility="private",
            concurrency_limit=None,
        )


def _endpoint(
    studio: Studio, handler: Callable[[Person, Payload], Answer]
) -> Callable[[dict[str, Any], gr.Request], dict[str, Any]]:
    def endpoint(payload: dict[str, Any], request: gr.Request) -> dict[str, Any]:
        try:
            sent = Payload.of(payload)
            return handler(identify_still(studio, request, sent.text("who", default="")), sent)
        except Exception as error:
            return render_error(error)

    return endpoint


def render_error(error: Exception) -> Answer:
    """Return a sentence, whether the same call may succeed later, and whether only as another."""
    return {
        "error": sentence(error),
        "again": isinstance(error, StoreError | RateLimited),
        "other": isinstance(error, OtherPerson),
        "ours": isinstance(error, MemeclipError),
    }


class OnLabel:
    """The handlers, by verb; each takes who asks and what was sent."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._queue = studio.queue
        self._thumbs = _Thumbs(studio)
        handlers = (name for name in dir(self) if name.startswith("on_"))
        self.verbs: dict[str, Callable[[Person, Payload], Answer]] = {
            "ping": lambda who, _: {"who": who.name},
            **{name.removeprefix("on_"): getattr(self, name) for name in handlers},
        }

    # --- what there is ----------------------------------------------------------------------

    def on_projects(self, who: Person, sent: Payload) -> Answer:
        """List the projects that are open, and say who asks."""
        projects = [one for one in self._studio.projects.list(who) if not one.closed]
        return {
            "who": {"name": who.name, "role": who.role},
            "projects": [{"key": one.key, "title": one.title} for one in projects],
        }

    def on_project(self, who: Person, sent: Payload) -> Answer:
        """Return one project's questions, guidelines and rules."""
        project = self._studio.projects.project(who, sent.project())
        return views.render_project(
            project,
            reviews=self._studio.can(who, "reviewer"),
            models=self._studio.projects.models(who, project.key),
        )

    def on_counts(self, who: Person, sent: Payload) -> Answer:
        """Say how far this person is."""
        return {"counts": views.render_counts(self._queue.counts(who, sent.project()))}

    def on_recent(self, who: Person, sent: Payload) -> Answer:
        """Return this person's last decisions."""
        return {"recent": self._recent(who, sent.project())}

    # --- memes --------------------------------------------------------------------------------

    def on_next(self, who: Person, sent: Payload) -> Answer:
        """Give out the memes to label next: the first to be shown, the others ahead."""
        key = sent.project()
        filters, client = sent.filters(), sent.client()
        items = self._queue.next(
            who,
            key,
            filters=filters,
            order=sent.order(),
            count=sent.whole("count", 1, MOST_AHEAD, default=3),
            client=client,
        )
        project = self._studio.projects.project(who, key)
        held = Held() if items else self._queue.held(who, key, filters=filters, client=client)
        return {
            "items": [views.render_item(item) for item in items],
            "held": views.render_held(held),
            "counts": views.render_counts(self._queue.counts(who, key)),
            "version": project.version,
        }

    def on_open(self, who: Person, sent: Payload) -> Answer:
        """Give out one meme, or keep it longer for whoever has it."""
        item = self._queue.open(who, sent.project(), sent.meme(), sent.client())
        return {"item": views.render_item(item)}

    def on_release(self, who: Person, sent: Payload) -> Answer:
        """Give back what a browser tab holds, or what all of this person's tabs do."""
        client = "" if sent.yes("everywhere", default=False) else sent.client()
        self._queue.release(who, sent.project(), client)
        return {}

    def on_browse(self, who: Person, sent: Payload) -> Answer:
        """Return one page of memes."""
        page = self._queue.browse(
            who,
            sent.project(),
            filters=sent.filters(),
            order=sent.order() or "import",
            page=sent.whole("page", 1, 10**6, default=1),
            size=sent.whole("size", 1, 200, default=50),
        )
        return views.render_page(page)

    def on_history(self, who: Person, sent: Payload) -> Answer:
        """Return what happened to a meme."""
        entries = self._queue.history(who, sent.project(), sent.meme())
        return {"entries": views.render_history(entries)}

    def on_preview(self, who: Person, sent: Payload) -> Answer:
        """Return a meme's picture."""
        webp = self._queue.preview(who, sent.project(), sent.meme())
        return {"image": views.render_preview(webp)}

    def on_thumbs(self, who: Person, sent: Payload) -> Answer:
        """Return small pictures of several memes."""
        project = sent.project()
        memes = sent.memes(most=MOST_THUMBS)
        return {"images": {meme: self._thumbs.get(who, project, meme) for meme in memes}}

    # --- decisions ------------------------------------------------------------------------------

    def on_save(self, who: Person, sent: Payload) -> Answer:
        """Save a decision; it is on the disk when this answers."""
        key = sent.project()
        saved = self._queue.save(
            who,
            key,
            meme=sent.meme(),
            seconds=sent.seconds(),
            shown=sent.yes("shown", default=False),
            model=sent.text("model", default=""),
            **_decision(sent),
        )
        return self._saved(who, key, saved)

    def on_save_many(self, who: Person, sent: Payload) -> Answer:
        """Save one decision for several memes."""
        key = sent.project()
        saved = self._queue.save_many(who, key, memes=sent.memes(), **_decision(sent))
        return self._saved(who, key, saved) | {"refused": dict(saved.refused)}

    def on_draft(self, who: Person, sent: Payload) -> Answer:
        """Keep labels that are not decided yet."""
        key = sent.project()
        saved = self._queue.draft(who, key, meme=sent.meme(), **_decision(sent))
        return self._saved(who, key, saved)

    def on_skip(self, who: Person, sent: Payload) -> Answer:
        """Pass a meme over."""
        key = sent.project()
        reason = sent.text("reason", longest=300, default="")
        saved = self._queue.skip(who, key, save=sent.save(), meme=sent.meme(), reason=reason)
        return self._saved(who, key, saved)

    def on_flag(self, who: Person, sent: Payload) -> Answer:
        """Mark a meme for attention, or unmark it."""
        key, on = sent.project(), sent.yes("on")
        reason = sent.text("reason", longest=300, default="")
        saved = self._queue.flag(who, key, save=sent.save(), meme=sent.meme(), on=on, reason=reason)
        return self._saved(who, key, saved)

    def on_undo(self, who: Person, sent: Payload) -> Answer:
        """Take back this person's last act."""
        key = sent.project()
        undone = self._queue.undo(who, key, sent.text("client", longest=64, default=""))
        return views.render_undone(undone) | {"recent": self._recent(who, key)}

    def _saved(self, who: Person, key: str, saved: Saved) -> Answer:
        return views.render_saved(saved) | {"recent": self._recent(who, key)}

    def _recent(self, who: Person, key: str) -> list[dict[str, Any]]:
        return views.render_recent(self._queue.recent(who, key, LAST_DECISIONS))


class _Thumbs:
    """Small pictures, made once and kept while they are asked for."""

    def __init__(self, studio: Studio) -> None:
        self._queue = studio.queue
        self._kept: Memory[tuple[str, str], str] = Memory(KEPT_THUMBS)

    def get(self, who: Person, project: str, meme: str) -> str:
        """Return a data URI; the service is asked each time whether this person may see it."""
        webp = self._queue.preview(who, project, meme)
        known = self._kept.get((project, meme))
        if known is None:
            known = views.render_thumb(webp)
            self._kept.put((project, meme), known)
        return known


def _decision(sent: Payload) -> dict[str, Any]:
    """Return what every save of labels sends."""
    return {
        "save": sent.save(),
        "labels": sent.labels(),
        "note": sent.note(),
        "version": sent.whole("version", 1, 10**6),
    }
