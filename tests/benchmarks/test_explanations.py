from benchmarks.explanations import LENGTHS, measure_explanations
from tests.factories.services import CountingEncoder, make_image, make_studio


def test_each_explanation_is_timed_with_what_was_said_before(tmp_path):
    encoder = CountingEncoder()
    studio = make_studio(tmp_path, encoder=encoder)
    found = {one.name: one for one in measure_explanations(studio, make_image(3))}
    assert [found[f"words of {n}"].texts for n in LENGTHS] == [1 + min(200, n) for n in LENGTHS]
    assert (found["picture"].texts, found["picture"].pictures) == (1, 65)
    assert all(one.said > 0 and one.wall > 0 for one in found.values())
    assert encoder.images >= 65
