# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Transactions of any shape, right or wrong, and a node with coins to try them on."""

import hashlib
import struct

from framework import RAW_TRUE, Node, RpcError
from p2p import compact, sha256d
from test_mempool import SCRIPT, TO_SCRIPT, VALUE, coins, transaction

ANCHOR = b"\x51\x02\x4e\x73"
NULL = ("00" * 32, 0xFFFFFFFF)
PIECES = 40
FUND = VALUE // PIECES - 1_000
FEE = 2_000


def push(data):
    if len(data) < 0x4C:
        return bytes([len(data)]) + data
    if len(data) <= 0xFF:
        return b"\x4c" + bytes([len(data)]) + data
    return b"\x4d" + struct.pack("<H", len(data)) + data


def wsh(witness_script):
    return b"\x00\x20" + hashlib.sha256(witness_script).digest()


def sh(redeem_script):
    return b"\xa9\x14" + hashlib.new("ripemd160", hashlib.sha256(redeem_script).digest()).digest() + b"\x87"


class In:
    def __init__(self, coin, script_sig=b"", sequence=0xFFFFFFFD, witness=(b"\x51",)):
        self.coin, self.script_sig, self.sequence, self.witness = coin, script_sig, sequence, witness


class Tx:
    """`inputs` are In or plain coins of SCRIPT; `outputs` are (value, script) or plain values to SCRIPT."""

    def __init__(self, inputs, outputs, version=2, lock_time=0):
        self.inputs = [one if isinstance(one, In) else In(one) for one in inputs]
        self.outputs = [one if isinstance(one, tuple) else (one, SCRIPT) for one in outputs]
        self.version, self.lock_time = version, lock_time

    def body(self):
        bytes_ = compact(len(self.inputs))
        for one in self.inputs:
            txid, vout = one.coin[:2]
            bytes_ += bytes.fromhex(txid)[::-1] + struct.pack("<I", vout) + compact(len(one.script_sig))
            bytes_ += one.script_sig + struct.pack("<I", one.sequence)
        bytes_ += compact(len(self.outputs))
        for value, script in self.outputs:
            bytes_ += struct.pack("<q", value) + compact(len(script)) + script
        return bytes_

    def raw(self):
        head, tail = struct.pack("<i", self.version), struct.pack("<I", self.lock_time)
        if not any(one.witness for one in self.inputs):
            return head + self.body() + tail
        witnesses = b""
        for one in self.inputs:
            witnesses += compact(len(one.witness)) + b"".join(compact(len(item)) + item for item in one.witness)
        return head + b"\x00\x01" + self.body() + witnesses + tail

    @property
    def hex(self):
        return self.raw().hex()

    @property
    def txid(self):
        return sha256d(struct.pack("<i", self.version) + self.body() + struct.pack("<I", self.lock_time))[::-1].hex()

    def coin(self, vout=0):
        return (self.txid, vout)


class Bench:
    """A node with several hundred coins of FUND to SCRIPT."""

    def __init__(self, node, funds=12):
        self.node = node
        self.coins = []
        for fund in coins(node, funds):
            txid, raw = transaction([fund], [FUND] * PIECES)
            node.sendrawtransaction(raw)
            self.coins += [(txid, vout) for vout in range(PIECES)]
        self.mine()

    def coin(self):
        return self.coins.pop()

    def mine(self):
        self.node.generatetodescriptor(1, RAW_TRUE)

    def confirm(self, *transactions):
        """In a block of their own, whatever the mempool would say."""
        return self.node.generateblock(TO_SCRIPT, [tx.hex for tx in transactions])["hash"]

    def fund(self, *scripts, value=100_000):
        """Confirmed outputs to these scripts."""
        tx = Tx([self.coin()], [(value, script) for script in scripts])
        self.confirm(tx)
        return [tx.coin(vout) for vout in range(len(scripts))]

    def pay(self, coin=None, value=FUND - FEE, **named):
        """A usual transaction, in the mempool."""
        tx = Tx([coin or self.coin()], [value], **named)
        self.node.sendrawtransaction(tx.hex)
        return tx

    def refusal(self, *transactions):
        """The reason for the last of these, by testmempoolaccept; the whole text is what sendrawtransaction says too."""
        answer = self.node.testmempoolaccept([tx.hex for tx in transactions], 0)[-1]
        assert not answer.get("allowed", False), answer
        if len(transactions) == 1 and answer["reject-reason"] != "txn-already-in-mempool":
            said = self.error("sendrawtransaction", transactions[0].hex, 0)
            if answer["reject-reason"] not in ("missing-inputs", "txn-already-known"):
                assert said == (-26, answer["reject-details"])
        return answer["reject-reason"]

    def details(self, tx):
        answer = self.node.testmempoolaccept([tx.hex], 0)[0]
        return answer.get("reject-details", "")

    def error(self, method, *arguments):
        try:
            self.node.call(method, *arguments)
        except RpcError as error:
            return error.code, error.message
        raise AssertionError(f"{method} did not fail")

    def is_fine(self, tx):
        answer = self.node.testmempoolaccept([tx.hex], 0)[0]
        return answer["allowed"] or answer


def started(*arguments, funds=12):
    """A context: with started() as bench."""
    return _Started(arguments, funds)


class _Started:
    def __init__(self, arguments, funds):
        self.arguments, self.funds = arguments, funds

    def __enter__(self):
        self.node = Node().__enter__()
        try:
            return Bench(self.node.start(*self.arguments), self.funds)
        except BaseException:
            self.node.__exit__()
            raise

    def __exit__(self, *why):
        self.node.__exit__(*why)
