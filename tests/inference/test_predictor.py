import numpy as np
import pytest

from memeclip_core.app.assets import read_samples
from memeclip_core.app.build import build_studio
from memeclip_core.config import ROOT, Settings
from memeclip_core.encoders.base import WordsRead
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.errors import CheckpointError, UnsupportedError
from memeclip_core.heads.published.zero_shot import SCALE
from memeclip_core.storage.task_files import read_named_task_set
from tests.factories.services import make_image, make_starter, make_studio

TASKS = read_named_task_set("pridemm", ROOT / "assets")
MINE = (
    "key: mine\ntitle: Mine\ntasks: [{key: a, title: A, kind: %s, "
    "labels: [{name: x, prompt: tea}, {name: y, prompt: eee}]}]\n"
)


class Counting(FakeEncoder):
    """Knows the words that hold a vowel."""

    def count_words(self, text):
        words = text.split()
        known = sum(any(v in word for v in "aeiou") for word in words)
        return WordsRead(words=len(words), known=known, length=len(words), read=len(words))


class Asked(Counting):
    """Takes down which towers it is asked for."""

    def __init__(self):
        self.towers = set()

    def encode_images(self, images):
        self.towers.add("image")
        return super().encode_images(images)

    def encode_texts(self, texts):
        self.towers.add("text")
        return super().encode_texts(texts)

    def count_words(self, text):
        self.towers.add("text")
        return super().count_words(text)


class NoSharedSpace(FakeEncoder):
    shared_dim = None


def test_zero_shot_numbers_can_be_worked_out(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(MINE % "multiclass")
    studio = make_studio(tmp_path, starter=False, tasks=(str(path),))
    task = studio.predict(None, "a", task_set="mine", text="tea").task("a")
    encoder = FakeEncoder()
    prompts = encoder.encode_prompts(["a photo of a tea.", "a photo of a eee."]).astype(float)
    meme = encoder.share_texts(encoder.encode_texts(["tea"]))[0].astype(float)
    cosines = prompts @ meme
    odds = np.exp(SCALE * (cosines - cosines.max()))
    assert [score.cosine for score in task.scores] == pytest.approx(cosines.tolist(), abs=1e-6)
    assert [score.probability for score in task.scores] == pytest.approx(
        (odds / odds.sum()).tolist(), abs=1e-4
    )
    assert task.model == "zero-shot"


def test_zero_shot_multilabel_has_a_threshold(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(MINE % "multilabel")
    studio = make_studio(tmp_path, starter=False, tasks=(str(path),))
    task = studio.predict(make_image(), "a", task_set="mine").task("a")
    assert task.threshold == 0.5
    assert task.labels == tuple(s.label for s in task.scores if s.probability >= 0.5)


def test_an_answer_to_what_cannot_be_read_says_so(tmp_path):
    studio = make_studio(tmp_path, encoder=Counting())
    good = studio.predict(None, "a", task_set="pridemm", text="a cat sat on it")
    bad = studio.predict(None, "a", task_set="pridemm", text="sdf kjh a xcv")
    assert (good.doubt, good.notes) == ("", ("Random heads.",))
    assert bad.doubt == "few words of its text are known"
    assert "knows 1 of the 4 words" in bad.notes[1]


@pytest.mark.parametrize("reads", ["text", "image", "image+text"])
def test_a_tower_that_no_model_reads_is_never_asked(tmp_path, reads):
    encoder = Asked()
    studio = make_studio(tmp_path, encoder=encoder, reads=reads)
    studio.warm_up()
    studio._predictor._warming.join(timeout=60)
    assert studio.status("pridemm").warm
    assert encoder.towers == set(reads.split("+"))
    encoder.towers.clear()
    studio.predict(make_image(), "a", task_set="pridemm", text="a cat sat on it")
    assert encoder.towers == set(reads.split("+"))


def test_every_probability_comes_with_its_share_of_the_training_memes(tmp_path):
    studio = make_studio(tmp_path)
    scores = studio.predict(None, "a", task_set="pridemm", text="tea").task("stance").scores
    assert sum(score.base for score in scores) == pytest.approx(1)
    bare = make_studio(tmp_path / "bare", starter=False)
    scores = bare.predict(None, "a", task_set="pridemm", text="tea").task("stance").scores
    assert {score.base for score in scores} == {None}


@pytest.mark.model
@pytest.mark.parametrize(
    ("task_set", "usual"),
    [
        ("pridemm", "every company changes its logo to a rainbow flag when pride month begins"),
        (
            "propaganda",
            "vote for the only candidate who will make our country great for the people",
        ),
        ("restore", "when you are so tired that you can not sleep and feel like a failure again"),
        ("axiom", "me lying in bed at night worrying about everything that could go wrong"),
    ],
)
def test_the_starters_doubt_what_they_cannot_read(tmp_path, task_set, usual):
    studio = build_studio(Settings(home=tmp_path, ocr="none", tasks=(task_set,)))

    def doubt(text):
        return studio.predict(None, "a", task_set=task_set, text=text).doubt

    for text in (
        "asdf jklq wertz uiopl mnbvc",
        "Ich habe heute gar keine Lust aufzustehen",
        "Никто не говорил, что будет легко",
        "我的猫看着我在家工作",
    ):
        assert doubt(text) == "few words of its text are known"
    assert "unlike" in doubt("Two dogs run over a green lawn with a ball")
    assert doubt(usual) == ""


@pytest.mark.model
@pytest.mark.parametrize(
    ("task_set", "found"),
    [
        ("pridemm", {"No Hate", "Support", "Humour"}),
        ("propaganda", {"Smears", "Loaded Language", "Name calling/Labeling"}),
        ("restore", {"Sleeping Disorder"}),
        ("axiom", {"Excessive Worry"}),
    ],
)
def test_the_starters_do_their_job_on_the_samples_of_their_kind(tmp_path, task_set, found):
    studio = build_studio(Settings(home=tmp_path, tasks=(task_set,)))
    (sample,) = (one for one in read_samples(ROOT / "assets/samples") if one.task_set == task_set)
    prediction = studio.predict(sample.path.read_bytes(), sample.path.name, task_set=task_set)
    said = {name for task in prediction.tasks if task.applies for name in task.labels}
    assert (said, prediction.doubt) == (found, "")


def test_without_heads_and_shared_space_there_is_no_answer(tmp_path):
    studio = make_studio(tmp_path, starter=False, encoder=NoSharedSpace())
    with pytest.raises(UnsupportedError, match="--encoder"):
        studio.predict(make_image(), "a", task_set="pridemm")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("{name: x", "{name: other", "trained for other labels of 'a': x, y"),
        ("key: a,", "key: b,", "no head for the task 'b', only for: a"),
        ("kind: multiclass", "kind: multilabel", "trained for other labels"),
    ],
)
def test_a_task_file_that_changed_since_training_is_a_clear_error(tmp_path, old, new, why):
    path = tmp_path / "mine.yaml"
    path.write_text(MINE % "multiclass")
    make_starter(tmp_path / "checkpoints", str(path), version="mine-fake")
    path.write_text((MINE % "multiclass").replace(old, new))
    studio = make_studio(tmp_path, tasks=(str(path),))
    with pytest.raises(CheckpointError, match=why):
        studio.predict(make_image(), "a", task_set="mine")
