import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from memeclip_core.errors import HeadError
from memeclip_core.heads.parts.attention import build_attention
from memeclip_core.heads.parts.sequence import Sequence
from memeclip_core.heads.published.momenta import MomentaConfig, Weighing, build_momenta, summarize
from tests.factories.heads import DIMS, make_batch


def test_the_fusion_by_hand():
    score = nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        score.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    image, text = torch.tensor([[math.log(3)]]), torch.tensor([[0.0]])
    # Shares of 3/4 and 1/4: the image counts 1.75 times.
    out = Weighing(score=score)(image, text)
    torch.testing.assert_close(out, torch.tensor([[1.75 * math.log(3), 0.0]]))


def test_a_summary_adds_what_the_sequence_holds():
    attention = build_attention(dim=2, heads=1)
    for part in (attention.query, attention.key, attention.value, attention.out):
        nn.init.zeros_(part.bias)
    nn.init.zeros_(attention.query.weight)
    nn.init.eye_(attention.value.weight)
    nn.init.eye_(attention.out.weight)
    values = torch.tensor([[[1.0, 2.0], [3.0, 4.0], [9.0, 9.0]]])
    sequence = Sequence(values=values, mask=torch.tensor([[True, True, False]]))
    # A query of zeros attends to all places alike: the mean of the first two is [2, 3].
    torch.testing.assert_close(summarize(attention, sequence), torch.tensor([[3.0, 5.0]]))


def test_without_tokens_only_global_vectors_count():
    config = MomentaConfig(map_dim=8, attention_heads=2, tokens=False)
    head, batch = build_momenta(dims=DIMS, num_classes=3, config=config).eval(), make_batch(3)
    plain = replace(batch, image_tokens=None, text_tokens=None)
    assert torch.equal(head(batch).logits, head(plain).logits)


def test_features_without_sequences_are_refused_by_a_head_that_reads_them():
    config = MomentaConfig(map_dim=8, attention_heads=2)
    head = build_momenta(dims=DIMS, num_classes=3, config=config)
    with pytest.raises(HeadError, match=r"reads sequences .* features have none"):
        head(replace(make_batch(3), image_tokens=None))


def test_all_faults_at_once():
    with pytest.raises(HeadError, match=r"map_dim is 0.*classifier is 'svm'.*dropout is 1"):
        MomentaConfig(map_dim=0, dropout=1, classifier="svm")
