"""The page as a whole. ``build_app`` only builds; launching is up to the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import gradio as gr
from fastapi.exceptions import RequestValidationError
from gradio.route_utils import FnIndexInferError
from gradio.routes import file_upload_statuses
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Mount

from memeclip_core.api.application import PREFIX, build_api, larger_bodies
from memeclip_core.api.compressed import Compressed
from memeclip_core.api.gate import Gate
from memeclip_core.api.identity import Identity
from memeclip_core.api.metrics import Counted, Metrics
from memeclip_core.api.policy import Policy
from memeclip_core.api.problems import Answered, answer_error
from memeclip_core.api.routes.health import health_route
from memeclip_core.api.scripts import Scripts
from memeclip_core.api.sign_in import SignIn
from memeclip_core.api.texts import _, translate_page, translate_scripts, use
from memeclip_core.api.threads import PAGE_THREADS
from memeclip_core.api.uploads import Allowance, Uploads, find_allowance, upload_limit
from memeclip_core.app.assets import Sample, read_asset, read_samples, read_scripts
from memeclip_core.app.pictures import shrink
from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import open_upload
from memeclip_core.errors import MemeclipError
from memeclip_core.records.decision import Role
from memeclip_core.ui.admission import answer_named, answer_unknown
from memeclip_core.ui.components import Frame, link_tasks, render_account, render_status
from memeclip_core.ui.events import QUICK
from memeclip_core.ui.formats import data_uri, escape
from memeclip_core.ui.frontend import read_frontend
from memeclip_core.ui.identity import identify
from memeclip_core.ui.pages.analyse.layout import Analyse, wire_analyse
from memeclip_core.ui.pages.batch.layout import build_batch
from memeclip_core.ui.pages.compare.layout import Compare, wire_compare
from memeclip_core.ui.pages.dashboard.layout import build_dashboard
from memeclip_core.ui.pages.explore.layout import build_explore
from memeclip_core.ui.pages.label.layout import build_label
from memeclip_core.ui.pages.models.layout import Models, wire_models
from memeclip_core.ui.pages.projects.layout import build_projects
from memeclip_core.ui.pages.review.layout import build_review
from memeclip_core.ui.predict_endpoint import wire_api, wire_batch
from memeclip_core.ui.server import KEPT, OwnPages, StudioBlocks, build_lifespan
from memeclip_core.ui.theme import build_theme

STYLES = (
    "studio.css", "analyse.css", "label/label.css", "review.css", "projects.css", "batch.css",
    "explore/explore.css",
)  # fmt: skip
LOADING_SECONDS = 2.0

SAMPLE_SIDE: Final = 148
"""Pixels of a sample's picture: two for each of the 74 that it is high on the page."""
WARN: Final = "memeclip.then((page) => page.warn(element.querySelector('dialog')));"
"""Open the warning, unless this browser has answered it before."""


def render_warning() -> str:
    """Say what memes can be, before the first one is shown."""
    said = _(
        "Memes opened here may be hateful, and what the model says of them can be wrong. It "
        "guesses from examples; a person decides. The samples on the page are harmless."
    )
    return (
        '<dialog class="mc-warning" aria-labelledby="mc-warning-title" '
        'aria-describedby="mc-warning-text"><form method="dialog">'
        f'<h2 id="mc-warning-title">{escape(_("Before you start"))}</h2>'
        f'<p id="mc-warning-text">{escape(said)}</p><div><button value="blur" autofocus>'
        f"{escape(_('Continue with pictures blurred'))}</button>"
        f'<button value="plain">{escape(_("Continue and show pictures"))}</button></div>'
        "</form></dialog>"
    )


def build_app(studio: Studio) -> gr.Blocks:
    """Build the page around a studio; nothing is loaded and nothing is launched.

    Analyse and Models are tabs of one page and not two routes: whoever goes to Models to retrain
    comes back to the memes that were open, and one handler can refresh what both show.
    """
    use(studio.settings.language, studio.settings.assets)
    thumbs = _shown(studio, read_samples(studio.settings.assets / "samples"))
    app = StudioBlocks(title="MemeCLIP Studio", analytics_enabled=False, fill_width=True)
    # Whoever sits at the machine would only slow down their own programs.
    app.shared = studio.owner().role == "visitor"
    with app:
        gr.HTML(render_warning(), js_on_load=WARN, elem_id="warning")
        frame = Frame(studio)
        with gr.Tabs(elem_id="pages"):
            with gr.Tab(_("Analyse"), id="analyse", elem_id="page-analyse") as first:
                analyse = Analyse(studio, frame, thumbs)
            with gr.Tab(_("Batch"), id="batch", elem_id="page-batch") as sixth:
                build_batch(studio, sixth)
            with gr.Tab(_("Label"), id="label", elem_id="page-label", visible=False) as label:
                build_label()
            with gr.Tab(
                _("Explore"), id="explore", elem_id="page-explore", visible=False
            ) as explore:
                build_explore()
            with gr.Tab(_("Review"), id="review", elem_id="page-review", visible=False) as third:
                build_review(studio, third)
            with gr.Tab(
                _("Dashboard"), id="dashboard", elem_id="page-dashboard", visible=False
            ) as fourth:
                build_dashboard(studio, fourth)
            with gr.Tab(
                _("Projects"), id="projects", elem_id="page-projects", visible=False
            ) as fifth:
                build_projects(studio, fifth)
            with gr.Tab(_("Models"), id="models", elem_id="page-models") as second:
                models = Models(frame)
                compare = Compare(models.tasks)
        wire_analyse(studio, analyse, tuple(thumbs), first, app)
        wire_models(studio, models, second)
        link_tasks(analyse.tasks, models.tasks)
        wire_compare(studio, compare, second)
        wire_api(studio)
        wire_batch(studio)
        _wire_load(studio, app, frame, analyse.tasks)
        roles: dict[gr.Tab, Role] = {
            label: "annotator", explore: "annotator", third: "reviewer", fourth: "annotator",
            fifth: "annotator",
        }  # fmt: skip
        _wire_pages(studio, app, roles)
    # Not open: otherwise a call to /run/predict goes past the queue and its limits.
    app.queue(default_concurrency_limit=4, api_open=False)
    return app


def launch_options(studio: Studio) -> dict[str, Any]:
    """Return the arguments for ``Blocks.launch``: quiet, local, and nothing sent anywhere."""
    settings = studio.settings
    folder = settings.assets / "ui"
    files = translate_scripts(read_scripts(folder), settings.assets)
    scripts = Scripts(files, read_frontend())
    identity = Identity(studio)

    async def allow(request: HTTPConnection) -> Allowance | None:
        name = await identity.name(request)
        return None if name is None else find_allowance(settings, studio.person(name or None).role)

    routes: list[BaseRoute] = [
        Mount(PREFIX, build_api(studio, identity)),
        scripts.route(),
        health_route(studio),
    ]
    layers = [
        Middleware(Compressed),
        Middleware(Policy, change=lambda page: scripts.put_into(translate_page(page))),
        Middleware(Gate, identity=identity),
        Middleware(Answered),
        Middleware(
            Uploads,
            folder=studio.uploads,
            allow=allow,
            larger=larger_bodies(settings),
            progress=file_upload_statuses,
        ),
        Middleware(OwnPages),
    ]
    if settings.asks_password:
        routes += SignIn(studio).routes
    if settings.metrics:
        metrics = Metrics(studio, identity)
        routes.append(metrics.route)
        layers.insert(0, Middleware(Counted, metrics=metrics))
    return {
        "app_kwargs": {
            "lifespan": build_lifespan(studio),
            "routes": routes,
            "middleware": layers,
            "exception_handlers": {
                RequestValidationError: answer_error,
                FnIndexInferError: answer_unknown,
                KeyError: answer_named,
                TypeError: answer_named,
            },
        },
        "auth_dependency": identity.name,
        "enable_monitoring": False,
        "state_session_capacity": KEPT,
        "server_name": settings.host,
        # Gradio counts ports upwards from 7860 when it is given none, so 0 becomes None.
        "server_port": settings.port or None,
        "max_threads": PAGE_THREADS,
        "share": False,
        # Gradio asks the page for its own first answer, and ends the program where that takes more
        # than three seconds, which it may on a small or busy machine.
        "_frontend": False,
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
    }


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
            shown[sample] = data_uri("webp", shrink(found.image, SAMPLE_SIDE))
    return shown


def _wire_load(studio: Studio, app: gr.Blocks, frame: Frame, tasks: gr.Radio) -> None:
    """Fill the header, follow the loading of the models, and bring back what the browser keeps."""
    loading = gr.Timer(LOADING_SECONDS, active=False)

    def on_load(task_set: str | None) -> tuple[str, dict[str, Any]]:
        status = studio.status(task_set or studio.task_sets[0].key)
        return render_status(status), gr.update(active=not status.warm)

    own = studio.settings.asks_password

    def on_account(request: gr.Request) -> str:
        return render_account(identify(studio, request), own=own) if request.username else ""

    if own or studio.settings.hub_sign_in:
        app.load(on_account, None, frame.account, **QUICK)
    gr.on([app.load, loading.tick], on_load, tasks, [frame.header, loading], **QUICK)
    app.load(None, None, frame.blur, js="async () => (await memeclip).blurred()")
    frame.theme.click(None, None, None, js="async () => (await memeclip).toggle()")
    frame.blur.change(None, frame.blur, None, js="async (on) => (await memeclip).blur(on)")


def _wire_pages(studio: Studio, app: gr.Blocks, roles: dict[gr.Tab, Role]) -> None:
    """Show the pages that a person's role can use, then go to the one that the address names."""

    def on_pages(request: gr.Request) -> dict[gr.Tab, Any]:
        who = identify(studio, request)
        return {tab: gr.update(visible=studio.can(who, role)) for tab, role in roles.items()}

    shown = app.load(on_pages, None, list(roles), **QUICK)
    shown.then(None, None, None, js="async () => (await memeclip).restore()")
