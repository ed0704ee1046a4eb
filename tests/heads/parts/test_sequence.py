from dataclasses import replace

import pytest
import torch
from torch import nn

from memeclip_core.encoders.features import FeatureDims
from memeclip_core.errors import HeadError
from memeclip_core.heads.batch import TokenBatch
from memeclip_core.heads.parts.sequence import (
    Sequence,
    SequenceConfig,
    build_sequence_branch,
    build_sequence_branches,
)

TOKENS = TokenBatch(
    values=torch.tensor([[[1.0, 2.0], [7.0, 7.0]]]).half(), mask=torch.tensor([[True, False]])
)


def build(token_dim: int = 2):
    branch = build_sequence_branch(dim=2, token_dim=token_dim, map_dim=2, dropout=0.0)
    branch.norm = nn.Identity()
    for part in (branch.vector, branch.tokens):
        if part is not None:
            nn.init.eye_(part.weight)
            nn.init.zeros_(part.bias)
    nn.init.constant_(branch.missing, 0.5)
    return branch


def test_the_global_vector_comes_first():
    sequence = build()(torch.tensor([[3.0, 4.0]]), torch.tensor([True]), TOKENS)
    assert sequence.first.tolist() == [[3.0, 4.0]]
    assert sequence.values[0, 1].tolist() == [1.0, 2.0]
    assert sequence.mask.tolist() == [[True, True, False]]


def test_a_missing_modality_is_one_learned_vector():
    sequence = build()(torch.tensor([[3.0, 4.0]]), torch.tensor([False]), TOKENS)
    assert sequence.first.tolist() == [[0.5, 0.5]]
    assert sequence.mask.tolist() == [[True, False, False]]


def test_without_tokens_the_sequence_has_one_place():
    sequence = build(token_dim=0)(torch.tensor([[3.0, 4.0]]), torch.tensor([True]), TOKENS)
    assert sequence.mask.tolist() == [[True]]


def test_tokens_that_it_reads_must_be_there():
    with pytest.raises(HeadError, match="the features have none"):
        build()(torch.tensor([[3.0, 4.0]]), torch.tensor([True]), None)


def test_the_mean_leaves_out_what_is_masked():
    sequence = Sequence(
        values=torch.tensor([[[1.0], [3.0], [50.0]]]), mask=torch.tensor([[True, True, False]])
    )
    assert sequence.mean().tolist() == [[2.0]]


def test_an_encoder_without_any_sequence_is_refused():
    config, bare = SequenceConfig(map_dim=4), FeatureDims(image=2, text=2)
    build_sequence_branches("toy", FeatureDims(image=2, text=2, text_tokens=3), config)
    build_sequence_branches("toy", bare, replace(config, tokens=False))
    with pytest.raises(HeadError, match=r"head 'toy' .* set tokens=false"):
        build_sequence_branches("toy", bare, config)
