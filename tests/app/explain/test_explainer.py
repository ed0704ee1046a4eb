import io
from dataclasses import replace

import pytest
from PIL import Image

from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.errors import CheckpointError, ConfigError, InputError, LabelError
from memeclip_core.explain.agreement import QUANTILES
from memeclip_core.records.decision import Person
from memeclip_core.records.explanation import Asked, Change
from tests.factories.explained import make_explained, see_red
from tests.factories.services import (
    BareEncoder,
    CountingEncoder,
    correct_some,
    make_image,
    make_starter,
    make_studio,
)

TEXT = "the cat sits\non a  warm tea tin"
WORDS = TEXT.split()
VISITOR = Person(name="eve", role="visitor")


def ask(**more):
    return Asked(**{"task_set": "pridemm", "data": make_image(3), "text": TEXT} | more)


@pytest.fixture
def studio(tmp_path):
    return make_studio(tmp_path)


# --- words --------------------------------------------------------------------------------------


def brute_force(studio, effect, model=None):
    """Predict the text without one word alone, and compare it with what was said of it."""
    text = TEXT[: effect.start] + TEXT[effect.end :].lstrip()
    alone = studio.predict(make_image(3), "", task_set="pridemm", text=text, model=model)
    for answer in alone.tasks:
        for score, one in zip(answer.scores, effect.tasks[answer.task], strict=True):
            assert (one.label, one.without) == (score.label, score.probability)
            assert one.cosine_without == score.cosine
            assert one.change == one.probability - one.without


@pytest.mark.parametrize("model", [None, "known", "zero-shot"])
def test_leaving_a_word_out_equals_a_loop_of_predictions_to_the_last_bit(tmp_path, model):
    found = make_explained(tmp_path, head="linear").explain.words(ask(model=model))
    assert [one.word for one in found.words] == WORDS
    whole = make_studio(tmp_path).predict(
        make_image(3), "", task_set="pridemm", text=TEXT, model=model
    )
    for answer in whole.tasks:
        assert [s.probability for s in answer.scores] == [
            one.probability for one in found.words[0].tasks[answer.task]
        ]
    other = make_studio(tmp_path)  # remembers nothing of what the first one encoded
    for effect in found.words:
        brute_force(other, effect, model)
    assert any(one.change for effect in found.words for one in effect.tasks["hate"])


def test_all_words_go_through_the_text_tower_in_one_batch(tmp_path):
    batches = []

    class Watching(FakeEncoder):
        def encode_texts(self, texts):
            batches.append(len(texts))
            return super().encode_texts(texts)

    studio = make_studio(tmp_path, encoder=Watching())
    studio.explain.words(ask())
    assert batches == [1 + len(WORDS)]
    studio.explain.words(ask())
    studio.predict(make_image(3), "", task_set="pridemm", text=TEXT.replace("cat ", ""))
    assert batches == [1 + len(WORDS)]


def test_more_words_than_are_left_out_are_counted(studio, monkeypatch):
    monkeypatch.setattr("memeclip_core.app.explain.explainer.MOST_WORDS", 3)
    found = studio.explain.words(ask())
    assert (len(found.words), found.beyond) == (3, len(WORDS) - 3)
    assert studio.explain.cost(ask(), "words").texts == 4


def test_heads_that_read_no_text_say_so(tmp_path):
    studio = make_studio(tmp_path, reads="image")
    found = studio.explain.words(ask())
    assert (found.words, found.reason[:24]) == ((), "These heads read no text")
    assert studio.explain.cost(ask(), "words").reason == found.reason


def test_a_meme_without_text_says_so(studio):
    assert studio.explain.words(ask(text="")).reason == "This meme has no text."


# --- picture ------------------------------------------------------------------------------------


def plant(row, column):
    picture = Image.new("RGB", (70, 42), (20, 20, 20))
    box = (10 * column, 6 * row, 10 * column + 10, 6 * row + 6)
    picture.paste((255, 20, 20), box)
    sink = io.BytesIO()
    picture.save(sink, "PNG")
    return sink.getvalue()


@pytest.mark.parametrize(("row", "column"), [(1, 6), (5, 0)])
def test_the_heat_map_finds_a_planted_patch(tmp_path, row, column):
    studio = make_explained(tmp_path, head="linear", weigh=see_red)
    found = studio.explain.picture(ask(data=plant(row, column), model="known"))
    cells = {
        (i, j): cell
        for i, line in enumerate(found.maps["hate"]["Hate"])
        for j, cell in enumerate(line)
    }
    assert max(cells, key=cells.get) == (row, column)
    assert len(cells) == found.grid**2 == 49
    # What does not touch the patch is hidden by the mean colour, which is hardly redder.
    assert cells[row, column] > 5 * max(
        abs(cell) for (i, j), cell in cells.items() if max(abs(i - row), abs(j - column)) > 1
    )
    opposite = found.maps["hate"]["No Hate"][row][column]
    assert opposite == pytest.approx(-cells[row, column])


def test_a_cell_is_what_painting_the_window_out_by_hand_changes(tmp_path):
    studio = make_explained(tmp_path, head="linear", weigh=see_red)
    asked = ask(data=plant(0, 0), model="known")
    found = studio.explain.picture(asked, grid=2)
    # The windows that hide the first of two by two cells: the first alone, or with others.
    losses = []
    for box in ((0, 0, 35, 21), (0, 0, 70, 21), (0, 0, 35, 42), (0, 0, 70, 42)):
        picture = Image.open(io.BytesIO(asked.data))
        picture.paste(found.fill, box)
        sink = io.BytesIO()
        picture.save(sink, "PNG")
        whole, hidden = (
            studio.predict(data, "", task_set="pridemm", text=TEXT, model="known")
            for data in (asked.data, sink.getvalue())
        )
        losses.append(
            whole.task("hate").scores[1].probability - hidden.task("hate").scores[1].probability
        )
    assert found.maps["hate"]["Hate"][0][0] == pytest.approx(sum(losses) / 4, abs=1e-12)


def test_heads_that_read_no_picture_say_so_and_encode_none(tmp_path):
    encoder = CountingEncoder()
    studio = make_studio(tmp_path, reads="text", encoder=encoder)
    found = studio.explain.picture(ask())
    assert (found.maps, found.reason[:27]) == ({}, "These heads read no picture")
    cost = studio.explain.cost(ask(), "picture")
    assert (cost.texts, cost.pictures, cost.seconds, cost.reason) == (0, 0, 0.0, found.reason)
    assert (encoder.images, encoder.texts) == (0, 0)
    assert (
        make_studio(tmp_path / "b").explain.picture(ask(data=None)).reason.endswith("no picture.")
    )


def test_a_grid_that_cannot_be_is_refused(studio):
    with pytest.raises(InputError, match="The grid is 99"):
        studio.explain.picture(ask(), grid=99)


# --- a changed picture ---------------------------------------------------------------------------


def encode(picture):
    sink = io.BytesIO()
    picture.save(sink, "PNG")
    return sink.getvalue()


def compare_change(studio, found, before, after, text=TEXT, model="known"):
    """Check what is said of a change against predictions of the picture before and after."""
    for data, name in ((before, "probability"), (after, "without")):
        alone = studio.predict(data, "", task_set="pridemm", text=text, model=model)
        for answer in alone.tasks:
            assert [getattr(one, name) for one in found.tasks[answer.task]] == pytest.approx(
                [score.probability for score in answer.scores], abs=1e-9
            )


def test_painting_out_is_what_painting_by_hand_changes_and_the_patch_counts(tmp_path):
    studio = make_explained(tmp_path, head="linear", weigh=see_red)
    asked = ask(data=plant(1, 6), model="known")
    found = studio.explain.change(asked, Change(region=(6 / 7, 1 / 7, 1.0, 2 / 7)))
    picture = Image.open(io.BytesIO(asked.data))
    picture.paste(studio.explain.picture(asked).fill, (60, 6, 70, 12))
    compare_change(studio, found, asked.data, encode(picture))
    patch = found.tasks["hate"][1]
    elsewhere = studio.explain.change(asked, Change(region=(0.0, 0.5, 0.4, 1.0)))
    # The mean colour is redder than what it hides there.
    assert patch.change > 4 * -elsewhere.tasks["hate"][1].change > 0


def test_another_picture_takes_the_place_of_the_first_and_the_text_stays(tmp_path):
    studio = make_explained(tmp_path, head="linear", weigh=see_red)
    asked, other = ask(data=plant(0, 0), model="known"), make_image(5)
    found = studio.explain.change(asked, Change(other=other))
    compare_change(studio, found, asked.data, other)
    text_alone = studio.explain.change(ask(data=None, model="known"), Change(other=other))
    compare_change(studio, text_alone, None, other)


def test_what_is_no_change_of_a_picture_says_why(tmp_path, studio):
    for change in (Change(), Change(region=(0, 0, 1, 1), other=make_image(5))):
        with pytest.raises(InputError, match="one of the two"):
            studio.explain.change(ask(), change)
    for region in ((0.5, 0, 0.5, 1), (0, 0.2, 1.1, 1), (0, float("nan"), 1, 1)):
        with pytest.raises(InputError, match=r"The region is .*between 0 and 1"):
            studio.explain.change(ask(), Change(region=region))
    none = studio.explain.change(ask(data=None), Change(region=(0, 0, 1, 1)))
    assert (none.tasks, none.reason) == ({}, "This meme has no picture.")
    deaf = make_studio(tmp_path / "deaf", reads="text")
    found = deaf.explain.change(ask(), Change(other=make_image(5)))
    assert (found.tasks, found.reason[:27]) == ({}, "These heads read no picture")
    assert deaf.explain.cost(ask(), "change").reason == found.reason


# --- vectors ------------------------------------------------------------------------------------


def test_vectors_are_the_encoders_own(studio):
    found, encoder = studio.explain.vectors(ask()), FakeEncoder()
    image = encoder.encode_images([studio.picture(make_image(3))])
    text = encoder.encode_texts([TEXT])
    assert found.image == tuple(map(float, image[0]))
    assert found.text == tuple(map(float, text[0]))
    assert found.shared_image == tuple(map(float, encoder.share_images(image)[0]))
    assert found.shared_text == tuple(map(float, encoder.share_texts(text)[0]))
    assert (found.encoder, found.fingerprint) == ("fake", encoder.fingerprint)
    bare = studio.explain.vectors(ask(data=None))
    assert (bare.image, bare.shared_image, bare.text) == (None, None, found.text)


# --- modalities ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("head", "deaf"), [("text-only", "picture"), ("image-only", "text")])
def test_a_modality_that_heads_ignore_adds_exactly_nothing(tmp_path, head, deaf):
    studio = make_explained(tmp_path, head=head)
    found = studio.explain.modalities(ask(model="known"))
    other = "text" if deaf == "picture" else "picture"
    assert {e.change for effects in getattr(found, deaf).values() for e in effects} == {0.0}
    assert {e.cosine_change for effects in getattr(found, deaf).values() for e in effects} == {0.0}
    assert all(e.change for effects in getattr(found, other).values() for e in effects)
    assert getattr(found, other) == found.both


@pytest.mark.parametrize("reads", ["text", "image"])
def test_a_modality_that_heads_were_not_trained_to_read_adds_exactly_nothing(tmp_path, reads):
    found = make_studio(tmp_path, reads=reads).explain.modalities(ask())
    ignored = found.picture if reads == "text" else found.text
    assert {one.change for effects in ignored.values() for one in effects} == {0.0}
    assert found.reads == reads


def test_hidden_is_as_if_it_had_never_been_there(studio):
    found = studio.explain.modalities(ask())
    for effects, data, text in (
        (found.text, make_image(3), ""),
        (found.picture, None, TEXT),
    ):
        alone = studio.predict(data, "", task_set="pridemm", text=text)
        for answer in alone.tasks:
            assert [s.probability for s in answer.scores] == [
                one.without for one in effects[answer.task]
            ]
    assert found.both != found.text and found.both != found.picture


# --- agreement ----------------------------------------------------------------------------------


def test_agreement_stands_beside_that_of_training_memes(tmp_path, monkeypatch):
    monkeypatch.setattr("memeclip_core.models.training_memes.LEAST", 40)
    studio = make_studio(tmp_path)
    found = studio.explain.agreement(ask())
    encoder = FakeEncoder()
    image = encoder.share_images(encoder.encode_images([studio.picture(make_image(3))]))
    text = encoder.share_texts(encoder.encode_texts([TEXT]))
    assert found.cosine == pytest.approx(float((image * text).sum()), abs=1e-6)
    assert (found.training.n, found.training.source) == (40, "pridemm-fake")
    assert found.reason == ""
    for share, value in zip(QUANTILES, found.training.quantiles, strict=True):
        # Of 40 memes, a quantile lies between two.
        assert (found.below - share) * (1 if found.cosine > value else -1) >= -1 / 40
    assert abs(found.below - 0.5) > 2 / 40  # so that more than half are on one side


def test_what_is_not_known_of_agreement_is_said(tmp_path):
    found = make_studio(tmp_path).explain.agreement(ask())
    assert found.cosine is not None and found.training is None
    assert found.reason.startswith("No training memes")
    lacking = make_studio(tmp_path).explain.agreement(ask(text=""))
    assert (lacking.cosine, lacking.reason[:7]) == (None, "It take")

    class Bare(BareEncoder):
        shared_dim = None
        fingerprint = FakeEncoder.fingerprint

    none = make_studio(tmp_path, encoder=Bare()).explain.agreement(ask())
    assert (none.cosine, "no space shared" in none.reason) == (None, True)


# --- neighbours ---------------------------------------------------------------------------------


def test_neighbours_speak_for_and_against_the_class(studio):
    found = studio.explain.neighbours(studio.owner(), ask(), task="hate", label="Hate", count=7)
    assert (len(found.nearest), found.rows, found.model) == (7, 40, "pridemm-fake")
    assert found.carrying == sum("Hate" in one.labels["hate"] for one in found.nearest)
    assert all(one.labels["hate"] == ("Hate",) for one in found.supporting)
    assert all(one.labels["hate"] == ("No Hate",) for one in found.opposing)
    cosines = [one.cosine for one in found.nearest]
    assert cosines == sorted(cosines, reverse=True)
    assert {one.meme for one in found.nearest} == {""}


def test_without_a_label_the_answer_is_meant(studio):
    answer = studio.predict(make_image(3), "", task_set="pridemm", text=TEXT).task("stance")
    found = studio.explain.neighbours(studio.owner(), ask(), task="stance")
    assert (found.task, found.label) == ("stance", answer.labels[0])
    with pytest.raises(LabelError, match="no label 'x'"):
        studio.explain.neighbours(studio.owner(), ask(), task="hate", label="x")
    with pytest.raises(LabelError, match="no task 'x'"):
        studio.explain.neighbours(studio.owner(), ask(), task="x")


def test_where_no_rows_are_kept_that_is_said(studio):
    found = studio.explain.neighbours(studio.owner(), ask(model="zero-shot"), task="hate")
    assert (found.nearest, found.reason[:9]) == ((), "This mode")


def test_a_meme_is_far_that_is_less_near_than_usual(tmp_path, monkeypatch):
    monkeypatch.setattr("memeclip_core.evaluation.novelty.LEAST_ROWS", 5)
    studio = make_studio(tmp_path)
    texts = [TEXT, *(f"text {n}" for n in range(12))]
    found = [
        studio.explain.neighbours(studio.owner(), ask(text=text), task="hate") for text in texts
    ]
    assert [one.far for one in found] == [one.nearness < one.usual for one in found]
    assert any(one.far for one in found)


def test_memes_of_this_home_that_were_learnt_are_named_to_those_who_may_see_them(tmp_path):
    studio = make_studio(tmp_path)
    correct_some(studio, range(40))
    job = studio.retrain(studio.owner(), "pridemm")
    assert job.state == "done", job.reason
    asked = Asked(task_set="pridemm", data=make_image(1), text="text 1", model=job.candidate)
    found = studio.explain.neighbours(studio.owner(), asked, task="hate", label="Hate", count=100)
    named = {one.meme for one in found.nearest if one.meme}
    learnt = {m.meme for m in studio.corrections(studio.owner(), "pridemm")}
    assert named and named <= learnt
    assert found.rows > 40
    assert any(one.meme and one.distance < 1e-6 for one in found.nearest)
    beside = studio.explain.scores(replace(asked, model=None))  # asked without being named
    assert {one.version: one.role for one in beside.models}[job.candidate] == "candidate"
    plain = studio.explain.neighbours(VISITOR, asked, task="hate", label="Hate", count=100)
    assert {one.meme for one in plain.nearest} == {""}
    assert [one.cosine for one in plain.nearest] == [one.cosine for one in found.nearest]
    studio.explain._hidden = lambda who: frozenset([""])  # where they were decided
    away = studio.explain.neighbours(studio.owner(), asked, task="hate", label="Hate", count=100)
    assert {one.meme for one in away.nearest} == {""}


# --- scores, rules, axes ------------------------------------------------------------------------


def test_every_model_answers_beside_the_others(tmp_path):
    studio = make_explained(tmp_path, head="majority")
    found = studio.explain.scores(ask())
    roles = {one.version: one.role for one in found.models}
    assert roles == {"known": "active", "pridemm-fake": "starter", "zero-shot": "zero-shot"}
    for task in found.tasks:
        for version, answer in task.answers.items():
            alone = studio.predict(
                make_image(3), "", task_set="pridemm", text=TEXT, model=version
            ).task(task.task)
            assert answer == alone
    order = [(not task.differ, -task.spread) for task in found.tasks]
    assert order == sorted(order)


def test_models_of_other_encoders_are_named(tmp_path):
    studio = make_studio(tmp_path)
    make_starter(tmp_path / "checkpoints", version="foreign", name="vit")
    found = studio.explain.scores(ask())
    assert found.left_out == {"foreign": "It reads the features of another encoder, 'vit'."}


def test_a_rule_is_that_of_the_answer(tmp_path):
    studio = make_explained(tmp_path)
    prediction = studio.predict(make_image(3), "", task_set="pridemm", text=TEXT, model="known")
    rules = studio.explain.rules(prediction)
    for answer in prediction.tasks:
        rule = rules[answer.task]
        assert (rule.label, rule.probability) == (answer.labels[0], answer.probability)
        assert rule.temperature == 2.0
    assert studio.explain.rules(prediction, {"hate": "Hate"})["hate"].label == "Hate"
    prompts = studio.predict(make_image(3), "", task_set="pridemm", text=TEXT, model="zero-shot")
    assert studio.explain.rules(prompts)["hate"].scale == 100.0


def test_an_axis_holds_the_validation_rows(studio):
    axes = studio.explain.axes("pridemm")
    assert list(axes) == ["hate", "target", "stance", "humour"]
    assert all(0 < end <= 1 and round(end * 20, 9) % 1 == 0 for end in axes.values())
    assert set(studio.explain.axes("pridemm", "zero-shot").values()) == {1.0}


# --- cost, progress, cancel ---------------------------------------------------------------------


def test_a_cost_is_what_then_goes_through_the_encoder(tmp_path):
    for what in ("words", "picture", "change", "modalities", "agreement", "vectors"):
        encoder = CountingEncoder()
        studio = make_studio(tmp_path / what, encoder=encoder)
        studio.explain.cost(ask(text=TEXT.upper()), what)
        before = encoder.texts, encoder.images
        cost = studio.explain.cost(ask(), what)
        assert (encoder.texts, encoder.images) == before
        more = (Change(other=make_image(5)),) if what == "change" else ()
        getattr(studio.explain, what)(ask(), *more)
        # Hidden windows of a picture of one colour differ in nothing but their names.
        assert encoder.texts - before[0] == cost.texts
        assert encoder.images - before[1] == cost.pictures
        assert cost.seconds > 0


def test_progress_is_told_and_what_it_raises_ends_the_work(studio):
    told = []
    studio.explain.picture(ask(), on_progress=told.append)
    assert [one.done for one in told] == [0, 16, 32, 48, 64]
    assert {one.total for one in told} == {64}

    class Enough(Exception):
        pass

    def stop(progress):
        if progress.done:
            raise Enough

    other = ask(data=make_image(9))
    with pytest.raises(Enough):
        studio.explain.picture(other, on_progress=stop)
    long = ask(text=" ".join(f"word{i}" for i in range(40)))
    told.clear()
    studio.explain.words(long, on_progress=told.append)
    assert [one.done for one in told] == [0, 16, 32, 41]


def test_what_cannot_be_read_is_a_sentence(studio):
    with pytest.raises(ConfigError, match="There is no task set 'x'"):
        studio.explain.words(ask(task_set="x"))
    with pytest.raises(CheckpointError, match="There is no model 'x'"):
        studio.explain.words(ask(model="x"))
    with pytest.raises(InputError, match="neither an image nor a text"):
        studio.explain.words(ask(data=None, text=""))


def test_the_same_question_has_the_same_answer(tmp_path):
    first, second = (make_studio(tmp_path / "a"), make_studio(tmp_path / "b"))
    for what in ("words", "picture", "modalities", "agreement", "scores"):
        assert getattr(first.explain, what)(ask()) == getattr(second.explain, what)(replace(ask()))
