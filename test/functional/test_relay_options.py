# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Options about relay and mining that are seen from outside only."""

import contextlib

from framework import RAW_TRUE, Node, wait_for
from p2p import Closed, ListeningNode, Peer
from test_mempool import VALUE, coins, transaction


def test_P04_some_places_are_kept_for_those_who_want_blocks():
    """-inboundrelaypercent: of 20 inbound places 10 are for peers that relay transactions; others need not give way."""
    with ListeningNode() as node, contextlib.ExitStack() as stack:
        node.start("-maxconnections=31", "-inboundrelaypercent=50")
        for number in range(17):
            with contextlib.suppress(Closed):  # one too many may have to go in the middle of its words
                stack.enter_context(Peer(node)).handshake(relay=number >= 5)
        relaying = lambda: [peer["relaytxes"] for peer in node.getpeerinfo()]
        wait_for(lambda: sorted(relaying()) == [False] * 5 + [True] * 10)
        with Peer(node) as late:
            late.handshake(relay=False).sync()
            assert relaying().count(False) == 6
        wait_for(lambda: relaying().count(False) == 5)
        assert "enough others relay transactions (-inboundrelaypercent)" in node.log()
    with ListeningNode() as node, contextlib.ExitStack() as stack:
        node.start("-maxconnections=31", "-inboundrelaypercent=0", "-whitelist=noban@127.0.0.1")
        with Peer(node) as safe:
            safe.handshake()
            for _ in range(15):
                safe.sync()
        node.restart("-maxconnections=31", "-inboundrelaypercent=0")
        with Peer(node) as peer:
            with contextlib.suppress(Closed):
                peer.handshake()
            assert peer.is_gone()


def test_the_network_says_what_it_asks_for():
    with Node() as node:
        node.start()
        told = node.getnetworkinfo()
        assert (told["relayfee"], told["incrementalfee"]) == (0.000001, 0.000001)
        node.stop()
        node.start("-minrelaytxfee=0.00003", "-incrementalrelayfee=0.00002")
        told = node.getnetworkinfo()
        assert (told["relayfee"], told["incrementalfee"]) == (0.00003, 0.00002)
        assert node.getmempoolinfo()["minrelaytxfee"] == 0.00003


def test_print_priority():
    with Node() as node:
        node.start("-printpriority")
        txid, raw = transaction([coins(node, 1)[0]], [VALUE - 10_000])
        node.sendrawtransaction(raw)
        rate = 10_000 * 1000 // node.getmempoolentry(txid)["vsize"]
        line = f"fee rate 0.{rate:08} BTC/kvB txid {txid}"
        assert line not in node.log()
        node.getblocktemplate({"rules": ["segwit"]})
        assert node.log().count(line) == 1
        node.generatetodescriptor(1, RAW_TRUE)
        assert node.log().count(line) == 2
