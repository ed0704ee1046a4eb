import copy
from dataclasses import replace

import pytest
import torch

from memeclip_core.encoders.features import FeatureDims
from memeclip_core.errors import HeadError
from memeclip_core.heads.published.issues import IssuesConfig, IssuesHead, build_issues
from memeclip_core.heads.registry import build_head
from tests.factories.heads import DIMS, ToyTower, make_batch

SMALL = IssuesConfig(map_dim=8, inversion_dim=8)


class Listening(ToyTower):
    """A tower that remembers what it was given."""

    def read_prompts(self, made, ids, mask):
        self.made, self.mask = made.detach(), mask
        return super().read_prompts(made, ids, mask)


def build(tower=None) -> IssuesHead:
    torch.manual_seed(0)
    head = build_issues(dims=DIMS, num_classes=2, config=SMALL).eval()
    if tower is not None:
        head.set_tower(tower)
    return head


def test_the_published_sizes():
    head = build_head(
        "issues",
        dims=FeatureDims(image=768, text=768, shared=768, words=768),
        num_classes=2,
    )
    own = sum(p.numel() for p in head.inversion.parameters())
    phi = 768 * 3072 + 3072 + 3072 * 3072 + 3072 + 3072 * 768 + 768
    assert own == phi + 2 * (768 * 768 + 768)
    assert sum(p.numel() for p in head.image.parameters()) == 768 * 1024 + 1024
    assert sum(p.numel() for p in head.text.parameters()) == 768 * 1024 + 1024


def test_the_image_becomes_a_word_and_the_text_stays_words():
    tower, batch = Listening(), make_batch(3)
    head = build(tower)
    head(batch)
    torch.testing.assert_close(tower.made, head.inversion(batch.image))
    assert torch.equal(tower.mask, batch.word_ids.mask)


def test_what_is_missing_has_a_stand_in_or_no_words():
    tower, batch = Listening(), make_batch(2)
    head = build(tower)
    with torch.no_grad():
        head.missing_word.copy_(torch.tensor([1.0, 2.0, 3.0]))
    head(batch.hide(torch.tensor([False, True]), torch.tensor([True, False])))
    assert tower.made[0].tolist() == [1.0, 2.0, 3.0]
    torch.testing.assert_close(tower.made[1], head.inversion(batch.image)[1])
    assert torch.equal(tower.mask[0], batch.word_ids.mask[0])
    assert not tower.mask[1].any()


def test_copies_share_the_tower_and_no_file_holds_it():
    tower = ToyTower()
    head = build(tower)
    copied = copy.deepcopy(head)
    assert copied.lent.tower is tower
    assert not [name for name in head.state_dict() if "tower" in name]
    batch = make_batch(3)
    assert torch.equal(copied(batch).logits, head(batch).logits)


def test_without_tower_or_ids_it_says_what_is_missing():
    batch = make_batch(2)
    with pytest.raises(HeadError, match=r"cannot answer without the encoder's text tower.*CLIP"):
        build()(batch)
    with pytest.raises(HeadError, match="without the ids of the texts' words"):
        build(ToyTower())(replace(batch, word_ids=None))


def test_a_tower_of_another_width_is_refused():
    tower = ToyTower()
    tower.word_dim = 5
    with pytest.raises(HeadError, match=r"words of width 3, .* words of width 5"):
        build().set_tower(tower)


def test_encoders_without_such_a_tower_are_refused():
    with pytest.raises(HeadError, match=r"'issues' puts a word .*Choose a CLIP encoder"):
        build_issues(dims=FeatureDims(image=4, text=6, shared=2), num_classes=2, config=SMALL)


def test_all_faults_are_told_at_once():
    with pytest.raises(HeadError) as caught:
        IssuesConfig(map_dim=0, inversion_dropout=1.0, classifier="nearest")
    for word in ("map_dim is 0", "inversion_dropout is 1.0", "classifier is 'nearest'"):
        assert word in str(caught.value)
    with pytest.raises(HeadError, match="the textual inversion needs a layer of"):
        IssuesConfig(inversion_dim=20_000)
