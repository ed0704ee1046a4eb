from hashlib import sha256

from memeclip_core.splits import is_held_out


def test_the_first_eight_digits_decide_by_their_remainder_of_five():
    assert is_held_out("00000000" + "f" * 56)
    assert not is_held_out("00000001" + "0" * 56)
    assert not is_held_out("00000004" + "0" * 56)
    assert is_held_out("00000005" + "0" * 56)
    assert is_held_out("ffffffff" + "0" * 56)  # 4294967295 = 5 * 858993459


def test_a_fifth_is_held_out():
    held_out = sum(is_held_out(sha256(str(i).encode()).hexdigest()) for i in range(5000))
    assert 900 < held_out < 1100
