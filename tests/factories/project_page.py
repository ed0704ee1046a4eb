"""The page Projects with its handlers and studio, and as people with roles see it."""

from __future__ import annotations

from dataclasses import replace

import gradio as gr

from memeclip_core.ui.pages.projects.layout import build_projects
from tests.factories.page_records import visit
from tests.factories.people import add_user
from tests.factories.projects import make_cats
from tests.factories.studios import build_tiny_studio
from tests.factories.waits import until


class Desk:
    """A page with its handlers and studio."""

    def __init__(self, studio):
        with gr.Blocks(), gr.Tab("Projects") as tab:
            self.on = build_projects(studio, tab)
        self.w = self.on.w
        self.studio = studio

    def settle(self, who=None):
        """Tick as the page does until nothing is under way; return the last updates."""

        def tick():
            updates = self.on.on_tick("cats", visit(who))
            return None if updates[self.w.timer]["active"] else updates

        return until(tick, "a job did not end")


def serve_roles(tiny_settings, tmp_path):
    """Return the page as several people with roles see it."""
    users = tmp_path / "users.json"
    for role in ("annotator", "reviewer", "admin"):
        add_user(users, name=role, role=role, password="long enough")
    make_cats(build_tiny_studio(tiny_settings), tmp_path / "in", 2)
    return Desk(build_tiny_studio(replace(tiny_settings, auth=users)))
