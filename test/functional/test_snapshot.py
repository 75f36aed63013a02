# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""A snapshot of the coins goes from one node to another: dump, load, prove; with a reorganisation, a restart, pruning."""

import time

import pytest
from framework import RAW_TRUE, Node, RpcError, wait_for


def coins(node):
    info = node.gettxoutsetinfo("muhash")
    return {key: info[key] for key in ("height", "bestblock", "txouts", "muhash", "total_amount")}


def submit(node, source, heights):
    for height in heights:
        assert node.submitblock(source.getblock(source.getblockhash(height), 0)) in (None, "duplicate"), height


def offers_all_blocks(node):
    names = node.getnetworkinfo()["localservicesnames"]
    assert "NETWORK_LIMITED" in names
    return "NETWORK" in names


def wait_for_proof(node):
    deadline = time.monotonic() + 60
    while len(node.getchainstates()["chainstates"]) > 1:
        assert time.monotonic() < deadline, "the background does not come to an end"
        time.sleep(0.05)


@pytest.fixture
def source(node):
    """1,000 blocks, of which the last 100 were changed for others."""
    node.start("-fastprune")
    node.generatetodescriptor(1000, RAW_TRUE)
    before = coins(node)
    left = node.getblockhash(901)
    node.invalidateblock(left)
    assert node.getblockcount() == 900
    node.generatetodescriptor(101, "raw(52)")
    assert coins(node)["muhash"] != before["muhash"]
    return node


def test_from_one_node_to_another(source, tmp_path):
    path = str(tmp_path / "utxo.dat")
    at_dump = coins(source)
    dumped = source.dumptxoutset(path, "latest")
    assert dumped["coins_written"] == at_dump["txouts"]
    source.generatetodescriptor(20, RAW_TRUE)
    tip = coins(source)
    fact = f"{dumped['base_height']}:{dumped['base_hash']}:{dumped['txoutset_hash']}:{dumped['nchaintx']}"

    with Node() as other:
        other.start(f"-testassumeutxo={fact}")
        with pytest.raises(RpcError, match="must appear in the headers chain"):
            other.loadtxoutset(path)
        for height in range(1, tip["height"] + 1):
            other.submitheader(source.getblockheader(source.getblockhash(height), False))
        loaded = other.loadtxoutset(path)
        assert loaded == {"coins_loaded": dumped["coins_written"], "tip_hash": dumped["base_hash"],
                          "base_height": 1001, "path": path}
        assert coins(other) == at_dump
        assert not offers_all_blocks(other) and offers_all_blocks(source)
        with pytest.raises(RpcError, match="more than once"):
            other.loadtxoutset(path)
        submit(other, source, range(1002, tip["height"] + 1))
        assert coins(other) == tip

        # Killed and started again, it knows what it stands on.
        other.kill()
        other.start(f"-testassumeutxo={fact}")
        behind, ahead = other.getchainstates()["chainstates"]
        assert (behind["blocks"], behind["validated"]) == (0, True)
        assert (ahead["snapshot_blockhash"], ahead["validated"]) == (dumped["base_hash"], False)
        assert not offers_all_blocks(other)
        submit(other, source, range(1002, tip["height"] + 1))
        assert coins(other) == tip

        submit(other, source, range(1, 501))
        wait_for(lambda: other.getchainstates()["chainstates"][0]["blocks"] == 500, 30)
        background = other.getblockchaininfo()["backgroundvalidation"]
        assert (background["snapshotheight"], background["blocks"]) == (1001, 500)
        assert 0.4 < background["verificationprogress"] < 0.6
        submit(other, source, range(501, 1002))
        wait_for_proof(other)
        assert "backgroundvalidation" not in other.getblockchaininfo()
        assert other.getchainstates()["chainstates"][0]["validated"]
        assert offers_all_blocks(other)
        assert coins(other) == tip
        assert other.getchaintxstats()["txcount"] == source.getchaintxstats()["txcount"]
        other.stop()
        assert not (other.network_directory / "chainstate_snapshot").exists()
        other.start()
        assert coins(other) == tip
        assert other.verifychain(4, 0)


def test_a_snapshot_of_another_file_or_network(source, tmp_path):
    path = tmp_path / "utxo.dat"
    source.dumptxoutset(str(path), "latest")
    whole = path.read_bytes()
    bad = tmp_path / "bad.dat"

    def refused(contents, code, message):
        bad.write_bytes(contents)
        with pytest.raises(RpcError) as caught:
            source.loadtxoutset(str(bad))
        assert caught.value.code == code
        assert message in caught.value.message

    refused(b"nothing" + whole[7:], -22, "Unable to parse metadata: Invalid UTXO set snapshot magic bytes.")
    refused(whole[:5] + b"\x03\x00" + whole[7:], -22, "Version of snapshot 3 does not match any of the supported versions.")
    refused(whole[:7] + bytes.fromhex("f9beb4d9") + whole[11:], -22,
            "The network of the snapshot (main) does not match the network of this node (regtest).")
    refused(whole[:7] + bytes(4) + whole[11:], -22, "an unrecognized network")
    refused(whole, -32603, "The following snapshot heights are available: 110, 200, 299.")


def test_a_dump_of_an_earlier_block(source, tmp_path):
    then = source.gettxoutsetinfo()
    source.generatetodescriptor(30, RAW_TRUE)
    dumped = source.dumptxoutset(str(tmp_path / "then.dat"), "", {"rollback": then["height"]})
    assert dumped["txoutset_hash"] == then["hash_serialized_3"]
    assert dumped["base_hash"] == then["bestblock"]
    assert source.getblockcount() == then["height"] + 30
    assert [path.name for path in tmp_path.iterdir()] == ["then.dat"]


def test_prune_and_dump(source, tmp_path):
    before = coins(source)
    source.stop()
    source.start("-fastprune", "-prune=1")
    assert source.pruneblockchain(600) > 0
    assert source.getblockchaininfo()["pruned"]
    assert coins(source) == before
    assert source.dumptxoutset(str(tmp_path / "utxo.dat"), "latest")["coins_written"] == before["txouts"]
    source.stop()
    source.start("-fastprune", "-prune=1")
    assert coins(source) == before
