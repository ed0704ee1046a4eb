import torch
from torch import nn

from memeclip_core.heads.fusion_head import FusionHead


class Masked(nn.Module):
    def forward(self, features, present):
        return features * present[:, None]


def test_the_order_of_the_parts():
    head = FusionHead(
        image=Masked(),
        text=Masked(),
        fusion=lambda image, text: image - text,
        pre_output=nn.Threshold(0.0, -1.0),
        classifier=nn.Identity(),  # the frame asks nothing more of it
    )
    image, text = torch.tensor([[5.0, 1.0], [5.0, 1.0]]), torch.tensor([[2.0, 3.0], [2.0, 3.0]])
    out = head(image, text, torch.tensor([True, False]), torch.tensor([True, True]))
    # 5 - 2 stays; 1 - 3, and 0 - 2 and 0 - 3 without an image, fall to -1.
    assert out.tolist() == [[3.0, -1.0], [-1.0, -1.0]]
