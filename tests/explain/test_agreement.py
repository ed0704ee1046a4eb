import numpy as np
import pytest

from memeclip_core.explain.agreement import describe_distribution, measure_agreement


def test_agreement_is_the_cosine_row_by_row():
    images = np.array([[1.0, 0.0], [0.6, 0.8], [1.0, 0.0]], np.float32)
    texts = np.array([[1.0, 0.0], [0.8, 0.6], [-1.0, 0.0]], np.float32)
    assert measure_agreement(images, texts) == pytest.approx([1.0, 0.96, -1.0])


def test_a_distribution_counts_every_meme():
    cosines = np.linspace(-0.5, 0.5, 101)
    found = describe_distribution(cosines, "source")
    assert (found.n, sum(found.counts), len(found.edges)) == (101, 101, len(found.counts) + 1)
    assert (found.edges[0], found.edges[-1], found.source) == (-0.5, 0.5, "source")
    assert found.quantiles == pytest.approx((-0.45, -0.25, 0.0, 0.25, 0.45))
