import pytest
import torch
from torch import nn

from memeclip_core.encoders.features import FeatureDims
from memeclip_core.errors import HeadError
from memeclip_core.heads.assembly import HeadConfig, build_fusion_head
from memeclip_core.heads.batch import Batch
from memeclip_core.heads.registry import HEADS, build_head
from tests.factories.heads import one_row

CLIP = FeatureDims(image=768, text=768)


def batch(rows: int, *, image: int = 6, text: int = 6) -> Batch:
    generator = torch.Generator().manual_seed(1)
    return Batch(
        image=torch.randn(rows, image, generator=generator),
        text=torch.randn(rows, text, generator=generator),
        has_image=torch.ones(rows, dtype=torch.bool),
        has_text=torch.ones(rows, dtype=torch.bool),
    )


def small(*, image: int = 6, text: int = 6, **changes):
    config = HeadConfig(**{"map_dim": 8} | changes)
    return build_fusion_head(dims=FeatureDims(image=image, text=text), num_classes=3, config=config)


def test_the_published_number_of_parameters():
    head = build_fusion_head(dims=CLIP, num_classes=2, config=HeadConfig())
    assert sum(p.numel() for p in head.parameters()) == 3_675_136


def test_stand_ins_add_one_vector_per_modality():
    config = HeadConfig(stand_ins=True)
    head = build_fusion_head(dims=CLIP, num_classes=2, config=config)
    assert sum(p.numel() for p in head.parameters()) == 3_675_136 + 2 * 768


def test_the_published_defaults():
    config = HeadConfig()
    assert (config.ratio, config.scale, config.map_dim, config.reduction) == (0.2, 30.0, 1024, 4)
    dropouts = (config.projection_dropout, config.fused_dropout, config.output_dropout)
    assert dropouts == (0.1, 0.4, 0.2)
    modules = build_fusion_head(dims=CLIP, num_classes=2, config=config).modules()
    assert [m.p for m in modules if isinstance(m, nn.Dropout)] == [0.1, 0.1, 0.4, 0.2]


def test_the_whole_way_by_hand():
    config = HeadConfig(map_dim=2, reduction=2, ratio=0.2)
    head = build_fusion_head(dims=FeatureDims(image=1, text=1), num_classes=2, config=config).eval()
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
    out = head(one_row([1.0], [1.0]))
    torch.testing.assert_close(out.cosines, torch.stack([x / length, y / length])[None])
    torch.testing.assert_close(out.logits, 30 * out.cosines)


def test_every_parameter_learns():
    head, rows = small(stand_ins=True), batch(8)
    has_image = torch.tensor([True, False] * 4)
    head(rows.hide(has_image, ~has_image | (torch.arange(8) > 3))).logits.sum().backward()
    assert all(p.grad is not None for p in head.parameters())


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
    assert torch.isfinite(small(adapter=False)(batch(3)).logits).all()


def test_one_projection_serves_both_modalities():
    head = small(image=6, text=4, projection="shared", adapter=False, fusion="concatenate")
    names = {name for name, _ in head.named_parameters() if "projection" in name}
    assert names == {"shared.projection.layers.0.weight", "shared.projection.layers.0.bias"}
    head.eval()
    rows = batch(5, image=6, text=4)
    # The same numbers on either side, once padded by hand and once by the head.
    image = torch.cat([rows.text, torch.zeros(5, 2)], dim=1)
    twins = Batch(image=image, text=rows.text, has_image=rows.has_image, has_text=rows.has_text)
    seen = {}
    head.pre_output.register_forward_hook(lambda _, given, __: seen.update(fused=given[0]))
    head(twins)
    torch.testing.assert_close(seen["fused"][:, :8], seen["fused"][:, 8:])


def test_an_activation_in_front_of_the_projection():
    parts = small(activate_first=True).image.projection.layers
    assert [type(part) for part in parts] == [nn.GELU, nn.Linear, nn.Dropout]


@pytest.mark.parametrize(
    ("fusion", "width"),
    [("multiply", 6), ("concatenate", 10), ("four-part", 24), ("outer", 24), ("text", 4)],
)
def test_without_a_projection_features_are_padded_only_where_they_must(fusion: str, width: int):
    head = small(image=6, text=4, projection="none", adapter=False, fusion=fusion)
    assert head.pre_output[1].in_features == width
    assert head(batch(3, image=6, text=4)).logits.shape == (3, 3)


def test_logistic_regression_by_hand():
    head = build_fusion_head(
        dims=FeatureDims(image=1, text=1), num_classes=2, config=HEADS["linear"].config
    ).eval()
    rows = Batch(
        image=torch.tensor([[1.0], [3.0], [9.0]]),
        text=torch.tensor([[10.0], [10.0], [10.0]]),
        has_image=torch.tensor([True, True, False]),
        has_text=torch.tensor([True, True, True]),
    )
    head.estimate(rows)
    with torch.no_grad():
        head.classifier.weight.copy_(torch.tensor([[2.0, 1.0], [0.0, 1.0]]))
        head.classifier.linear.bias.copy_(torch.tensor([0.5, 0.0]))
    # The image's mean is 2, its deviation 1: -1, 1, and 0 where it is missing. The text never
    # changes: 0.
    expected = torch.tensor([[-1.5, 0.0], [2.5, 0.0], [0.5, 0.0]])
    torch.testing.assert_close(head(rows).logits, expected)


@pytest.mark.parametrize(("fusion", "gone"), [("text", "image"), ("image", "text")])
def test_a_modality_that_is_not_read_has_no_weights(fusion: str, gone: str):
    head, rows = small(fusion=fusion).eval(), batch(4)
    assert not any(name.startswith(gone) for name, _ in head.named_parameters())
    other = {gone: getattr(rows, gone) + 7}
    kept = {n: getattr(rows, n) for n in ("image", "text", "has_image", "has_text")}
    assert torch.equal(head(rows).logits, head(Batch(**kept | other)).logits)


@pytest.mark.parametrize(
    ("fusion", "width"), [("multiply", 8), ("concatenate", 16), ("four-part", 32), ("outer", 64)]
)
def test_the_first_pre_output_layer_fits_the_fusion(fusion: str, width: int):
    assert small(fusion=fusion).pre_output[1].in_features == width


def test_without_pre_output_layers_the_classifier_fits_the_fusion():
    assert small(fusion="four-part", pre_layers=0).classifier.weight.shape == (3, 32)


def test_a_head_too_large_for_memory_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(HeadError, match=r"outer fusion at map_dim 1024 .* smaller map_dim"):
        HeadConfig(fusion="outer")
    assert HeadConfig(fusion="outer", map_dim=256).map_dim == 256
    # Without a projection only the encoder's widths tell.
    config = HeadConfig(fusion="outer", projection="none")
    with pytest.raises(HeadError, match=r"603,979,776 weights, 12.1 GB .* at most 100,000,000"):
        build_fusion_head(dims=CLIP, num_classes=2, config=config)


def test_unknown_parts_list_the_known():
    with pytest.raises(HeadError, match=r"fusion is 'add', known are multiply.*'svm'"):
        HeadConfig(fusion="add", classifier="svm")


def test_a_shared_projection_takes_features_as_they_are():
    with pytest.raises(HeadError, match="inputs is 'standardize', with a shared projection"):
        HeadConfig(projection="shared", inputs="standardize")


def count(name: str, *, image: int, text: int, classes: int = 2, **settings) -> int:
    """Return how many weights a head has, without room for them."""
    with torch.device("meta"):
        dims = FeatureDims(image=image, text=text)
        head = build_head(name, dims=dims, num_classes=classes, config=settings)
    return sum(p.numel() for p in head.parameters())


def test_hateclipper_has_the_layers_of_its_authors_code(monkeypatch):
    # ViT-L/14's own vectors: a map for each, three times Linear(1024, 1024) and one logit.
    maps = (1024 * 1024 + 1024) + (768 * 1024 + 1024)
    outputs = 3 * ((1024 * 1024 + 1024) + (1024 + 1))
    assert count("hateclipper-align", image=1024, text=768) == maps + outputs == 4_988_931
    assert count("hateclipper-align", image=1024, text=768, classes=22) == maps + 3 * (
        (1024 * 1024 + 1024) + 22 * (1024 + 1)
    )
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    found = count("hateclipper-cross", image=1024, text=768, map_dim=1024)
    assert found == maps + outputs - 1024**2 + 1024**3 == 1_077_682_179


def test_hateclipper_learns_from_each_modality_alone():
    head = build_head("hateclipper-align", dims=FeatureDims(image=6, text=6), num_classes=3)
    rows = batch(4).hide(torch.tensor([True, False, True, True]), torch.ones(4, dtype=torch.bool))
    assert head.eval()(rows).side == ()
    (image, seen), (text, read) = head.train()(rows).side
    assert image.shape == text.shape == (4, 3)
    assert (seen.tolist(), read.tolist()) == (rows.has_image.tolist(), [True] * 4)
    drops = [m.p for m in head.modules() if isinstance(m, nn.Dropout)]
    assert drops == [0.1, 0.1, 0.4, 0.2, 0.4, 0.2, 0.4, 0.2]


def test_simclip_has_the_layers_of_its_authors_clipnormmodel():
    block = 2 * 512 + 512 * 512 + 512
    expected = (768 * 128 + 128) + 3 * block + 2 * (512 + 1)
    assert count("simclip", image=768, text=768) == expected == 890_498
    head = build_head("simclip", dims=FeatureDims(image=6, text=6), num_classes=2).eval()
    seen = {}
    head.shared.projection.register_forward_hook(lambda _, given, __: seen.update(read=given[0]))
    head.pre_output.register_forward_hook(lambda _, given, __: seen.update(fused=given[0]))
    rows = batch(3)
    head(rows)
    torch.testing.assert_close(seen["read"].norm(dim=1), torch.ones(3))
    mapped = head.shared.projection.layers(torch.nn.functional.normalize(rows.text))
    text = torch.nn.functional.normalize(mapped, -1)  # as their code calls it: of the order -1
    torch.testing.assert_close(seen["fused"][:, :128], text)


def test_rgcl_has_the_layers_of_its_authors_code():
    # HateCLIPper's maps, three layers of a perceptron and one logit; what goes into the last
    # activation is what retrieval compares.
    maps = (1024 * 1024 + 1024) + (768 * 1024 + 1024)
    expected = maps + 3 * (1024 * 1024 + 1024) + 1024 + 1
    assert count("rgcl", image=1024, text=768) == expected == 4_986_881
    dims = FeatureDims(image=6, text=6)
    head = build_head("rgcl", dims=dims, num_classes=2, config={"map_dim": 8}).eval()
    out = head(batch(3))
    assert out.embedding.shape == (3, 8)
    torch.testing.assert_close(head.classifier(out.embedding.relu()).logits, out.logits)
    drops = [m.p for m in head.modules() if isinstance(m, nn.Dropout)]
    assert drops == [0.2, 0.2, 0.4, 0.1, 0.1, 0.1]


def test_several_labels_never_share_a_logit():
    dims = FeatureDims(image=6, text=6)
    shapes = [
        build_head("rgcl", dims=dims, num_classes=2, kind=kind).classifier.linear.weight.shape[0]
        for kind in ("multiclass", "multilabel")
    ]
    assert shapes == [1, 2]
