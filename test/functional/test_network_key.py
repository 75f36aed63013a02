# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""-networkkey: nodes with one key talk to each other and to nobody else (doc/network-key.md)."""

import os
import time

import pytest
from framework import Node, wait_for
from p2p import Closed, Listener, ListeningNode, Peer, frame_v1, version

KEY = bytes(range(1, 33))


def key_file(node, key=KEY, name="network.key", mode=0o600):
    path = node.directory / name
    path.write_text(key.hex() + "\n")
    path.chmod(mode)
    return f"-networkkey={path}"


@pytest.fixture(scope="module")
def member():
    with ListeningNode() as node:
        node.start(key_file(node))
        node.generate(10)
        yield node


def nothing_was_heard(node):
    return all(peer["version"] == 0 and not peer["bytesrecv_per_msg"] for peer in node.getpeerinfo())


def test_members_find_each_other(member):
    with ListeningNode() as other:
        other.start(key_file(other))
        other.addnode(member.address, "add")
        wait_for(lambda: other.getblockcount() == 10)
        assert other.getpeerinfo()[0]["transport_protocol_type"] == "v2"
        assert other.getpeerinfo()[0]["session_id"] == member.getpeerinfo()[0]["session_id"]
    wait_for(lambda: member.getconnectioncount() == 0)
    with Peer(member, network_key=KEY) as peer:  # by the specification alone
        peer.handshake().sync()
        assert peer.version[:4] != bytes(4)


@pytest.mark.parametrize("theirs", [None, bytes(range(2, 34))], ids=["no key", "another key"])
def test_strangers_get_nothing(member, theirs):
    with ListeningNode() as stranger:
        stranger.start(*([key_file(stranger, theirs)] if theirs else []))
        stranger.addnode(member.address, "add")
        member.addnode(stranger.address, "onetry")
        # The connection is there, or was and is given up already.
        wait_for(lambda: member.getconnectioncount() > 0 or "no end of garbage" in member.log() + stranger.log())
        time.sleep(1)
        assert stranger.getblockcount() == 0
        assert nothing_was_heard(member) and nothing_was_heard(stranger)
    wait_for(lambda: member.getconnectioncount() == 0)


@pytest.mark.parametrize("theirs", [None, bytes(range(2, 34))], ids=["no key", "another key"])
def test_strangers_see_only_noise(member, theirs):
    with Peer(member, network_key=theirs) as peer:
        with pytest.raises((AssertionError, Closed, TimeoutError)):
            peer.agree(seconds=1)  # the terminator is never found
        with pytest.raises(Closed):
            for _ in range(1000):
                peer.raw(bytes(1000))
                time.sleep(0.01)
    wait_for(lambda: "no end of garbage" in member.log())


def test_version_1_gets_not_one_byte(member):
    with Peer(member, v2=False) as peer:
        peer.raw(frame_v1("version", version()))
        assert peer.rest() == b""
    wait_for(lambda: member.getconnectioncount() == 0)


def test_no_fall_back_to_version_1(member):
    with Listener() as listener:
        member.addnode(listener.address, "onetry")
        connection = listener.accept()
        first = connection.read_exactly(64)
        connection.close()
        assert b"version" not in first
        with pytest.raises(TimeoutError):
            listener.accept(seconds=2)


def test_bad_keys_are_refused_with_advice():
    with Node() as node:
        assert "does not exist" in node.fails_to_start("-networkkey=none.key")
        short = node.directory / "short.key"
        short.write_text("ABCD")  # capitals, which the name of the directory never has
        said = node.fails_to_start(f"-networkkey={short}")
        assert "64 hexadecimal digits" in said and "openssl rand -hex 32" in said and "ABCD" not in said
        assert "remove -v2transport=0" in node.fails_to_start(key_file(node), "-v2transport=0")


def test_who_else_may_read_the_key_is_said():
    with Node() as node:
        node.start(key_file(node, os.urandom(32), mode=0o644))
        assert "chmod 600" in node.log()
        assert (node.directory / "network.key").read_text().strip() not in node.log()
