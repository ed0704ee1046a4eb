from memeclip_core.explore.copies import list_groups

IDS = tuple("abcdefg")


def test_groups_have_two_members_at_least_and_the_largest_come_first():
    keys = ["x", "y", "x", "y", "z", "y", None]
    found = list_groups("same text", IDS, [0, 1, 0, 1, 4, 1, 6], keys)
    assert [group.ids for group in found] == [("b", "d", "f"), ("a", "c")]
    assert {group.kind for group in found} == {"same text"}


def test_near_groups_hold_some_that_are_not_the_same():
    numbers = [0, 0, 2, 2, 4, 4, 4]
    keys = ["x", "x", "p", "q", "r", "r", "s"]
    found = list_groups("near text", IDS, numbers, keys, near=True)
    assert [group.ids for group in found] == [("e", "f", "g"), ("c", "d")]


def test_what_has_no_key_is_in_no_group():
    assert list_groups("near text", IDS[:2], [0, 0], [None, None]) == ()
