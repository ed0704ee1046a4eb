"""Own and foreign pages."""

import pytest

from memeclip_core.api.origins import host_name, is_foreign_write, is_own_origin


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("LocalHost:7860", "localhost"),
        ("[::1]:7860", "::1"),
        ("studio.example.", "studio.example"),
        ("", ""),
    ],
)
def test_a_host_has_a_name(host, name):
    assert host_name(host) == name


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://studio.example", "studio.example"),
        ("https://Studio.example", "studio.example:443"),
        ("http://studio.example", "studio.example:80"),
        ("http://127.0.0.1:7860", "127.0.0.1:7860"),
        ("http://[::1]:7860", "[::1]:7860"),
    ],
)
def test_the_page_is_its_own_origin(origin, host):
    assert is_own_origin(origin, [host])
    assert is_own_origin(origin, ["other.example", host])


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.studio.example", "studio.example"),
        ("https://studio.example.evil", "studio.example"),
        ("http://localhost:8000", "localhost:7860"),
        ("http://localhost:7860", "127.0.0.1:7860"),
        ("https://studio.example", "studio.example:80"),
        ("null", "studio.example"),
        ("", "studio.example"),
        ("studio.example", "studio.example"),
        ("file://studio.example", "studio.example"),
        ("https://[", "studio.example"),
        ("https://user@studio.example", "studio.example"),
        ("https://studio.example", ""),
    ],
)
def test_anything_else_is_foreign(origin, host):
    assert not is_own_origin(origin, [host])


@pytest.mark.parametrize(
    ("method", "path", "site", "foreign"),
    [
        ("POST", "/gradio_api/queue/join", "cross-site", True),
        ("POST", "/login", "same-site", True),
        ("DELETE", "/x", "same-site", True),
        ("POST", "/login", "same-origin", False),
        ("POST", "/login", "none", False),
        ("POST", "/login", "", False),
        ("GET", "/", "cross-site", False),
        ("HEAD", "/", "cross-site", False),
        ("GET", "/login/callback", "cross-site", False),
        ("GET", "/logout", "cross-site", True),
        ("GET", "/logout/", "same-site", True),
        ("GET", "/logout", "same-origin", False),
    ],
)
def test_what_another_page_may_not_start(method, path, site, foreign):
    assert is_foreign_write(method, path, site) is foreign
