"""Heads that answer together."""

import pytest
import torch

from memeclip_core.errors import HeadError
from memeclip_core.heads.assembly import MOST_MEMBERS
from memeclip_core.heads.ensemble import Ensemble, list_members, member_seed
from memeclip_core.heads.registry import build_head
from tests.factories.heads import DIMS, make_batch

SMALL = {"map_dim": 8, "stand_ins": True}


def build(members: int, *, seed: int = 0) -> torch.nn.Module:
    config = SMALL | {"members": members}
    return build_head("memeclip", dims=DIMS, num_classes=3, config=config, seed=seed).eval()


def test_an_ensemble_answers_with_the_mean_of_its_members():
    ensemble, batch = build(3), make_batch(4)
    with torch.no_grad():
        answer = ensemble(batch)
        each = [member(batch) for member in list_members(ensemble)]
    assert isinstance(ensemble, Ensemble)
    mean = sum(output.logits for output in each) / 3
    torch.testing.assert_close(answer.logits, mean)
    torch.testing.assert_close(answer.cosines, sum(output.cosines for output in each) / 3)
    assert not torch.allclose(each[0].logits, each[1].logits)


def test_one_member_is_no_ensemble():
    plain = build_head("memeclip", dims=DIMS, num_classes=3, config=SMALL, seed=5)
    single = build(1, seed=5)
    assert type(single) is type(plain)
    assert list_members(single) == [single]
    for name, tensor in plain.state_dict().items():
        assert torch.equal(tensor, single.state_dict()[name])


def test_members_start_from_seeds_of_their_own():
    seeds = {member_seed(seed, place, 3) for seed in range(10) for place in range(3)}
    assert len(seeds) == 30
    alone = build_head(
        "memeclip", dims=DIMS, num_classes=3, config=SMALL, seed=member_seed(7, 2, 3)
    )
    member = list_members(build(3, seed=7))[2]
    for name, tensor in alone.state_dict().items():
        assert torch.equal(tensor, member.state_dict()[name])


@pytest.mark.parametrize("members", [0, -1, MOST_MEMBERS + 1])
def test_numbers_of_members_that_cannot_be(members: int):
    with pytest.raises(HeadError, match=rf"members is {members}, allowed is 1 to {MOST_MEMBERS}"):
        build(members)


def test_heads_that_share_a_projection_are_no_ensemble():
    with pytest.raises(HeadError, match="members is 2, heads that share a projection have 1"):
        build_head("simclip", dims=DIMS, num_classes=3, config={"map_dim": 8, "members": 2})
