import torch

from memeclip_core.heads.published.majority import MajorityHead
from tests.factories.heads import make_batch


def test_shares_of_exclusive_classes_by_hand():
    head = MajorityHead(num_classes=3)
    head.estimate(torch.eye(3)[[0, 0, 0, 0, 0, 1]], exclusive=True)
    # 5, 1 and 0 rows, and one of each.
    expected = torch.tensor([6.0, 2.0, 1.0]) / 9
    torch.testing.assert_close(head(make_batch(2)).logits.softmax(-1), expected.expand(2, 3))


def test_shares_of_labels_by_hand():
    head = MajorityHead(num_classes=2)
    head.estimate(torch.tensor([[1.0, 0.0], [1.0, 0.0]]), exclusive=False)
    # Two of two and none of two, and one row of each kind.
    torch.testing.assert_close(head(make_batch(1)).logits.sigmoid(), torch.tensor([[0.75, 0.25]]))


def test_before_training_all_classes_are_equally_likely():
    out = MajorityHead(num_classes=4)(make_batch(2))
    assert out.logits.softmax(-1).tolist() == [[0.25] * 4] * 2
    assert not out.cosines.any()
