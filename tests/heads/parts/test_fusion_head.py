import torch
from torch import nn

from memeclip_core.heads.batch import Batch
from memeclip_core.heads.parts.fusion_head import FusionHead, share_trunk
from memeclip_core.heads.registry import build_head
from tests.factories.heads import DIMS


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
        shared=None,
        alone=None,
        guided=False,
    )
    out = head(
        Batch(
            image=torch.tensor([[5.0, 1.0], [5.0, 1.0]]),
            text=torch.tensor([[2.0, 3.0], [2.0, 3.0]]),
            has_image=torch.tensor([True, False]),
            has_text=torch.tensor([True, True]),
        )
    )
    # 5 - 2 stays; 1 - 3, and 0 - 2 and 0 - 3 without an image, fall to -1.
    assert out.tolist() == [[3.0, -1.0], [-1.0, -1.0]]


def test_a_shared_trunk_is_one_trunk():
    first, second = (
        build_head("simclip", dims=DIMS, num_classes=n, config={"map_dim": 8}, seed=n)
        for n in (2, 3)
    )
    own = second.classifier.weight
    share_trunk([first, second])
    assert second.shared is first.shared
    assert second.image is first.image
    assert second.classifier.weight is own
