"""The page Analyse: its layout; ``wiring`` says what triggers which handler."""

from __future__ import annotations

import gradio as gr

from memeclip_core.app.assets import Sample
from memeclip_core.app.studio import Studio
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.ui import frame as views_page
from memeclip_core.ui.pages.analyse.cards import NONE
from memeclip_core.ui.pages.analyse.opened import Queue
from memeclip_core.ui.pages.analyse.views import FEW
from memeclip_core.ui.scripts import PRESS, STATUS
from memeclip_core.ui.widgets import Analyse, Card, Frame


def build_analyse(studio: Studio, frame: Frame, thumbs: dict[Sample, str]) -> Analyse:
    """Lay out the page inside the current Blocks; ``thumbs`` are data URIs by sample."""
    message = gr.HTML(elem_id="message", js_on_load=STATUS)
    with gr.Row(elem_classes="mc-intake"):
        drop = gr.File(
            label="Memes: drop, paste or pick",
            file_count="multiple",
            type="filepath",
            height=132,
            elem_id="drop",
            elem_classes="mc-drop",
        )
        titles = {tasks.key: tasks.title for tasks in studio.task_sets}
        buttons = views_page.render_samples(thumbs, titles)
        samples = gr.HTML(buttons, visible=bool(thumbs), js_on_load=PRESS, elem_id="samples")
    empty = gr.HTML(views_page.EMPTY, elem_id="empty")
    held = gr.File(type="binary", visible="hidden", elem_id="held", label="Current picture")
    shown = gr.Textbox("", visible="hidden", elem_id="shown", label="Content id")
    me, draft, settled = (
        gr.Textbox("", visible="hidden", label=label) for label in ("Person", "Draft", "Settled")
    )
    opened = gr.File(file_count="multiple", type="filepath", visible="hidden", label="Opened")
    with gr.Row(visible=False, elem_classes="mc-workspace") as workspace:
        with gr.Column(scale=5, min_width=300, elem_classes="mc-left"):
            strip = gr.HTML(visible=False, js_on_load=PRESS, elem_id="strip")
            with gr.Row(visible=False, elem_classes="mc-turner") as turner:
                back = gr.Button("Previous", size="sm", elem_id="back")
                position = gr.HTML(elem_id="position", js_on_load=STATUS)
                forward = gr.Button("Next", size="sm", elem_id="forward")
            picture = gr.HTML(elem_id="picture")
            with gr.Row(elem_classes="mc-switches"):
                boxes = gr.Checkbox(False, label="Show boxes", elem_id="boxes", container=False)
            with gr.Column(visible=False) as reading:
                text = gr.Textbox(
                    label="Text on the meme",
                    info="Edit it and the answers follow.",
                    lines=3,
                    max_lines=10,
                    elem_id="text",
                )
                source = gr.HTML(elem_id="source", js_on_load=STATUS)
                reread = gr.Button("Use the text as it was read", size="sm", elem_id="reread")
        with gr.Column(scale=9, min_width=300, elem_classes="mc-right"):
            pending = gr.HTML(views_page.PENDING, visible=False, elem_id="pending")
            with gr.Column(visible=False, elem_id="results") as results:
                notes = gr.HTML(elem_id="notes")
                groups, cards = {}, {}
                for tasks in studio.task_sets:
                    shown_first = tasks.key == studio.task_sets[0].key
                    with gr.Row(visible=shown_first, elem_classes=_grid(tasks)) as group:
                        cards[tasks.key] = tuple(_build_card(tasks, task) for task in tasks)
                    groups[tasks.key] = group
                with gr.Column(elem_classes="mc-panel mc-save"):
                    note = gr.Textbox(label="Note (optional)", max_lines=3, elem_id="note")
                    with gr.Row():
                        save = gr.Button("Save", variant="primary", elem_id="save")
                        undo = gr.Button("Undo my last save", elem_id="undo")
                    status = gr.HTML(elem_id="status", js_on_load=STATUS)
                    person = gr.HTML(elem_id="person")
    boxes.change(None, boxes, None, js="(on) => window.memeclip.boxes(on)")
    return Analyse(
        frame=frame,
        queue=gr.State(Queue()),
        seen=gr.State(None),
        touched=gr.State(()),
        drop=drop,
        samples=samples,
        message=message,
        empty=empty,
        workspace=workspace,
        shown=shown,
        held=held,
        me=me,
        opened=opened,
        draft=draft,
        settled=settled,
        strip=strip,
        turner=turner,
        back=back,
        position=position,
        forward=forward,
        picture=picture,
        reading=reading,
        text=text,
        source=source,
        reread=reread,
        pending=pending,
        results=results,
        notes=notes,
        groups=groups,
        cards=cards,
        note=note,
        save=save,
        undo=undo,
        status=status,
        person=person,
    )


def _grid(tasks: TaskSet) -> str:
    return "mc-cards" if len(tasks) > 1 else "mc-cards mc-one"


def _build_card(tasks: TaskSet, task: Task) -> Card:
    """Lay out one task; every id names its task set, since two sets may share a task's key."""
    name = f"{tasks.key}-{task.key}"
    many = len(task.labels) > FEW
    choices = [(label.display, label.name) for label in task.labels]
    with gr.Column(elem_classes="mc-card", min_width=280, elem_id=f"card-{name}"):
        answer = gr.HTML(elem_id=f"answer-{name}")
        caption = "Cosine to the likeliest classes" if many else "Cosine to every class"
        gr.HTML(f'<p class="mc-caption">{caption}</p>')
        plot = gr.Plot(show_label=False, container=False, elem_id=f"plot-{name}")
        with gr.Accordion(
            "Every class" if many else "In numbers", open=False, elem_classes="mc-more"
        ):
            rest = (
                gr.Plot(show_label=False, container=False, elem_id=f"rest-{name}") if many else None
            )
            table = gr.HTML(elem_id=f"table-{name}")
        choice: gr.Radio | gr.CheckboxGroup
        if task.kind == "multilabel":
            choice = gr.CheckboxGroup(
                [*choices, ("None of these", NONE)],
                label=f"Right for {task.title}",
                elem_id=f"choice-{name}",
            )
        else:
            choice = gr.Radio(choices, label=f"Right for {task.title}", elem_id=f"choice-{name}")
    return Card(task=task.key, answer=answer, plot=plot, rest=rest, table=table, choice=choice)
