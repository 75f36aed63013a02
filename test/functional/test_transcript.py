# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Replays calls that were recorded on bitcoind, on the same chain, and compares the answers as JSON values.

Left out of a comparison are only the members that differ by nature (DIFFERS_BY_NATURE), and answers that bitcoind took
from an index that kepeng does not have (`needs_index`): those of the coin statistics index are compared in the members
that do not need it.
"""

import collections
import json
import lzma

import pytest

import mkchain
from framework import Node, shared, wait_for

MOCK_TIME = 1700000000
# The last two: whether a template was asked for before, and the order of the calls was not kept.
DIFFERS_BY_NATURE = {"warnings", "size_on_disk", "disk_size", "longpollid", "version", "subversion",
                     "currentblockweight", "currentblocktx"}

# Every one of these has recorded calls, and is there: a method that vanished would not be noticed otherwise.
METHODS = {
    "converttopsbt", "createpsbt", "createrawtransaction", "decodepsbt", "decoderawtransaction", "decodescript",
    "deriveaddresses", "getdescriptorinfo",
    "finalizepsbt", "getblock", "getblockcount", "getblockhash", "getblockheader", "getblockstats", "getchaintips",
    "getchaintxstats", "getdeploymentinfo", "getdifficulty", "getmininginfo", "getnetworkhashps", "getrawtransaction",
    "gettxout", "gettxoutproof", "gettxoutsetinfo", "gettxspendingprevout", "validateaddress", "verifytxoutproof",
}  # fmt: skip

# Not a function of the chain alone, or of what the recording node was told before (the order was not kept).
STATEFUL = {"invalidateblock", "reconsiderblock", "setmocktime", "submitblock", "submitheader"}


def load():
    path = shared("vectors/rpc/transcript_seed1.jsonl.xz")
    if path is None:
        pytest.skip("the shared vector sets are not here (KEPENG_SHARED)")
    with lzma.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    chain = mkchain.expected(1)
    if chain is None:
        pytest.skip("the shared vector sets are not here (KEPENG_SHARED)")
    path = mkchain.make(chain, tmp_path_factory.mktemp("mkchain"))
    with Node() as node:
        node.start(f"-mocktime={MOCK_TIME}", "-maxtipage=1000000000", f"-loadblock={path}")
        wait_for(lambda: node.getblockcount() == chain["height"], seconds=120)
        assert node.getbestblockhash() == chain["tip"]
        yield node
        node.stop()


def strip(value):
    if isinstance(value, dict):
        return {key: strip(item) for key, item in value.items() if key not in DIFFERS_BY_NATURE}
    if isinstance(value, list):
        return [strip(item) for item in value]
    return value


def parse(text):
    """Numbers stay text, so that 0.1 and 0.10000000 differ."""
    return strip(json.loads(text, parse_float=str, parse_int=str)) if text else None


def needs_index(method, params):
    if method == "getindexinfo":
        return True
    if method == "getrawtransaction":
        return len(params) < 3
    return method == "gettxoutsetinfo" and params[:1] != ["hash_serialized_3"]


def needs_miniscript(method, params):
    return method in ("deriveaddresses", "getdescriptorinfo") and "and_v(" in params[0]


def test_recorded_calls(node):
    counts = collections.Counter()
    wrong = []
    unknown = collections.Counter()
    for entry in load():
        method = entry.get("method")
        if method is None or method in STATEFUL or needs_index(method, entry["params"]) \
                or needs_miniscript(method, entry["params"]):
            continue
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": entry["params"]})
        response = node.request(body)
        found, recorded = parse(response.text), parse(entry["answer"])
        if found.get("error", {}).get("code") == "-32601":
            unknown[method] += 1
            continue
        counts[method] += 1
        if (response.status, found) != (entry["http"], recorded):
            wrong.append((method, entry["params"], recorded, found))
    for method, params, recorded, found in wrong:
        print(f"{method} {json.dumps(params)[:300]}\n  recorded {json.dumps(recorded)[:1500]}\n"
              f"  found    {json.dumps(found)[:1500]}")
    print(f"equal: {sum(counts.values()) - len(wrong)} of {sum(counts.values())}; not there: {dict(unknown)}")
    assert not wrong, f"{len(wrong)} answers differ"
    assert METHODS <= set(counts), METHODS - set(counts)
    assert sum(counts[method] for method in METHODS) == 369


def test_recorded_bodies(node):
    """Raw HTTP bodies: batches, versions, errors of form."""
    entries = [entry for entry in load() if "body" in entry]
    assert len(entries) == 10
    for entry in entries:
        response = node.request(entry["body"])
        assert (response.status, parse(response.text)) == (entry["http"], parse(entry["answer"])), entry["body"]


def test_tip_answers_of_the_coin_statistics_index(node):
    """What that index answers about the tip is what a walk over the coins gives."""
    tip = node.getbestblockhash()
    compared = 0
    for entry in load():
        if entry.get("method") != "gettxoutsetinfo" or entry["params"][:1] not in (["none"], ["muhash"]):
            continue
        recorded = json.loads(entry["answer"])["result"]
        if recorded["bestblock"] != tip:
            continue
        found = node.gettxoutsetinfo(entry["params"][0])
        shared_members = set(found) & set(recorded)
        assert {"height", "bestblock", "txouts", "bogosize", "total_amount"} <= shared_members
        assert ("muhash" in shared_members) == (entry["params"][0] == "muhash")
        assert {key: found[key] for key in shared_members} == {key: recorded[key] for key in shared_members}
        compared += 1
    assert compared >= 2


def test_every_transaction_recorded_by_txindex_is_in_its_block(node):
    """Answers that bitcoind found by txindex: with the block's hash they are the same."""
    compared = 0
    for entry in load():
        if entry.get("method") != "getrawtransaction" or not needs_index("getrawtransaction", entry["params"]):
            continue
        recorded = parse(entry["answer"])
        if not isinstance(recorded.get("result"), dict):
            continue
        block = recorded["result"]["blockhash"]
        params = [*entry["params"], block]
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "getrawtransaction", "params": params})
        found = parse(node.request(body).text)
        assert found["result"].pop("in_active_chain") is True
        assert found == recorded
        compared += 1
    assert compared > 10


def test_set_hashes_are_those_that_are_known(node):
    known = mkchain.expected(1)["utxo"]
    for hash_type in ("hash_serialized_3", "muhash"):
        found = node.gettxoutsetinfo(hash_type)
        for member in ("txouts", "transactions", "bogosize", "total_amount", hash_type):
            assert found[member] == known[member], member


def test_snapshots(node):
    """The tip's snapshot, and that of an earlier block made by rolling back beside the running chain."""
    latest = node.dumptxoutset("latest.dat", "latest")
    assert latest["txoutset_hash"] == mkchain.expected(1)["utxo"]["hash_serialized_3"]
    assert latest["nchaintx"] == mkchain.expected(1)["transactions"] + 1
    old = node.call("dumptxoutset", path="old.dat", rollback=150)
    assert (old["base_height"], old["coins_written"]) == (150, 21675)
    for dumped in (latest, old):
        with open(dumped["path"], "rb") as file:
            assert file.read(5) == b"utxo\xff"
