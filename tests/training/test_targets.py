import numpy as np
import pytest

from memeclip_core.training.targets import Examples
from tests.factories.heads import make_features


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="3 rows, but 2 labels"):
        Examples(features=make_features(3), kind="multiclass", labels=np.zeros(2), num_classes=2)
