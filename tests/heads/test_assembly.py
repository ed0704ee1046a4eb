import pytest
import torch
from torch import nn

from memeclip_core.errors import HeadError
from memeclip_core.heads.assembly import HeadConfig, build_fusion_head

YES = torch.tensor([True])


def batch(rows: int, dim: int = 6):
    generator = torch.Generator().manual_seed(1)
    return (
        torch.randn(rows, dim, generator=generator),
        torch.randn(rows, dim, generator=generator),
        torch.ones(rows, dtype=torch.bool),
        torch.ones(rows, dtype=torch.bool),
    )


def small(**changes):
    config = HeadConfig(map_dim=8, **changes)
    return build_fusion_head(image_dim=6, text_dim=6, num_classes=3, config=config)


def test_the_published_number_of_parameters():
    head = build_fusion_head(image_dim=768, text_dim=768, num_classes=2, config=HeadConfig())
    assert sum(p.numel() for p in head.parameters()) == 3_675_136


def test_stand_ins_add_one_vector_per_modality():
    config = HeadConfig(stand_ins=True)
    head = build_fusion_head(image_dim=768, text_dim=768, num_classes=2, config=config)
    assert sum(p.numel() for p in head.parameters()) == 3_675_136 + 2 * 768


def test_the_published_defaults():
    config = HeadConfig()
    assert (config.ratio, config.scale, config.map_dim, config.reduction) == (0.2, 30.0, 1024, 4)
    dropouts = (config.projection_dropout, config.fused_dropout, config.output_dropout)
    assert dropouts == (0.1, 0.4, 0.2)
    modules = build_fusion_head(image_dim=4, text_dim=4, num_classes=2, config=config).modules()
    assert [m.p for m in modules if isinstance(m, nn.Dropout)] == [0.1, 0.1, 0.4, 0.2]


def test_the_whole_way_by_hand():
    config = HeadConfig(map_dim=2, reduction=2, ratio=0.2)
    head = build_fusion_head(image_dim=1, text_dim=1, num_classes=2, config=config).eval()
    with torch.no_grad():
        for branch, weight in ((head.image, [[1.0], [2.0]]), (head.text, [[3.0], [-4.0]])):
            branch.projection.layers[0].weight.copy_(torch.tensor(weight))
            branch.projection.layers[0].bias.zero_()
            branch.adapter.down.weight.copy_(torch.tensor([[1.0, 0.0]]))
            branch.adapter.up.weight.copy_(torch.tensor([[0.0], [1.0]]))
        head.pre_output[1].weight.copy_(torch.tensor([[1.0, 0.0], [0.0, -1.0]]))
        head.pre_output[1].bias.zero_()
        head.classifier.weight.copy_(torch.tensor([[2.0, 0.0], [0.0, 2.0]]))
    # image 1: p = [1, 2]; adapter: down 1 → up [0, 1]; f = .2[0, 1] + .8[1, 2] = [.8, 1.8]
    # text 1: p = [3, -4]; adapter: down 3 → up [0, 3]; f = .2[0, 3] + .8[3, -4] = [2.4, -2.6]
    image, text = torch.tensor([0.8, 1.8]), torch.tensor([2.4, -2.6])
    fused = (image / image.norm()) * (text / text.norm())
    # fused is [+, -]; pre-output flips the second sign; both stay after ReLU.
    x, y = fused[0], -fused[1]
    length = (x**2 + y**2) ** 0.5
    out = head(torch.ones(1, 1), torch.ones(1, 1), YES, YES)
    torch.testing.assert_close(out.cosines, torch.stack([x / length, y / length])[None])
    torch.testing.assert_close(out.logits, 30 * out.cosines)


def test_rows_do_not_depend_on_each_other():
    head, rows = small().eval(), batch(5)
    order = torch.tensor([3, 0, 4, 1, 2])
    torch.testing.assert_close(head(*rows).logits[order], head(*(r[order] for r in rows)).logits)


def test_every_parameter_learns():
    head = small(stand_ins=True)
    image, text, _, _ = batch(8)
    has_image = torch.tensor([True, False] * 4)
    head(image, text, has_image, ~has_image | (torch.arange(8) > 3)).logits.sum().backward()
    assert all(p.grad is not None for p in head.parameters())


def test_missing_features_are_never_read():
    head = small(stand_ins=True).eval()
    image, text, has_image, _ = batch(2)
    missing = torch.tensor([True, False])
    garbage = text.clone()
    garbage[1] = 1e6
    torch.testing.assert_close(
        head(image, text, has_image, missing).logits,
        head(image, garbage, has_image, missing).logits,
    )


def test_seeds_and_the_global_generator():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first, second = small(), small()
    assert torch.equal(torch.rand(1), expected)
    assert all(
        torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True)
    )


def test_all_faults_at_once():
    with pytest.raises(HeadError, match=r"map_dim is 0.*ratio is 1\.5.*scale is -1"):
        HeadConfig(map_dim=0, ratio=1.5, scale=-1)


def test_without_an_adapter_the_projection_goes_on_as_it_is():
    names = {name for name, _ in small(adapter=False).named_parameters()}
    assert not any("adapter" in name for name in names)
    assert torch.equal(
        small(adapter=False)(*batch(3)).logits.isfinite(), torch.ones(3, 3, dtype=torch.bool)
    )


@pytest.mark.parametrize(
    ("fusion", "width"), [("multiply", 8), ("concatenate", 16), ("four-part", 32), ("outer", 64)]
)
def test_the_first_pre_output_layer_fits_the_fusion(fusion: str, width: int):
    assert small(fusion=fusion).pre_output[1].in_features == width


def test_without_pre_output_layers_the_classifier_fits_the_fusion():
    assert small(fusion="four-part", pre_layers=0).classifier.weight.shape == (3, 32)


def test_a_head_too_large_for_memory_is_refused():
    with pytest.raises(HeadError, match=r"outer fusion at map_dim 1024 .* smaller map_dim"):
        HeadConfig(fusion="outer")
    assert HeadConfig(fusion="outer", map_dim=256).map_dim == 256


def test_unknown_parts_list_the_known():
    with pytest.raises(HeadError, match=r"fusion is 'add', known are multiply.*'svm'"):
        HeadConfig(fusion="add", classifier="svm")
