# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""What RPC says of the network and of peers, as clients of bitcoind know it."""

import pytest
from framework import Node, wait_for
from p2p import Listener, ListeningNode, Peer


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
