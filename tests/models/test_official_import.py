"""The authors' weights give the same numbers under our names."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.errors import CheckpointError, HeadError, LabelError, StoreError
from memeclip_core.heads.manifest import from_manifest, to_manifest, to_tensor_dict
from memeclip_core.heads.model import HeadModel, run_head
from memeclip_core.models.official_import import import_official, read_official, rename_tensors
from memeclip_core.training.encoder_facts import tag_encoder
from tests.factories.official import make_official, score_official
from tests.factories.studios import make_rows
from tests.factories.workbench import NOW, shipped_tasks


def bring(state: dict[str, Tensor], task: str = "hate", **options: float) -> HeadModel:
    return import_official(
        state,
        task_set=shipped_tasks("pridemm"),
        task=task,
        encoder=tag_encoder(FakeEncoder()),
        version="official-hate",
        created=NOW,
        source="model.ckpt",
        **options,
    )


def test_the_imported_head_scores_as_the_authors_network() -> None:
    state = make_official()
    model = bring(state)
    features = make_rows(shipped_tasks("pridemm"), FakeEncoder(), 9).features
    expected = score_official(
        state, torch.from_numpy(features.image), torch.from_numpy(features.text)
    )
    found = run_head(model.heads["hate"].module, features).logits
    assert torch.allclose(found, expected.double(), atol=1e-4)
    assert model.heads["hate"].labels == shipped_tasks("pridemm").task("hate").names


def test_the_frozen_clip_is_dropped_and_nothing_else() -> None:
    names = set(rename_tensors(make_official()))
    sides = ("image", "text")
    layers = {f"{s}.projection.layers.0.{w}" for s in sides for w in ("weight", "bias")}
    adapters = {f"{s}.adapter.{w}.weight" for s in sides for w in ("down", "up")}
    others = {"pre_output.1.weight", "pre_output.1.bias", "classifier.weight"}
    assert names == layers | adapters | others


def test_half_precision_and_further_layers_are_understood() -> None:
    state = {name: tensor.half() for name, tensor in make_official(layers=2).items()}
    model = bring(state)
    assert model.config["num_layers"] == 2
    assert model.config["map_dim"] == 8
    assert all(t.dtype == torch.float32 for t in to_tensor_dict(model).values())


def test_it_is_saved_and_read_like_any_other() -> None:
    model = bring(make_official())
    again = from_manifest(to_manifest(model), to_tensor_dict(model))
    features = make_rows(shipped_tasks("pridemm"), FakeEncoder(), 3).features
    first, second = (run_head(m.heads["hate"].module, features).logits for m in (model, again))
    assert np.array_equal(first, second)


def test_missing_and_unexpected_tensors_are_named() -> None:
    state = make_official()
    del state["img_adapter.fc.2.weight"]
    state["surprise.weight"] = torch.ones(1)
    with pytest.raises(CheckpointError) as caught:
        bring(state)
    assert "unexpected: surprise.weight" in str(caught.value)
    assert "missing: image.adapter.up.weight" in str(caught.value)


def test_another_task_or_encoder_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(CheckpointError, match=r"has 2 classes, and the task 'stance' has 3"):
        bring(make_official(), task="stance")
    with pytest.raises(CheckpointError, match="image features of width 768"):
        bring(make_official(image=768, text=768))
    with pytest.raises(LabelError):
        bring(make_official(), task="nonsense")


def test_tensors_that_do_not_fit_together_are_refused() -> None:
    state = make_official()
    state["text_map.proj.0.bias"] = torch.ones(3)
    with pytest.raises(CheckpointError, match="do not make up"):
        bring(state)
    state = make_official()
    state["image_map.proj.0.weight"] = torch.ones(())
    with pytest.raises(CheckpointError):
        bring(state)


@pytest.mark.parametrize("prefix", ["module.", "model.", "model.module.", "_orig_mod."])
def test_what_wrappers_put_in_front_of_names_is_taken_off(prefix: str) -> None:
    state = make_official()
    wrapped = rename_tensors({f"{prefix}{name}": tensor for name, tensor in state.items()})
    plain = rename_tensors(state)
    assert wrapped.keys() == plain.keys()
    assert all(torch.equal(wrapped[name], plain[name]) for name in plain)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_no_finite_numbers_are_refused(value: float) -> None:
    state = make_official()
    state["pre_output.1.bias"][3] = value
    with pytest.raises(CheckpointError, match=r"no finite numbers, in pre_output\.1\.bias"):
        bring(state)


def test_weights_of_another_kind_than_floats_are_refused() -> None:
    state = make_official()
    state["classifier.weight"] = state["classifier.weight"].to(torch.int8)
    with pytest.raises(CheckpointError, match=r"no finite numbers, in classifier\.weight"):
        bring(state)


def test_a_frozen_clip_may_hold_what_it_likes() -> None:
    state = make_official()
    state["clip_model.positional_embedding"].fill_(float("nan"))
    state["clip_model.ids"] = torch.zeros(2, dtype=torch.int64)
    assert bring(state).heads


@pytest.mark.parametrize(
    ("lost", "named"),
    [
        (("pre_output.1.weight", "pre_output.1.bias"), r"missing: pre_output\.1"),
        (("text_map.proj.3.weight", "text_map.proj.3.bias"), r"missing: text\.projection"),
        (("image_map.proj.3.bias",), r"missing: image\.projection\.layers\.3\.bias"),
        (("text_adapter.fc.0.weight",), r"missing: text\.adapter\.down"),
    ],
)
def test_a_layer_that_is_missing_is_named(lost: tuple[str, ...], named: str) -> None:
    state = make_official(layers=2)
    for name in lost:
        del state[name]
    with pytest.raises(CheckpointError, match=named):
        bring(state)


def test_ratio_and_scale_are_the_published_ones_unless_given() -> None:
    state = make_official()
    features = make_rows(shipped_tasks("pridemm"), FakeEncoder(), 9).features
    published, sharper = bring(state), bring(state, scale=60.0)
    first, second = (
        run_head(m.heads["hate"].module, features).logits for m in (published, sharper)
    )
    assert torch.allclose(2 * first, second)
    other = bring(state, ratio=0.7)
    assert other.config["ratio"] == 0.7
    assert not torch.allclose(run_head(other.heads["hate"].module, features).logits, first)
    with pytest.raises(HeadError):
        bring(state, ratio=1.5)


STATE = {"classifier.weight": torch.ones(2, 3)}


def test_a_lightning_file_and_a_bare_state_dict_are_read(tmp_path: Path) -> None:
    path = tmp_path / "model.ckpt"
    torch.save({"state_dict": STATE, "epoch": 3, "hyper_parameters": {"lr": 1e-4}}, path)
    assert torch.equal(read_official(path)["classifier.weight"], torch.ones(2, 3))
    torch.save(STATE, path)
    assert list(read_official(path)) == ["classifier.weight"]


class Trap:
    """Would make a folder if it were unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def __reduce__(self):
        return (os.mkdir, (self.folder,))


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    path, trace = tmp_path / "model.ckpt", tmp_path / "trace"
    torch.save({"state_dict": STATE, "callbacks": Trap(trace)}, path)
    with pytest.raises(CheckpointError, match="would run code"):
        read_official(path)
    assert not trace.exists()


def test_what_is_no_checkpoint_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "model.ckpt"
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(CheckpointError):
        read_official(path)
    torch.save({"state_dict": {}}, path)
    with pytest.raises(CheckpointError, match="no state_dict"):
        read_official(path)
    torch.save({"state_dict": {"a": 1}}, path)
    with pytest.raises(CheckpointError, match="'a' of its state_dict is no tensor"):
        read_official(path)
    with pytest.raises(StoreError, match="could not be read"):
        read_official(tmp_path / "absent.ckpt")
