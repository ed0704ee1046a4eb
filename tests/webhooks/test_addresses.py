"""Which addresses may be called."""

from __future__ import annotations

import pytest

from memeclip_core.errors import InputError
from memeclip_core.webhooks.addresses import find_address, is_public, split_url


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_the_internet_is_public(address):
    assert is_public(address) and is_public("::ffff:93.184.215.14")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "0.0.0.0", "192.0.2.1", "198.18.0.1",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1", "64:ff9b::5db8:d70e", "2002:7f00:1::1", "2001:0:4136:e378::1",
        "no address",
    ],
)  # fmt: skip
def test_what_is_behind_a_wall_is_not(address):
    assert not is_public(address)


def test_one_address_that_is_not_public_refuses_the_host():
    asked = []

    def resolve(host, port):
        asked.append((host, port))
        return ["93.184.215.14", "10.0.0.1"] if host == "both" else ["93.184.215.14"]

    assert find_address("one", 443, resolve=resolve) == "93.184.215.14"
    assert asked == [("one", 443)]
    with pytest.raises(InputError, match="has an address that is not public"):
        find_address("both", 443, resolve=resolve)
    with pytest.raises(InputError, match="no address that can be found"):
        find_address("none", 443, resolve=lambda host, port: [])
    with pytest.raises(InputError, match="not public"):
        find_address("localhost", 443)


@pytest.mark.parametrize(
    "url",
    [
        "http://a.org/", "ftp://a.org/", "https://", "https:///x", "https://a.org:x/", "a.org",
        "https://me:secret@a.org/", "https://me@a.org/", "https://a.org/#x", "https://a.org/a b",
        "https://a.org\\@b.org/", "https://a.org/\r\nHost: b", "https://ä.org/",
        "https://a.org/" + "x" * 500, "https://a.org:99999/",
    ],
)  # fmt: skip
def test_what_is_no_address_of_https_is_refused(url):
    with pytest.raises(InputError):
        split_url(url)


def test_an_address_is_split():
    assert split_url("https://a.org") == ("a.org", 443, "/")
    assert split_url("https://A.org:8443/x?y=1") == ("a.org", 8443, "/x?y=1")
