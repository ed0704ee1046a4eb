"""Whose address counts, behind which proxies."""

import pytest

from memeclip_core.api.caller import Proxies, read_address

HERE = Proxies(trusted=("127.0.0.1", "10.1.0.0/16"))
SPACE = Proxies(private=True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7:8080 ", "192.0.2.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unknown", "None"),
        ("", "None"),
    ],
)
def test_an_address_is_read_with_and_without_its_port(text, found):
    assert str(read_address(text)) == found


def test_only_what_the_settings_name_is_a_proxy():
    assert HERE.trust("127.0.0.1")
    assert HERE.trust("10.1.2.3")
    assert HERE.trust("::ffff:10.1.2.3")
    assert not HERE.trust("10.2.0.1")
    assert not HERE.trust("nonsense")
    assert not Proxies().trust("127.0.0.1")
    assert SPACE.trust("10.9.9.9")
    assert not SPACE.trust("8.8.8.8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "1.1.1.1, 203.0.113.9, 10.1.0.4", "203.0.113.9"),
        ("127.0.0.1", "nonsense, 10.1.0.4", "10.1.0.4"),
        ("127.0.0.1", "2001:db8:0:7:1:2:3:4", "2001:db8:0:7::/64"),
        ("::ffff:127.0.0.1", "203.0.113.9:5000", "203.0.113.9"),
        ("", "203.0.113.9", ""),
    ],
)
def test_the_list_is_read_from_its_end_as_far_as_proxies_wrote_it(peer, forwarded, caller):
    assert HERE.caller(peer, forwarded) == caller


def test_a_space_is_called_through_addresses_of_its_own_network():
    assert SPACE.caller("10.9.9.9", "6.6.6.6, 8.8.8.8, 10.0.0.1") == "8.8.8.8"
