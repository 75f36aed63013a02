# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""What RPC says of the network and of peers, as clients of bitcoind know it."""

import contextlib
import socket
import time

import pytest
from framework import Node, error_of, wait_for
from p2p import MAGIC, NETWORK, WITNESS, Listener, ListeningNode, Peer


@pytest.fixture
def node():
    with ListeningNode() as made:
        made.start()
        yield made


def test_names_of_peers_are_shown_without_what_could_do_harm(node):
    with Peer(node) as peer:
        peer.handshake(agent="/<b>$(x)\"'\\`&%{}[]|~^=+*!#\t\x1b[31m:0.1(a@b-c_d;e,f?)/")
        assert node.getpeerinfo()[0]["subver"] == "/b(x)31m:0.1(a@b-c_d;e,f?)/"


def test_who_starts_without_a_network_calls_nobody():
    with Listener() as listener, Node() as node:
        node.start("-networkactive=0", f"-addnode={listener.address}")
        with pytest.raises(TimeoutError):
            listener.accept(seconds=1)
        assert node.getnetworkinfo()["networkactive"] is False
        assert node.setnetworkactive(True) is True
        listener.accept().close()
        wait_for(lambda: node.getnetworkinfo()["networkactive"])


def test_how_fast_transactions_are_told_of():
    with Node() as node:
        node.start()
        assert node.getnetworkinfo()["tx_send_rate"] == 14
        for side in ("inbound", "outbound"):  # nobody is here to be told of anything
            assert node.getnetworkinfo()["inv_buckets"][side] == {"backlog": 0, "count_tok": 1000, "size_tok": 12_000_000}
        node.restart("-txsendrate=7")
        assert node.getnetworkinfo()["tx_send_rate"] == 7


def test_comments_in_the_user_agent():
    with Node() as node:
        assert "User Agent comment (a/b) contains unsafe characters." in node.fails_to_start("-uacomment=a/b")
        assert "exceeds maximum length (256)" in node.fails_to_start("-uacomment=" + "a" * 256)
        node.start("-uacomment=one", "-uacomment=two")
        assert node.getnetworkinfo()["subversion"].endswith("(one; two)/")


def test_who_was_added_by_name_is_known_by_his_address():
    with Listener() as listener, Node() as node:
        node.start("-whitelist=mempool,out@127.0.0.1", f"-addnode=localhost:{listener.port}")
        with listener.accept() as peer:
            peer.handshake()
            shown = node.getpeerinfo()[0]
            assert shown["addr"] == f"localhost:{listener.port}" and "mempool" in shown["permissions"]
            # One connection is enough, whichever way it is asked for.
            for name in ("localhost", "127.0.0.1"):
                node.addnode(f"{name}:{listener.port}", "onetry")
            with pytest.raises(TimeoutError):
                listener.accept(seconds=1)
            node.setban("127.0.0.1", "add")
            assert peer.is_gone()


def begins_with(listener):
    """The first bytes of the next connection."""
    listener.socket.settimeout(20)
    with listener.socket.accept()[0] as connection:
        connection.settimeout(10)
        return connection.recv(4, socket.MSG_WAITALL)


def test_the_transport_that_addnode_asks_for():
    with Listener() as listener, Node() as node:
        node.start()
        node.addnode(listener.address, "onetry", False)
        assert begins_with(listener) == MAGIC
        wait_for(lambda: node.getconnectioncount() == 0)
        node.addnode(listener.address, "onetry", True)
        assert begins_with(listener) != MAGIC
        assert begins_with(listener) == MAGIC  # who hangs up without a word may know version 1 only
        wait_for(lambda: node.getconnectioncount() == 0)
        node.addnode(listener.address, "add", False)
        assert begins_with(listener) == MAGIC
        node.restart("-v2transport=0")
        assert error_of(node, "addnode", listener.address, "onetry", True) == (
            -8, "Error: v2transport requested but not enabled (see -v2transport)")
        node.addnode(listener.address, "onetry", False)
        assert begins_with(listener) == MAGIC


def test_who_must_stay_connected_was_not_added():
    with Listener() as chosen, Listener() as added, Node() as node:
        node.start(f"-connect={chosen.address}", f"-addnode={added.address}")
        with chosen.accept() as one, added.accept() as other:
            one.handshake()
            other.handshake()
            assert [shown["addednode"] for shown in node.getaddednodeinfo()] == [added.address]
            assert error_of(node, "addnode", chosen.address, "remove")[0] == -24
            node.addnode(added.address, "remove")
            assert node.getaddednodeinfo() == []


def test_wrong_commands_are_answered_with_the_help(node):
    for call in (("addnode", "1.2.3.4", "want"), ("setban", "1.2.3.4", "want")):
        code, message = error_of(node, *call)
        assert code == -1 and message == node.help(call[0])


def test_what_peers_say_of_themselves(node):
    with Peer(node) as peer:
        peer.handshake(protocol=80_000, services=NETWORK | WITNESS | 1 << 1 | 1 << 30 | 1 << 63)
        shown = node.getpeerinfo()[0]
        assert shown["version"] == 80_000 and shown["relaytxes"] is True
        assert shown["servicesnames"] == ["NETWORK", "UNKNOWN[2^1]", "WITNESS", "UNKNOWN[2^30]", "UNKNOWN[2^63]"]
    wait_for(lambda: node.getconnectioncount() == 0)
    with Listener() as listener:
        node.addconnection(listener.address, "block-relay-only", True)
        with listener.accept() as peer:
            peer.handshake(relay=True)
            wait_for(lambda: node.getpeerinfo()[0]["version"])
            assert node.getpeerinfo()[0]["relaytxes"] is False


def test_whoever_is_banned_is_not_recommended():
    with Node() as node:
        node.start()
        for i in range(20, 30):
            node.addpeeraddress(f"{i}.1.1.1", 8333)
        known = {one["address"] for one in node.getnodeaddresses(0)}
        banned = sorted(known)[0]
        node.setban(banned, "add")
        assert {one["address"] for one in node.getnodeaddresses(0)} == known - {banned}


def test_cjdns_can_be_named():
    address = "fc32:17ea:e415:c3bf:9808:149d:b5a2:c9aa"
    with Node() as node:
        assert "Invalid netmask" in node.fails_to_start("-cjdnsreachable", f"-whitelist=noban@{address}/16")
        node.start("-cjdnsreachable", f"-whitelist=noban@{address}")
        assert node.addpeeraddress(address, 8333) == {"success": True}
        assert node.getnodeaddresses(0, "cjdns")[0]["address"] == address
        node.setban(address, "add")
        assert [ban["address"] for ban in node.listbanned()] == [address]
        assert node.getnodeaddresses(0, "cjdns") == []
        node.restart("-cjdnsreachable")
        node.setban(address, "remove")
        assert node.listbanned() == []


def test_p04_eight_added_nodes_at_a_time():
    with contextlib.ExitStack() as stack:
        node = stack.enter_context(Node())
        listeners = [stack.enter_context(Listener()) for _ in range(10)]
        node.start()
        for one in listeners:
            node.addnode(one.address, "add")
        connected = lambda: [shown["addednode"] for shown in node.getaddednodeinfo() if shown["connected"]]
        wait_for(lambda: len(connected()) == 8)
        time.sleep(0.5)
        assert len(connected()) == node.getconnectioncount() == 8
        # Whoever is added no longer makes room.
        node.addnode(connected()[0], "remove")
        wait_for(lambda: len(connected()) == 8)
