"""The parts of projects are joined without loading anything, and listen to the models."""

from __future__ import annotations

from memeclip_core.app.annotation import join_queue
from memeclip_core.app.build import join_studio
from memeclip_core.inference.engines import Engines
from memeclip_core.training.retrain import RetrainConfig
from tests.factories.queues import ANN, KEY, YES, make_desk, make_project, meme_id, new_save


def test_joining_loads_no_model(tiny_settings):
    made = []
    engines = Engines(
        encoder_name="fake",
        make_encoder=lambda: made.append("encoder"),
        make_ocr=lambda: made.append("ocr"),
    )
    studio = join_studio(tiny_settings, engines, RetrainConfig())
    who = studio.owner()
    studio.projects.create(who, key="cats", title="Cats", task_set="pridemm")
    assert studio.projects.facts(who, "cats").memes == 0
    assert studio.queue.counts(who, "cats").total == 0
    assert made == []


def test_another_model_is_told_to_the_projects(tiny_studio):
    assert tiny_studio.projects._precomputation.on_model in tiny_studio._shelf._listeners


def test_the_queue_tells_of_every_save_and_asks_how_far_the_next_retraining_is(tmp_path):
    desk = make_project(make_desk(tmp_path))
    told = []
    queue = join_queue(
        home=desk.home,
        people=desk.queue._people,
        store=desk.store,
        predictions=desk.predictions,
        images=desk.queue._browser.images,
        log=desk.log,
        corrector=desk.corrector,
        reader=desk.queue._browser.reader,
        on_saved=lambda project: told.append(project.key),
        to_retraining=lambda project: 12,
    )
    saved = queue.save(ANN, KEY, save=new_save(), meme=meme_id(0), labels=YES, version=1)
    assert told == [KEY]
    assert saved.counts.to_retraining == 12


def test_queue_and_loop_of_a_studio_belong_together(tiny_studio):
    who = tiny_studio.owner()
    tiny_studio.projects.create(who, key="dogs", title="Dogs", task_set="pridemm", retrain_every=25)
    assert tiny_studio.queue.counts(who, "dogs").to_retraining == 25
    tiny_studio.projects.change(who, "dogs", retrain_every=0)
    assert tiny_studio.queue.counts(who, "dogs").to_retraining is None
