# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Blocks made and handed in over RPC, reorganizations, restarts, crashes."""

import pytest

from framework import RAW_TRUE, Node, RpcError, wait_for

ADDRESS = "bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku202"


def test_generate_a_thousand(node):
    node.start()
    hashes = node.generatetoaddress(1000, ADDRESS)
    assert len(set(hashes)) == 1000
    assert node.tip() == {"hash": hashes[-1], "height": 1000}
    assert node.verifychain(4, 0) is True
    # A thread of its own writes it.
    wait_for(lambda: f"UpdateTip: new best={hashes[-1]} height=1000 version=0x20000000" in node.log())
    node.stop()


def test_restart_and_crash_keep_the_chain(node):
    node.start()
    node.generate(150)
    best = node.tip()
    node.restart()
    assert node.tip() == best
    node.generate(20)
    node.kill()
    node.start()
    # What was not flushed is replayed from nothing but the block files, or asked for again: never less than before.
    assert node.height() >= 150
    assert node.verifychain(4, 0) is True
    node.stop()


def test_reorganization_of_a_hundred_blocks(node):
    node.start()
    hashes = node.generate(130)
    node.invalidateblock(hashes[30])
    assert node.tip() == {"hash": hashes[29], "height": 30}
    node.setmocktime(2_000_000_000)
    other = node.generate(101)
    assert node.height() == 131
    assert not set(other) & set(hashes)
    node.reconsiderblock(hashes[30])
    assert node.tip()["hash"] == other[-1]
    node.invalidateblock(other[0])
    assert node.tip()["hash"] == hashes[-1]
    node.restart()
    assert node.tip()["hash"] == hashes[-1]
    assert node.verifychain(4, 0) is True
    node.reconsiderblock(other[0])
    assert node.tip()["hash"] == other[-1]
    node.stop()


def test_submitblock_answers(node):
    node.start()
    node.generate(1)
    block = node.generateblock(RAW_TRUE, [], False)["hex"]
    assert node.submitblock(block) is None
    assert node.submitblock(block) == "duplicate"
    late = node.generateblock(RAW_TRUE, [], False)["hex"]
    node.setmocktime(2_000_000_000)
    node.generate(1)
    assert node.submitblock(late) == "inconclusive"
    node.invalidateblock(node.tip()["hash"])
    assert node.submitblock(late) == "duplicate"
    with pytest.raises(RpcError) as decode:
        node.submitblock("00")
    assert (decode.value.code, decode.value.message) == (-22, "Block decode failed")
    spoiled = late[:72] + ("0" if late[72] != "0" else "1") + late[73:]
    assert node.submitblock(spoiled) in ("high-hash", "bad-txnmrklroot")
    node.stop()


def test_reindexing_gives_the_same_chain(node):
    node.start()
    node.generate(120)
    best = node.tip()
    for option in ("-reindex", "-reindex-chainstate"):
        node.restart(option)
        node.waitforblockheight(best["height"], 30_000)
        assert node.tip() == best
    node.stop()


def test_blocks_from_a_file(node, tmp_path):
    node.start("-blocksxor=0")
    node.generate(60)
    best = node.tip()
    node.stop()
    (tmp_path / "import.dat").write_bytes((node.network_directory / "blocks" / "blk00000.dat").read_bytes())
    with Node() as other:
        other.launch(f"-loadblock={tmp_path / 'import.dat'}", "-stopafterblockimport")
        assert other.wait_until_ended() == 0, other.printed()
        assert "Loaded 60 blocks from external file" in other.log()
        other.start()
        assert other.tip() == best
        other.stop()


def test_stop_at_height(node):
    node.start("-stopatheight=5")
    try:
        node.generate(10)
    except OSError:  # it may be gone before it has answered
        pass
    assert node.wait_until_ended() == 0
    node.start()
    assert node.height() >= 5
    node.stop()
