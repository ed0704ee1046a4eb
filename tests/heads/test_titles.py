from memeclip_core.heads.registry import HEADS
from memeclip_core.heads.titles import LIKE, title_head


def test_what_is_not_the_published_network_is_called_like_it():
    assert title_head("momenta") == "momenta-like"
    assert title_head("memeclip") == "memeclip"
    assert title_head("my-own-model") == "my-own-model"
    assert set(HEADS) >= LIKE
