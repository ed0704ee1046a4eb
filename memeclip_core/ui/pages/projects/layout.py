"""The page Projects: its layout and what triggers which handler."""

from __future__ import annotations

from typing import Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.studio import Studio
from memeclip_core.marks import mark
from memeclip_core.ui.components import STATUS, WORK, render_folder
from memeclip_core.ui.events import EVERY, RAW, Latest, last_only, last_steps
from memeclip_core.ui.formats import escape
from memeclip_core.ui.pages.projects.amendments import AmendmentPanel, connect_amendments
from memeclip_core.ui.pages.projects.deleting import DeletionPanel, connect_deletion
from memeclip_core.ui.pages.projects.exporting import connect_exports, lay_out_export
from memeclip_core.ui.pages.projects.handlers import OnProjects, show_guidelines
from memeclip_core.ui.pages.projects.membership import OnTeam, lay_out_asked, lay_out_round
from memeclip_core.ui.pages.projects.suggesting import OnSuggesting, lay_out_suggesting
from memeclip_core.ui.pages.projects.views import render_hint

TICK_SECONDS: Final = 1.0
ORDERS: Final = [
    (mark("Least certain first (margin)"), "margin"),
    (mark("Least certain first (entropy)"), "entropy"),
    (mark("Unlike those before"), "diversity"),
    (mark("Where models or people disagree"), "disagreement"),
    (mark("Labels that are probably wrong"), "label-errors"),
    (mark("Newest first"), "newest"),
    (mark("By chance"), "random"),
    (mark("As imported"), "import"),
]
FORMATS: Final = [
    "pridemm", "hateful-memes", "harmeme", "restore", "axiom", "propaganda", "memotion",
    "list",
    "imagefolder",
]  # fmt: skip


class ProjectPage:
    """The page Projects, laid out inside the current Blocks.

    Attributes:
        latest: the page's newest question; see ``Latest``.
        timer: runs only while a job of the chosen project does.
        body, creating, importing, changing, migrating, exporting, copying: what only some may see.
        rules: the fields of a project's rules, by name.
        previewed: what the preview of a new label set was of, so that nothing else is applied.
        suggesting, shown: whose suggestions people see, and what is brought in.
        written, guidelines: the guidelines as they are written, and as people read them.
        download: the chosen export, ready to be saved.
        memes, deleting: where an admin mends one meme, and deletes the project.
    """

    def __init__(self, studio: Studio) -> None:
        self.latest = gr.State(Latest())
        self.message = gr.HTML(elem_id="projects-message", js_on_load=STATUS)
        self.timer = gr.Timer(TICK_SECONDS, active=False)
        with gr.Column(elem_classes="mc-panel"):
            gr.HTML(f"<h2>{escape(_('Projects'))}</h2>")
            self.listing = gr.HTML(elem_id="projects")
            self.pick = gr.Dropdown([], label=_("Project"), elem_id="projects-pick")
            self.demo = gr.HTML(elem_id="projects-demo")
            with gr.Accordion(_("New project"), open=False, visible=False) as self.creating:
                with gr.Row():
                    self.new_title = gr.Textbox(
                        label=_("Title"), elem_id="project-new-title", max_length=200
                    )
                    self.new_key = gr.Textbox(
                        label=_("Key"), elem_id="project-new-key", max_length=60,
                        info=_("Blank: made from the title. It cannot be changed later."),
                    )  # fmt: skip
                    choices = [(tasks.title, tasks.key) for tasks in studio.task_sets]
                    self.new_tasks = gr.Dropdown(
                        choices,
                        value=choices[0][1],
                        label=_("Label set"),
                        elem_id="project-new-tasks",
                    )
                with gr.Row(elem_classes="mc-buttons"):
                    self.create = gr.Button(
                        _("Create"), variant="primary", elem_id="project-create"
                    )
        with gr.Column(visible=False) as self.body:
            self.job = gr.HTML(elem_id="project-job", js_on_load=WORK)
            with gr.Row(elem_classes="mc-buttons"):
                self.stop = gr.Button(_("Stop"), visible=False, elem_id="project-stop")
                self.resume = gr.Button(
                    _("Go on with the import"), visible=False, elem_id="project-resume"
                )
                self.predict = gr.Button(
                    _("Compute missing suggestions"), visible=False, elem_id="project-predict"
                )
            self._lay_out_import()
            self._lay_out_rules()
            self._lay_out_team()
            self._lay_out_labels()
            self.memes = AmendmentPanel()
            self._lay_out_export()
            self._lay_out_copy()
            self.deleting = DeletionPanel()

    def _lay_out_import(self) -> None:
        with (
            gr.Column(elem_classes="mc-panel"),
            gr.Accordion(_("Import"), open=True, visible=False) as self.importing,
        ):
            self.files = gr.File(
                label=_("Images, a zip or a dataset"),
                # What cannot be used is named afterwards: here, one such file would refuse all.
                file_count="multiple", elem_id="project-files", height=150,
            )  # fmt: skip
            gr.HTML(render_folder("project-files"))
            with gr.Row():
                self.format = gr.Dropdown(
                    [(_("Detect automatically"), ""), *((name, name) for name in FORMATS)],
                    value="", label=_("Format of a dataset"), elem_id="project-format",
                )  # fmt: skip
                self.columns = gr.Textbox(
                    label=_("Column mapping"), elem_id="project-columns",
                    info=_("Such as: image=file text=caption hate=label"),
                )  # fmt: skip
            self.gold = gr.Checkbox(
                False, label=_("Use these labels as gold"), elem_id="project-gold",
                info=_("People are measured against them, and never see them."),
            )  # fmt: skip
            hint = _(
                "Memes that are there already are passed over, so an import that stopped can "
                "simply be started again. Folders on the server are imported with "
                "<code>memeclip projects import</code>."
            )
            gr.HTML(f'<p class="mc-hint">{hint}</p>')
            with gr.Row(elem_classes="mc-buttons"):
                self.start_import = gr.Button(
                    _("Import"), variant="primary", elem_id="project-import"
                )

    def _lay_out_rules(self) -> None:
        with gr.Column(elem_classes="mc-panel"):
            with gr.Accordion(_("Rules"), open=False, visible=False) as self.changing:
                with gr.Row():
                    title = gr.Textbox(label=_("Title"), elem_id="project-title", max_length=200)
                    order = gr.Dropdown(
                        [(_(title), value) for title, value in ORDERS],
                        label=_("Order of the queue"),
                        info=_("Tried on two datasets, no order taught a model more than chance."),
                        elem_id="project-order",
                    )
                with gr.Row():
                    overlap = gr.Number(
                        label=_("People per overlapping meme"), precision=0,
                        info=_("They label blind: nobody sees others' labels first."),
                    )  # fmt: skip
                    overlap_share = gr.Number(
                        label=_("Overlapping memes (%)"), step=5, minimum=0, maximum=100,
                        info=_("One person labels each of the others."),
                    )  # fmt: skip
                    hidden_share = gr.Number(
                        label=_("Memes with hidden suggestions (%)"), step=5, minimum=0,
                        maximum=100, info=_("So that the effect of seeing them can be measured."),
                    )  # fmt: skip
                with gr.Row():
                    lease = gr.Number(label=_("Minutes a meme is kept for a person"), precision=0)
                    retrain = gr.Number(
                        label=_("Retrain every … decisions"), precision=0,
                        info=_("0: only on demand."),
                    )  # fmt: skip
                    rest = gr.Number(
                        label=_("Propose a break after … minutes"), precision=0,
                        info=_("0: never."),
                    )  # fmt: skip
                asked = lay_out_asked()
                members_only = gr.Checkbox(
                    label=_("For members only"), elem_id="project-members-only",
                    info=_(
                        "Only its members and admins see the project; for anybody else there is "
                        "none. Add members under Team."
                    ),
                )  # fmt: skip
                closed = gr.Checkbox(
                    label=_("Closed"), elem_id="project-closed",
                    info=_(
                        "Nobody is given its memes. Everything stays, and it can be opened again."
                    ),
                )  # fmt: skip
                with gr.Row(elem_classes="mc-buttons"):
                    self.change = gr.Button(
                        _("Save the rules"), variant="primary", elem_id="project-change"
                    )
            with gr.Accordion(_("Guidelines"), open=False), gr.Row():
                with gr.Column():
                    self.written = gr.Textbox(
                        label=_("Markdown, shown beside the memes"), lines=12, max_lines=30,
                        elem_id="project-written", visible=False,
                    )  # fmt: skip
                    with gr.Row(elem_classes="mc-buttons"):
                        self.outline = gr.Button(
                            _("Add tables of the labels"), visible=False, elem_id="project-outline"
                        )
                        self.illustrate = gr.UploadButton(
                            _("Add a picture"), visible=False, elem_id="project-illustrate",
                        )  # fmt: skip
                        self.write = gr.Button(
                            _("Save the guidelines"), variant="primary", visible=False,
                            elem_id="project-write",
                        )  # fmt: skip
                self.guidelines = gr.HTML(elem_id="project-guidelines", elem_classes="mc-guide")
            shown = lay_out_suggesting()
            self.suggesting, self.shown, self.said, self.said_by, self.bring_in = shown
        self.rules = {
            "title": title, "overlap": overlap, "overlap_share": overlap_share,
            "hidden_share": hidden_share, "order": order, "lease_minutes": lease,
            "retrain_every": retrain, "break_minutes": rest, **asked,
            "members_only": members_only, "closed": closed,
        }  # fmt: skip

    def _lay_out_team(self) -> None:
        with (
            gr.Column(elem_classes="mc-panel"),
            gr.Accordion(_("Team"), open=False, visible=False) as self.team,
        ):
            self.members = gr.HTML(elem_id="project-members", js_on_load=STATUS)
            with gr.Row():
                self.people = gr.Textbox(
                    label=_("People"), elem_id="project-people", max_length=2000,
                    info=_(
                        "Names as they sign in, separated by commas. The buttons below are about "
                        "them."
                    ),
                )  # fmt: skip
                self.quota = gr.Number(
                    0, label=_("Memes at most for each"), precision=0, minimum=0,
                    elem_id="project-quota", info=_("0: any number."),
                )  # fmt: skip
            with gr.Row(elem_classes="mc-buttons"):
                self.remove = gr.Button(_("Remove"), elem_id="project-remove")
                self.add = gr.Button(_("Add or change"), variant="primary", elem_id="project-add")
            with gr.Row():
                self.percent = gr.Number(
                    100, label=_("Memes to assign (%)"), step=5, minimum=0, maximum=100,
                    elem_id="project-percent",
                    info=_(
                        "Of those that are open and assigned to nobody, dealt at random in equal "
                        "parts. Nobody else is given them."
                    ),
                )  # fmt: skip
                self.containing = gr.Textbox(
                    label=_("Whose text or file name contains"), elem_id="project-containing",
                    max_length=200, info=_("Blank: all."),
                )  # fmt: skip
            with gr.Row(elem_classes="mc-buttons"):
                self.unassign = gr.Button(
                    _("Take back what is assigned"), elem_id="project-unassign"
                )
                self.assign = gr.Button(_("Assign"), variant="primary", elem_id="project-assign")
            self.qualified, self.round, self.reset, self.let_pass = lay_out_round()

    def _lay_out_labels(self) -> None:
        with (
            gr.Column(elem_classes="mc-panel"),
            gr.Accordion(_("Label set"), open=False, visible=False) as self.migrating,
        ):
            hint = _(
                "Change the labels here. Decisions are never rewritten: each keeps the version "
                "that it was made under, and reads through the map below."
            )
            gr.HTML(render_hint(hint))
            self.labels = gr.Code(
                label=_("Task file (YAML)"), language="yaml", lines=12, max_lines=30,
                elem_id="project-labels",
            )  # fmt: skip
            self.mapping = gr.Textbox(
                label=_("Rename map, one a line"), lines=3, elem_id="project-mapping",
                info=_(
                    "Such as stance: Oppose -> Against. Nothing after the arrow means that the "
                    "label is gone; labels that keep their name need no line."
                ),
            )  # fmt: skip
            self.previewed = gr.State(None)
            self.outcome = gr.HTML(elem_id="project-outcome", js_on_load=STATUS)
            with gr.Row(elem_classes="mc-buttons"):
                self.preview = gr.Button(_("Show what would change"), elem_id="project-preview")
                self.migrate = gr.Button(
                    _("Change the label set"), variant="primary", interactive=False,
                    elem_id="project-migrate",
                )  # fmt: skip

    def _lay_out_export(self) -> None:
        with (
            gr.Column(elem_classes="mc-panel"),
            gr.Accordion(_("Export"), open=False, visible=False) as self.exporting,
        ):
            made = lay_out_export()
            self.kind, self.exported_memes, self.export, self.exports, self.download = made

    def _lay_out_copy(self) -> None:
        with (
            gr.Column(elem_classes="mc-panel"),
            gr.Accordion(_("Duplicate"), open=False, visible=False) as self.copying,
        ):
            hint = _(
                "The copy has the same rules, label set, guidelines and memes, and nothing is "
                "decided in it."
            )
            gr.HTML(render_hint(hint))
            with gr.Row():
                self.copy_title = gr.Textbox(
                    label=_("Title of the copy"), elem_id="project-copy-title", max_length=200
                )
                self.copy_key = gr.Textbox(
                    label=_("Key of the copy"), elem_id="project-copy-key", max_length=60,
                    info=_("Blank: made from the title. It cannot be changed later."),
                )  # fmt: skip
            with gr.Row(elem_classes="mc-buttons"):
                self.copy = gr.Button(_("Duplicate"), elem_id="project-copy")


def build_projects(studio: Studio, tab: gr.Tab) -> OnProjects:
    """Lay out the page inside the current Blocks and connect its events.

    All events are private, and the service checks who may do what.
    """
    w = ProjectPage(studio)
    on = OnProjects(studio=studio, widgets=w)
    moving = [
        w.message, w.timer, w.listing, w.demo, w.job, w.stop, w.resume, w.predict, w.exports,
        *w.deleting.moving,
    ]  # fmt: skip
    page = [
        *moving, w.team, w.members, w.qualified, w.round, w.pick, w.creating, w.body, w.importing,
        w.changing, *w.rules.values(), w.change, w.suggesting, w.shown, w.written, w.guidelines,
        w.write, w.illustrate, w.outline, w.migrating, w.labels, w.mapping, w.previewed, w.outcome,
        w.migrate, w.exporting, w.download, w.copying, w.copy_title, w.copy_key,
        w.memes.panel, w.memes.name, w.memes.meme, w.memes.message, w.memes.fields, w.memes.changes,
        w.memes.removed,
    ]  # fmt: skip
    picked = [w.latest, w.pick]
    tab.select(last_only(on.on_open), picked, page, **RAW)
    w.pick.input(last_steps(on.on_pick), picked, page, **RAW | EVERY)
    w.timer.tick(last_only(on.on_tick, begins=False), picked, moving, **RAW)
    w.create.click(
        on.on_create, [w.new_title, w.new_key, w.new_tasks],
        [*page, w.new_title, w.new_key], **RAW,
    )  # fmt: skip
    w.copy.click(on.on_duplicate, [w.pick, w.copy_title, w.copy_key], page, **RAW)
    w.start_import.click(
        on.on_import, [w.pick, w.files, w.format, w.columns, w.gold], [*moving, w.files], **RAW
    )
    w.stop.click(on.on_stop, [w.pick], moving, **RAW)
    w.resume.click(on.on_resume, [w.pick], moving, **RAW)
    w.predict.click(on.on_compute, [w.pick], moving, **RAW)
    w.change.click(on.on_change, [w.pick, *w.rules.values()], page, **RAW)
    w.written.change(show_guidelines, [w.written, w.pick], w.guidelines, **RAW)
    w.outline.click(on.on_outline, [w.pick, w.written], [w.message, w.written], **RAW)
    w.illustrate.upload(
        on.on_illustrate, [w.pick, w.written, w.illustrate], [w.message, w.written], **RAW
    )
    suggesting = OnSuggesting(studio=studio, widgets=w)
    w.bring_in.click(
        suggesting.on_bring_in,
        [w.pick, w.said, w.said_by],
        [w.message, w.said, w.said_by, w.shown],
        **RAW,
    )
    w.shown.input(suggesting.on_show, [w.pick, w.shown], w.message, **RAW)
    w.write.click(on.on_write, [w.pick, w.written], moving, **RAW)
    team, teaming = [w.message, w.members, w.qualified, w.round], OnTeam(studio=studio, widgets=w)
    w.add.click(teaming.on_add, [w.pick, w.people, w.quota], team, **RAW)
    for press, act in teaming.about_people():
        press.click(act, [w.pick, w.people], team, **RAW)
    w.assign.click(teaming.on_assign, [w.pick, w.people, w.percent, w.containing], team, **RAW)
    asked, judged = [w.pick, w.labels, w.mapping], [w.message, w.previewed, w.outcome, w.migrate]
    w.preview.click(on.on_preview, asked, judged, **RAW)
    gr.on([w.labels.input, w.mapping.input], on.on_edit, None, judged, **RAW)
    w.migrate.click(on.on_migrate, [*asked, w.previewed], page, **RAW)
    connect_exports(on.exporting, moving)
    connect_amendments(on.memes, w.pick, moving)
    connect_deletion(on.deleting, w.pick, moving, page)
    return on
