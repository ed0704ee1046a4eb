"""Models side by side: who is asked, and who cannot answer."""

from dataclasses import replace

import pytest

from memeclip_core.records.explanation import Asked
from tests.factories.explained import make_explained
from tests.factories.services import make_image, make_studio

ASKED = Asked(task_set="pridemm", data=make_image(3), text="the cat sits")


def test_one_that_cannot_answer_says_why_and_the_others_still_do(tmp_path):
    make_explained(tmp_path, head="majority")
    (tmp_path / "checkpoints" / "known" / "head.safetensors").write_bytes(b"damaged")
    found = make_studio(tmp_path).explain.scores(replace(ASKED, model="pridemm-fake"))
    assert "known" in found.left_out and "known" not in {one.version for one in found.models}
    assert {one.version for one in found.models} >= {"pridemm-fake", "zero-shot"}
    assert all(set(task.answers) <= {m.version for m in found.models} for task in found.tasks)


def test_what_progress_raises_ends_the_work(tmp_path):
    told = []

    def stop(progress):
        told.append(progress.done)
        if progress.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_studio(tmp_path).explain.scores(ASKED, on_progress=stop)
    assert told == [0, 1]
