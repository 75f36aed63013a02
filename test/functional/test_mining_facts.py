# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""What miners ask besides templates, and the options that shape their blocks."""

import time

import pytest
from framework import RAW_TRUE, Node, error_of
from p2p import mine, sha256d
from rawtx import FUND, started

RULES = {"rules": ["segwit"]}


def test_mining_info():
    with Node() as node:
        node.start()
        node.generatetodescriptor(1, RAW_TRUE)
        node.restart()
        info = node.getmininginfo()
        assert list(info) == ["blocks", "bits", "difficulty", "target", "networkhashps", "pooledtx", "blockmintxfee",
                              "chain", "next", "warnings"]
        assert info["blocks"] == 1 and info["chain"] == "regtest" and info["pooledtx"] == 0
        assert info["bits"] == "207fffff" and info["target"] == "7fffff" + "0" * 58
        assert info["blockmintxfee"] == 0.00000001
        assert info["next"] == {"height": 2, "bits": info["bits"], "difficulty": info["difficulty"],
                                "target": info["target"]}
        node.getblocktemplate(RULES)
        info = node.getmininginfo()
        assert list(info)[1:3] == ["currentblockweight", "currentblocktx"]
        assert info["currentblockweight"] == 8_000 and info["currentblocktx"] == 0
    with started("-blockreservedweight=4000", funds=1) as bench:
        weight = 4 * len(bytes.fromhex(bench.node.getrawtransaction(bench.pay().txid)))
        bench.node.getblocktemplate(RULES)
        info = bench.node.getmininginfo()
        assert info["currentblocktx"] == info["pooledtx"] == 1
        assert 4_000 < info["currentblockweight"] < 4_000 + weight
        bench.mine()
        bench.mine()
        assert bench.node.getmininginfo()["currentblocktx"] == 0


def test_hash_rate(node):
    node.start()
    begin = int(time.time()) - 10_000
    assert node.getnetworkhashps() == 0
    for number in range(20):
        node.setmocktime(begin + 100 * number)
        node.generatetodescriptor(1, RAW_TRUE)
    # Two hashes a block, in a hundred seconds.
    assert node.getnetworkhashps(10) == pytest.approx(2 / 100)
    assert node.getnetworkhashps(10, 15) == pytest.approx(2 / 100)
    assert node.getnetworkhashps(-1) > 0 and node.getnetworkhashps(1000) > 0
    assert node.getnetworkhashps(120, 0) == 0
    for blocks in (0, -2):
        assert error_of(node, "getnetworkhashps", blocks) == (-8, "Invalid nblocks. Must be a positive number or -1.")
    for height in (21, -2):
        assert error_of(node, "getnetworkhashps", 10, height) == (-8, "Block does not exist at specified height")


def test_submit_header(node):
    node.start()
    node.generatetodescriptor(2, RAW_TRUE)
    tip = bytes.fromhex(node.getbestblockhash())[::-1]
    now = int(time.time()) + 60
    first = mine(tip, bytes(32), now)
    second = mine(sha256d(first), bytes(32), now + 1)
    for bad in ("", "ff", "zz" * 80, first.hex() + "00", first.hex()[2:]):
        assert error_of(node, "submitheader", bad) == (-22, "Block header decode failed")
    code, message = error_of(node, "submitheader", second.hex())
    assert code == -25 and message == f"Must submit previous header ({second[4:36][::-1].hex()}) first"
    assert node.submitheader(first.hex()) is None
    assert node.submitheader(second.hex()) is None
    assert node.submitheader(second.hex()) is None  # again is fine
    tips = {one["height"]: one["status"] for one in node.getchaintips()}
    assert tips[4] == "headers-only" and node.getblockchaininfo()["headers"] == 4 and node.getblockcount() == 2
    old = mine(tip, bytes(32), 1_296_688_602)
    assert error_of(node, "submitheader", old.hex()) == (-25, "time-too-old")


def test_the_least_that_is_mined():
    with started("-blockmintxfee=0.0001", funds=1) as bench:
        node = bench.node
        cheap = bench.pay(value=FUND - 500)  # about 5 sat/vB
        dear = bench.pay(value=FUND - 2_000)
        parent = bench.pay(value=FUND - 500)
        child = bench.pay(parent.coin(), FUND - 10_000)
        template = node.getblocktemplate(RULES)
        assert {tx["txid"] for tx in template["transactions"]} == {dear.txid, parent.txid, child.txid}
        assert node.getmininginfo()["blockmintxfee"] == 0.0001
        bench.mine()
        assert node.getrawmempool() == [cheap.txid]


def test_the_weight_of_a_block():
    with started("-blockmaxweight=12000", "-blockreservedweight=2000", funds=1) as bench:
        node = bench.node
        for _ in range(35):
            bench.pay()
        template = node.getblocktemplate(RULES)
        weight = sum(tx["weight"] for tx in template["transactions"])
        one = template["transactions"][0]["weight"]
        fit = 10_000 // one
        assert 0 < fit < 35 and len(template["transactions"]) == fit and weight <= 10_000
        block = node.getblock(node.generatetodescriptor(1, RAW_TRUE)[0])
        assert block["nTx"] == 1 + fit and block["weight"] <= 12_000


@pytest.mark.parametrize("option", ["-blockmaxweight=4000001", "-blockreservedweight=1999", "-blockreservedweight=4000001",
                                    "-blockmintxfee=lots"])
def test_options_that_make_no_block(node, option):
    said = node.fails_to_start(option)
    assert option.split("=")[0] in said
