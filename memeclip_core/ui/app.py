"""The page as a whole. ``build_app`` only builds; launching is up to the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from memeclip_core.app.assets import Sample, read_asset, read_samples
from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import open_upload
from memeclip_core.errors import MemeclipError
from memeclip_core.ui import frame as views_page
from memeclip_core.ui.blocks import StudioBlocks
from memeclip_core.ui.lifespan import build_lifespan
from memeclip_core.ui.pages.analyse import picture as views_picture
from memeclip_core.ui.pages.analyse.figures import render_cosines
from memeclip_core.ui.pages.analyse.layout import build_analyse
from memeclip_core.ui.pages.analyse.wiring import QUICK, wire_analyse
from memeclip_core.ui.pages.dashboard.layout import build_dashboard
from memeclip_core.ui.pages.label.layout import LABEL_SCRIPTS, LABEL_STYLES, build_label
from memeclip_core.ui.pages.models.layout import build_models, wire_models
from memeclip_core.ui.pages.projects.layout import build_projects, upload_limit
from memeclip_core.ui.pages.review.layout import REVIEW_SCRIPTS, REVIEW_STYLES, build_review
from memeclip_core.ui.predict_endpoint import wire_api
from memeclip_core.ui.scripts import WARN
from memeclip_core.ui.sessions import KEPT
from memeclip_core.ui.sign_in import OnSignIn
from memeclip_core.ui.theme import build_theme
from memeclip_core.ui.widgets import Frame

SCRIPTS = ("studio.js", "reveal.js", "drafts.js", "tabs.js", *LABEL_SCRIPTS, *REVIEW_SCRIPTS)
STYLES = ("studio.css", *LABEL_STYLES, *REVIEW_STYLES, "projects.css")
LOADING_SECONDS = 2.0


def build_app(studio: Studio) -> gr.Blocks:
    """Build the page around a studio; nothing is loaded and nothing is launched.

    Analyse and Models are tabs of one page and not two routes: whoever goes to Models to retrain
    comes back to the memes that were open, and one handler can refresh what both show.
    """
    thumbs = _shown(studio, read_samples(studio.settings.assets / "samples"))
    app = StudioBlocks(
        title="MemeCLIP Studio",
        analytics_enabled=False,
        fill_width=True,
    )
    with app:
        gr.HTML(views_page.WARNING, js_on_load=WARN, elem_id="warning")
        frame = build_frame(studio)
        with gr.Tabs(elem_id="pages"):
            with gr.Tab("Analyse", id="analyse", elem_id="page-analyse") as first:
                analyse = build_analyse(studio, frame, thumbs)
            with gr.Tab("Label", id="label", elem_id="page-label"):
                build_label(studio)
            with gr.Tab("Review", id="review", elem_id="page-review") as third:
                build_review(studio, third)
            with gr.Tab("Dashboard", id="dashboard", elem_id="page-dashboard") as fourth:
                build_dashboard(studio, fourth)
            with gr.Tab("Projects", id="projects", elem_id="page-projects") as fifth:
                build_projects(studio, fifth)
            with gr.Tab("Models", id="models", elem_id="page-models") as second:
                models = build_models(frame)
        wire_analyse(studio, analyse, tuple(thumbs), first, app)
        wire_models(studio, models, second)
        wire_api(studio)
        _wire_load(studio, app, frame)
    # Not open: otherwise a call to /run/predict goes past the queue and its limits.
    app.queue(max_size=64, default_concurrency_limit=4, api_open=False)
    return app


def launch_options(studio: Studio) -> dict[str, Any]:
    """Return the arguments for ``Blocks.launch``: quiet, local, and nothing sent anywhere."""
    settings = studio.settings
    folder = settings.assets / "ui"
    signed_in: dict[str, Any] = {}
    if settings.auth is not None:
        sign_in = OnSignIn(studio).on_sign_in
        signed_in = {"auth": sign_in, "auth_message": views_page.SIGN_IN}
    return {
        "app_kwargs": {"lifespan": build_lifespan(settings)},
        "enable_monitoring": False,
        "state_session_capacity": KEPT,
        "server_name": settings.host,
        # Gradio counts ports upwards from 7860 when it is given none, so 0 becomes None.
        "server_port": settings.port or None,
        "share": False,
        "show_error": False,
        "strict_cors": True,
        "ssr_mode": False,
        "run_history": False,
        "footer_links": ["api"],
        "max_file_size": upload_limit(settings),
        "allowed_paths": [str(settings.assets / "samples")],
        "blocked_paths": [str(Path(settings.home).resolve())],
        "theme": build_theme(),
        "css": "\n".join(read_asset(folder / name) for name in STYLES),
        "head": "".join(f"<script>{read_asset(folder / name)}</script>" for name in SCRIPTS),
        **signed_in,
    }


def build_frame(studio: Studio) -> Frame:
    """Lay out what stands above both pages: the name, the choice of a task set, what answers."""
    choices = [(tasks.title, tasks.key) for tasks in studio.task_sets]
    with gr.Row(elem_classes="mc-top"):
        gr.HTML(views_page.HEADER, elem_classes="mc-head")
        if studio.settings.hub_sign_in:
            # Off a Space this button would stop the page from starting.
            gr.LoginButton(size="sm", elem_id="sign-in")
        blur = gr.Checkbox(False, label="Blur pictures", elem_id="blur", container=False)
        task_set = gr.Radio(
            choices,
            value=choices[0][1],
            label="Task set",
            visible=len(choices) > 1,
            elem_id="task-set",
            elem_classes="mc-segments",
        )
    header = gr.HTML(elem_id="header")
    return Frame(header=header, blur=blur, task_set=task_set)


def _shown(studio: Studio, samples: tuple[Sample, ...]) -> dict[Sample, str]:
    """Return a thumbnail by sample; one that cannot be decoded is not offered, nor one for a task
    set that is not.
    """
    shown = {}
    offered = {"", *(tasks.key for tasks in studio.task_sets)}
    for sample in (one for one in samples if one.task_set in offered):
        try:
            found = open_upload(studio, sample.path)
        except MemeclipError:
            continue
        if found is not None:
            side = views_picture.THUMB_SIDE * 2
            shown[sample] = views_picture.render_data_uri(found.image, side)
    return shown


def _wire_load(studio: Studio, app: gr.Blocks, frame: Frame) -> None:
    """Fill the header, follow the loading of the models, and get the plots' script."""
    loading = gr.Timer(LOADING_SECONDS, active=False)

    def on_load(task_set: str | None) -> tuple[str, dict[str, Any]]:
        status = studio.status(task_set or studio.task_sets[0].key)
        return views_page.render_status(status), gr.update(active=not status.warm)

    gr.on([app.load, loading.tick], on_load, frame.task_set, [frame.header, loading], **QUICK)
    # The script behind the plots is large: with a plot that nobody sees, a browser loads it while
    # people read the warning, and not between their first meme and its answer.
    first = gr.Plot(visible="hidden", elem_id="first-plot")
    app.load(lambda: render_cosines((), ()), None, first, **QUICK)
    app.load(None, None, frame.blur, js="() => window.memeclip.blurred()")
    app.load(None, None, None, js="() => window.memeclipTabs.restore()")
    frame.blur.change(None, frame.blur, None, js="(on) => window.memeclip.blur(on)")
