import torch

from memeclip_core.heads.fusion import fuse_multiply


def test_element_by_element():
    image, text = torch.tensor([[1.0, 2.0, -3.0]]), torch.tensor([[4.0, 0.5, 2.0]])
    assert torch.equal(fuse_multiply(image, text), torch.tensor([[4.0, 1.0, -6.0]]))
