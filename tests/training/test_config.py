import pytest

from memeclip_core.errors import ConfigError
from memeclip_core.training.config import FitConfig


def test_the_published_recipe():
    config = FitConfig()
    assert (config.epochs, config.batch_size, config.lr, config.weight_decay) == (
        10,
        16,
        1e-4,
        1e-4,
    )
    assert (config.schedule, config.seed) == ("constant", 42)


def test_all_faults_at_once():
    with pytest.raises(ConfigError, match=r"epochs is 0.*lr is 0.*average is 1.*patience is -1"):
        FitConfig(epochs=0, patience=-1, average=1.0, lr=0)


def test_unknown_choices_list_the_known():
    with pytest.raises(ConfigError, match="schedule is 'linear', known are constant, cosine"):
        FitConfig(schedule="linear")
