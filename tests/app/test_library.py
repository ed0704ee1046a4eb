"""Opening a studio and predicting from Python, without a real encoder."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from memeclip_core.app.library import explain_meme, open_studio, predict
from memeclip_core.app.studio import Studio
from memeclip_core.config import ROOT
from memeclip_core.errors import (
    CheckpointError,
    ConfigError,
    ImageError,
    InputError,
    TextError,
)
from memeclip_core.records.explanation import Asked, PictureChange
from memeclip_core.records.job import Progress


def open_fake(folder: Path, **options: object) -> Studio:
    """Open a studio that reads and encodes nothing real."""
    return open_studio(home=folder / "home", encoder="fake", ocr="none", **options)  # type: ignore[arg-type]


class TestStudio:
    def test_it_has_the_settings_that_were_given(self, tmp_path: Path) -> None:
        studio = open_fake(tmp_path, tasks=("pridemm", ROOT / "assets" / "tasks" / "restore.yaml"))
        assert [tasks.key for tasks in studio.task_sets] == ["pridemm", "restore"]
        assert studio.settings.home == tmp_path / "home"
        assert studio.settings.checkpoints == ROOT / "checkpoints"

    def test_one_task_set_may_be_named_alone(self, tmp_path: Path) -> None:
        (tasks,) = open_fake(tmp_path, tasks="axiom").task_sets
        assert tasks.key == "axiom"

    def test_settings_of_no_use_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="device is 'tpu'; allowed are auto, cpu and cuda"):
            open_studio(home=tmp_path, device="tpu")
        with pytest.raises(ConfigError, match=r"no task set 'mood'. Shipped: axiom, .*harmeme"):
            open_studio(home=tmp_path, tasks="mood")


class TestPredict:
    def test_a_picture_is_a_file_its_bytes_or_one_of_pillow(self, tmp_path: Path) -> None:
        path = tmp_path / "meme.png"
        Image.new("RGB", (40, 30), (200, 30, 30)).save(path)
        studio = open_fake(tmp_path)
        answers = [
            predict(studio, picture, text="one word")
            for picture in (path, str(path), path.read_bytes(), Image.open(path))
        ]
        assert {answer.meme.filename for answer in answers[:2]} == {"meme.png"}
        assert {answer.meme.id for answer in answers[:3]} == {answers[0].meme.id}
        assert [answer.tasks for answer in answers[1:]] == [answers[0].tasks] * 3
        assert sum(score.probability for score in answers[0].task("hate").scores) == pytest.approx(
            1
        )

    def test_a_picture_of_pillow_may_have_any_mode(self, tmp_path: Path) -> None:
        studio = open_fake(tmp_path)
        for mode in ("1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "F"):
            picture = Image.new("RGB", (40, 30), (200, 30, 30)).convert(
                mode if mode != "LA" else "L"
            )
            predict(studio, picture.convert(mode), text="one word")

    def test_a_meme_may_be_text_alone(self, tmp_path: Path) -> None:
        answer = predict(open_fake(tmp_path), text="only words")
        assert (answer.meme.text, answer.model) == ("only words", "zero-shot")

    def test_a_task_set_is_named_where_there_are_several(self, tmp_path: Path) -> None:
        studio = open_fake(tmp_path, tasks=("pridemm", "restore"))
        assert predict(studio, text="words", task_set="restore").task_set == "restore"
        with pytest.raises(InputError, match="this studio has several: pridemm, restore"):
            predict(studio, text="words")
        with pytest.raises(ConfigError, match=r"no task set 'axiom'. On offer: pridemm, restore"):
            predict(studio, text="words", task_set="axiom")

    def test_what_cannot_be_predicted_is_said(self, tmp_path: Path) -> None:
        studio = open_fake(tmp_path)
        with pytest.raises(TextError):
            predict(studio)
        with pytest.raises(ImageError, match=r"gone\.png"):
            predict(studio, tmp_path / "gone.png")
        with pytest.raises(CheckpointError, match="There is no model 'other'"):
            predict(studio, text="words", model="other")


class TestExplain:
    def test_it_is_the_studios_own_explanation(self, tmp_path: Path) -> None:
        studio = open_fake(tmp_path)
        found = explain_meme(studio, text="tea or coffee", what="words", model="zero-shot")
        asked = Asked(task_set="pridemm", text="tea or coffee", model="zero-shot")
        assert found == studio.explain.words(asked)
        rules = explain_meme(studio, text="tea", what="rule", task="hate", label="Hate")
        assert isinstance(rules, dict) and rules["hate"].label == "Hate"

    def test_a_change_of_the_picture_takes_a_region_or_a_picture(self, tmp_path: Path) -> None:
        studio, red, blue = (
            open_fake(tmp_path), Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
        )  # fmt: skip
        red.paste("blue", (0, 0, 4, 8))
        painted = explain_meme(studio, red, text="tea", what="change", region=(0, 0, 0.5, 1))
        other = explain_meme(studio, red, text="tea", what="change", other=blue)
        assert isinstance(painted, PictureChange) and isinstance(other, PictureChange)
        alone = predict(studio, blue, text="tea").task("hate").scores[0].probability
        assert other.tasks["hate"][0].without == pytest.approx(alone, abs=1e-9)
        assert painted.tasks["hate"][0].without != other.tasks["hate"][0].without

    def test_progress_is_told(self, tmp_path: Path) -> None:
        told: list[Progress] = []
        explain_meme(open_fake(tmp_path), text="tea or coffee", on_progress=told.append)
        assert [one.done for one in told] == [0, 4]

    def test_an_explanation_that_there_is_not_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="There is no explanation 'dreams'"):
            explain_meme(open_fake(tmp_path), text="tea", what="dreams")  # type: ignore[arg-type]
