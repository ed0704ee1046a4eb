import numpy as np
import torch

from memeclip_core.encoders.clip.weights import SAMPLES, compute_fingerprint, first_line, to_numpy


def model(seed: int = 0) -> torch.nn.Module:
    torch.manual_seed(seed)
    return torch.nn.Linear(3, 2)


def test_weights_and_facts_decide_the_fingerprint():
    first = compute_fingerprint(model(), "a")
    assert first == compute_fingerprint(model(), "a")
    assert len({first, compute_fingerprint(model(1), "a"), compute_fingerprint(model(), "b")}) == 3


def test_a_change_between_the_samples_is_the_only_one_that_may_hide():
    wide = torch.nn.Linear(2 * SAMPLES, 1, bias=False)
    before = compute_fingerprint(wide)
    with torch.no_grad():
        wide.weight[0, 0] += 1  # every second number is looked at, and the first is
    assert compute_fingerprint(wide) != before


def test_arrays_are_single_precision():
    array = to_numpy(torch.tensor([1.5], dtype=torch.float16, requires_grad=True))
    assert array.dtype == np.float32
    assert array.tolist() == [1.5]


def test_the_first_line_is_a_sentence():
    assert first_line(OSError("It is gone\nLook elsewhere")) == "It is gone."
    assert first_line(ValueError("Wrong.")) == "Wrong."
    assert first_line(OSError()) == "OSError."
