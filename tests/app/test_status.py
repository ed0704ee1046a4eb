from types import SimpleNamespace

import pytest

from memeclip_core.app.status import read_status
from tests.factories.services import correct_some, make_studio


@pytest.fixture
def studio(tmp_path):
    return make_studio(tmp_path)


def test_the_status_counts(studio):
    correct_some(studio, range(12))
    status = studio.status("pridemm")
    assert (status.corrected, status.new, status.held_out) == (12, 12, 3)
    assert status.model.version == "pridemm-fake"
    assert status.retrain_reason == ""
    assert (status.job, status.candidate) == (None, None)
    assert status.notes == ("Random heads.",)


def test_warming_up_loads_in_the_background(studio):
    assert not studio.status("pridemm").warm
    studio.warm_up()
    studio._predictor._warming.join(timeout=30)
    assert studio.status("pridemm").warm


@pytest.mark.parametrize(("writers", "said"), [(True, True), (False, False)])
def test_a_disk_that_is_not_kept_is_told_where_somebody_writes_on_it(studio, writers, said):
    status = read_status(
        studio.task_set("pridemm"),
        settings=SimpleNamespace(
            hub_sign_in=writers,
            asks_password=False,
            encoder="fake",
            ocr="fake",
            checkpoints=studio.settings.checkpoints,
        ),
        predictor=studio._predictor,
        retrainer=studio._retrainer,
        catalogue=studio._catalogue,
        backup=SimpleNamespace(warning="It is lost."),
    )
    assert ("It is lost." in status.notes) == said
