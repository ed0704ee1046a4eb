import torch

from memeclip_core.heads.parts.scaler import Standardizer

ROWS = torch.tensor([[1.0, 5.0], [3.0, 5.0], [100.0, 100.0]])
PRESENT = torch.tensor([True, True, False])


def test_by_hand():
    scaler = Standardizer(dim=2)
    scaler.estimate(ROWS, PRESENT)
    # Mean 2, deviation 1; the second never changes.
    torch.testing.assert_close(scaler(torch.tensor([[4.0, 7.0]])), torch.tensor([[2.0, 2.0]]))


def test_before_it_is_the_identity():
    assert torch.equal(Standardizer(dim=2)(ROWS), ROWS)


def test_rows_without_the_modality_teach_nothing():
    scaler = Standardizer(dim=2)
    scaler.estimate(ROWS, torch.zeros(3).bool())
    assert torch.equal(scaler(ROWS), ROWS)


def test_it_is_saved_but_not_learnt():
    scaler = Standardizer(dim=2)
    assert not list(scaler.parameters())
    assert set(scaler.state_dict()) == {"mean", "deviation"}
