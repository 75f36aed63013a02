# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Debian's python3-bitcoinlib, an independent codec of messages and blocks, talks to kepengd."""

import socket

import pytest

from framework import wait_for
from p2p import ListeningNode
from segwit_chain import SegwitChain

bitcoin = pytest.importorskip("bitcoin", reason="python3-bitcoinlib is not installed")
from bitcoin import messages  # noqa: E402
from bitcoin.net import CInv  # noqa: E402

WITNESS_BLOCK = 2 | 1 << 30
bitcoin.SelectParams("regtest")


class LibraryPeer:
    """A connection on which everything is made and read by the library."""

    def __init__(self, node):
        self.socket = socket.create_connection(("127.0.0.1", node.p2p_port), timeout=20)
        self.stream = self.socket.makefile("rb")

    def __enter__(self):
        hello = messages.msg_version()
        hello.nVersion = 70015
        hello.addrTo.ip = hello.addrFrom.ip = "127.0.0.1"
        self.send(hello)
        assert b"/kepeng:" in self.wait("version").strSubVer
        self.send(messages.msg_verack())
        self.wait("verack")
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.socket.close()

    def send(self, message):
        self.socket.sendall(message.to_bytes())

    def wait(self, name):
        while True:
            message = messages.MsgSerializable.stream_deserialize(self.stream)
            if message is None:  # one that the library does not know
                continue
            if message.command == b"ping":
                self.send(messages.msg_pong(nonce=message.nonce))
            if message.command == name.encode():
                return message

    def after(self, block_hash):
        """(how many headers follow, the hash of the first). The library passes over no count of transactions behind a
        header, so that it reads only the first one right."""
        question = messages.msg_getheaders()
        question.locator.vHave = [block_hash]
        self.send(question)
        headers = self.wait("headers").headers
        return len(headers), headers[0].GetHash() if headers else None

    def hashes_after(self, block_hash):
        question = messages.msg_getblocks()
        question.locator.vHave = [block_hash]
        self.send(question)
        return [item.hash for item in self.wait("inv").inv]

    def block(self, block_hash):
        item = CInv()
        item.type, item.hash = WITNESS_BLOCK, block_hash
        question = messages.msg_getdata()
        question.inv = [item]
        self.send(question)
        return self.wait("block").block


@pytest.fixture(scope="module")
def chain():
    return SegwitChain()


@pytest.fixture
def node(chain, tmp_path):
    with ListeningNode() as fresh:
        fresh.start(f"-loadblock={chain.write(tmp_path / 'chain.dat')}")
        wait_for(lambda: fresh.tip()["hash"] == chain.name, 60)
        yield fresh


def test_headers_and_blocks_as_the_library_reads_them(node, chain):
    hashes = [bitcoin.params.GENESIS_BLOCK.GetHash(), *(block.hash for block in chain.blocks)]
    with LibraryPeer(node) as peer:
        for height in range(0, chain.height, 50):
            assert peer.after(hashes[height]) == (chain.height - height, hashes[height + 1])
        assert peer.after(hashes[-1]) == (0, None)
        assert peer.hashes_after(hashes[0]) == hashes[1:]
        witnesses = 0
        for block in chain.blocks[-25:]:
            served = peer.block(block.hash)
            assert served.GetHash() == block.hash
            assert served.serialize() == block.raw
            witnesses += sum(not tx.wit.is_null() for tx in served.vtx[1:])
        assert witnesses == chain.signed_blocks
