"""A request to another program: signed, pinned, limited, and never led elsewhere."""

from __future__ import annotations

import hashlib
import hmac
import threading
from dataclasses import replace

import pytest

from memeclip_core.webhooks.sending import SIGNATURE, Sender, sign
from tests.factories.receivers import DRIPS, run_receiver
from tests.factories.waits import PATIENCE, until


@pytest.fixture
def receiver(tmp_path):
    with run_receiver(tmp_path) as found:
        yield found


def test_what_is_sent_is_signed_over_time_and_body(receiver, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    sender = replace(receiver.sender, clock=lambda: 1_700_000_000.5)
    assert sender.send(receiver.url, "secret", "saved", b"{}").status == 204
    ((headers, body),) = receiver.got
    assert (headers["Memeclip-Event"], body) == ("saved", b"{}")
    assert headers["Host"].startswith("localhost:")
    signed = hmac.new(b"secret", b"1700000000.{}", hashlib.sha256).hexdigest()
    assert headers[SIGNATURE] == f"t=1700000000,v1={signed}" == sign("secret", b"{}", 1_700_000_000)


def test_no_redirect_is_followed(receiver):
    receiver.status = 302
    outcome = receiver.sender.send(receiver.url, "s", "saved", b"{}")
    assert outcome.status == 302 and "Redirects are not followed" in outcome.reason
    assert len(receiver.got) == 1


def test_what_goes_wrong_is_a_sentence(receiver):
    receiver.status = 500
    assert receiver.sender.send(receiver.url, "s", "x", b"").reason == "It answered 500."
    strict = replace(receiver.sender, context=Sender().context)
    assert "certificate was refused" in strict.send(receiver.url, "s", "x", b"").reason
    other = receiver.url.replace("localhost", "example.org")
    assert "certificate was refused" in receiver.sender.send(other, "s", "x", b"").reason
    assert "not public" in Sender().send(receiver.url, "s", "x", b"").reason
    assert len(receiver.got) == 1
    receiver.status = 0
    quick = replace(receiver.sender, seconds=0.5)
    assert "no answer within 0.5 seconds" in quick.send(receiver.url, "s", "x", b"{}").reason


LATE = "The connection failed: no answer within 0.5 seconds."


def test_an_answer_that_comes_byte_by_byte_is_cut_when_its_time_is_up(receiver):
    quick = replace(receiver.sender, seconds=0.5)
    receiver.drips = b"HTTP/1.1 200 " + b"x" * DRIPS
    assert quick.send(receiver.url, "s", "saved", b"{}").reason == LATE
    until(lambda: receiver.cut, "the connection was not cut")
    # A status that came whole counts, however long its headers take.
    receiver.first, receiver.cut = b"HTTP/1.1 200 OK\r\nX: ", False
    assert quick.send(receiver.url, "s", "saved", b"{}").status == 200
    until(lambda: receiver.cut, "the connection was not cut")


def test_a_look_up_that_hangs_is_left_alone_and_keeps_one_thread(receiver):
    over, asked = threading.Event(), []

    def find(host, port):
        asked.append(host)
        if host != "localhost":
            over.wait(PATIENCE)
        return "127.0.0.1"

    quick = replace(receiver.sender, find=find, seconds=0.5)
    for _ in range(3):
        assert quick.send("https://slow.example/", "s", "saved", b"{}").reason == LATE
    assert asked == ["slow.example"]
    assert replace(quick, seconds=PATIENCE).send(receiver.url, "s", "saved", b"{}").status == 204
    over.set()
    until(lambda: not quick._looks, "the look-up did not end")
    quick.send("https://slow.example:1/", "s", "saved", b"{}")
    assert asked.count("slow.example") == 2
