# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""The mempool as users see it: in, out, over a restart, through a reorganisation, and into blocks."""

import hashlib
import struct
import threading
import time

import pytest
from framework import RAW_TRUE, Node, RpcError, wait_for

# P2WSH of OP_TRUE: spent by the script alone.
SCRIPT = b"\x00\x20" + hashlib.sha256(b"\x51").digest()
TO_SCRIPT = f"raw({SCRIPT.hex()})"


def sha256d(data):
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def compact(number):
    return bytes([number]) if number < 0xFD else b"\xfd" + struct.pack("<H", number)


def transaction(inputs, values, version=2, sequence=0xFFFFFFFD):
    """Spends outputs (txid, vout) of SCRIPT, and pays these values to it. Returns (txid, hex)."""
    head = struct.pack("<i", version)
    body = compact(len(inputs))
    for txid, vout in inputs:
        body += bytes.fromhex(txid)[::-1] + struct.pack("<I", vout) + b"\x00" + struct.pack("<I", sequence)
    body += compact(len(values))
    for value in values:
        body += struct.pack("<q", value) + bytes([len(SCRIPT)]) + SCRIPT
    tail = struct.pack("<I", 0)
    witness = b"\x01\x01\x51" * len(inputs)
    return sha256d(head + body + tail)[::-1].hex(), (head + b"\x00\x01" + body + witness + tail).hex()


def coins(node, count):
    """Mature coinbases to SCRIPT, as (txid, 0)."""
    hashes = node.generatetodescriptor(count, TO_SCRIPT)
    node.generatetodescriptor(100, RAW_TRUE)
    return [(node.getblock(one)["tx"][0], 0) for one in hashes]


VALUE = 50 * 100_000_000


@pytest.fixture
def node():
    with Node() as node:
        yield node.start()


def test_in_and_into_a_block(node):
    a, b = coins(node, 2)
    first, raw = transaction([a], [VALUE - 10_000, ])
    assert node.sendrawtransaction(raw) == first
    assert node.sendrawtransaction(raw) == first  # again is fine
    assert node.getrawtransaction(first) == raw
    shown = node.getrawtransaction(first, 2)
    assert shown["hex"] == raw and shown["vsize_adjusted"] == shown["vsize"] and "blockhash" not in shown
    second, raw = transaction([(first, 0), b], [VALUE, VALUE - 30_000])
    assert node.sendrawtransaction(raw) == second
    entry = node.getmempoolentry(second)
    assert entry["ancestorcount"] == 2 and entry["depends"] == [first]
    assert node.getmempoolancestors(second) == [first] and node.getmempooldescendants(first) == [second]
    assert node.getmempoolcluster(first)["txcount"] == 2
    assert node.getrawmempool() == [first, second]
    assert node.gettxspendingprevout([{"txid": first, "vout": 0}])[0]["spendingtxid"] == second
    assert node.gettxout(second, 0)["confirmations"] == 0
    assert node.gettxout(first, 0) is None and node.gettxout(a[0], 0) is None
    assert node.gettxout(a[0], 0, False)["coinbase"]
    template = node.getblocktemplate({"rules": ["segwit"]})
    assert [one["txid"] for one in template["transactions"]] == [first, second]
    assert template["transactions"][1]["depends"] == [1]
    block = node.getblock(node.generatetodescriptor(1, RAW_TRUE)[0], 2)
    assert [tx["txid"] for tx in block["tx"][1:]] == [first, second]
    assert block["tx"][0]["vout"][0]["value"] * 100_000_000 == template["coinbasevalue"]
    assert node.getrawmempool() == []
    with pytest.raises(RpcError) as caught:
        node.sendrawtransaction(raw)
    assert caught.value.code == -27


def test_over_a_restart(node):
    a, b = coins(node, 2)
    first, raw = transaction([a], [VALUE - 10_000])
    node.sendrawtransaction(raw)
    second, raw = transaction([(first, 0)], [VALUE - 30_000])
    node.sendrawtransaction(raw)
    node.prioritisetransaction(first, 0, 12_345)
    before = node.getrawmempool(True)
    node.stop()
    node.start()
    wait_for(lambda: node.getmempoolinfo()["loaded"])
    assert node.getrawmempool(True) == before
    assert node.getprioritisedtransactions()[first]["fee_delta"] == 12_345
    assert node.getmempoolinfo()["unbroadcastcount"] == 2
    # A damaged file costs the mempool, nothing else.
    node.stop()
    path = node.network_directory / "mempool.dat"
    path.write_bytes(path.read_bytes()[:-7])
    node.start()
    wait_for(lambda: node.getmempoolinfo()["loaded"])
    assert node.getrawmempool() == []
    assert "cannot be used" in node.log()
    # The older form is understood, and written where one wants it.
    node.stop()
    node.start("-persistmempoolv1")
    node.sendrawtransaction(transaction([b], [VALUE - 500])[1])
    saved = node.savemempool()["filename"]
    assert open(saved, "rb").read(8) == struct.pack("<Q", 1)
    node.stop()
    node.start("-persistmempool=0")
    assert node.getrawmempool() == []
    node.importmempool(saved)
    assert len(node.getrawmempool()) == 1


def test_through_a_reorganisation(node):
    a, b = coins(node, 2)
    first, raw_first = transaction([a], [VALUE - 10_000])
    node.sendrawtransaction(raw_first)
    block = node.generatetodescriptor(1, RAW_TRUE)[0]
    second, raw_second = transaction([(first, 0)], [VALUE - 30_000])
    node.sendrawtransaction(raw_second)
    node.invalidateblock(block)
    assert sorted(node.getrawmempool()) == sorted([first, second])
    node.generatetodescriptor(1, "raw(52)")
    assert node.getrawmempool() == []
    # What another block contradicts is gone, with what spends it.
    third, raw_third = transaction([b], [VALUE - 20_000])
    fourth, raw_fourth = transaction([(third, 0)], [VALUE - 40_000])
    rival, raw_rival = transaction([b], [VALUE - 60_000])
    node.sendrawtransaction(raw_third)
    node.sendrawtransaction(raw_fourth)
    node.generateblock(f"raw({SCRIPT.hex()})", [raw_rival])
    assert node.getrawmempool() == []
    with pytest.raises(RpcError) as caught:
        node.sendrawtransaction(raw_third)
    assert "bad-txns-inputs-missingorspent" in caught.value.message


def test_a_coinbase_that_is_too_young_again(node):
    """B-085: what spends a coinbase goes when a reorganisation makes the coinbase young."""
    node.generatetodescriptor(100, TO_SCRIPT)
    coin = (node.getblock(node.getblockhash(1))["tx"][0], 0)
    spent, raw = transaction([coin], [VALUE - 10_000])
    node.sendrawtransaction(raw)
    node.invalidateblock(node.getbestblockhash())
    assert node.getrawmempool() == []
    with pytest.raises(RpcError) as caught:
        node.sendrawtransaction(raw)
    assert caught.value.message == (
        "bad-txns-premature-spend-of-coinbase, tried to spend coinbase at depth 99"
    )


def test_b100_replacement(node):
    """B-100: who pays more in all and a better rate replaces; who does not is told why."""
    a, b = coins(node, 2)
    first, raw = transaction([a], [VALUE - 10_000])
    node.sendrawtransaction(raw)

    def refusal(*arguments, **named):
        with pytest.raises(RpcError) as caught:
            node.sendrawtransaction(transaction(*arguments, **named)[1])
        assert caught.value.code == -26
        return caught.value.message

    assert refusal([a], [VALUE - 9_000]).startswith("insufficient fee, rejecting replacement")
    assert "not enough additional fees to relay" in refusal([a], [VALUE - 10_001])
    assert refusal([a, (first, 0)], [VALUE]).startswith("bad-txns-spends-conflicting-tx")
    # Who spends its own conflict is told so last: the fee comes first.
    assert refusal([a, (first, 0)], [2 * VALUE - 19_000]).startswith("insufficient fee, rejecting replacement")
    # More fee, but so large that the rate is worse.
    assert "replacement-failed" in refusal([a], [10_000] * 400 + [VALUE - 400 * 10_000 - 40_000])
    better, raw = transaction([a], [VALUE - 20_000])
    assert node.sendrawtransaction(raw) == better
    assert node.getrawmempool() == [better]


def test_priorities_that_are_too_large(node):
    """What the operator adds ends at the largest number, and does not turn negative."""
    a = coins(node, 1)[0]
    first, raw = transaction([a], [VALUE - 10_000])
    node.sendrawtransaction(raw)
    second, raw = transaction([(first, 0)], [VALUE - 20_000])
    node.sendrawtransaction(raw)
    for txid in (first, second):
        for _ in range(3):
            node.prioritisetransaction(txid, 0, 2**62)
    most = 2**63 - 1
    assert node.getprioritisedtransactions()[second] == {
        "fee_delta": most, "in_mempool": True, "modified_fee": most}
    assert node.getmempoolentry(first)["fees"]["descendant"] > 9e10
    assert [tx["txid"] for tx in node.getblocktemplate({"rules": ["segwit"]})["transactions"]] == [first, second]
    for txid in (first, second):
        for _ in range(4):
            node.prioritisetransaction(txid, 0, -(2**62))
    assert node.getprioritisedtransactions()[second]["fee_delta"] == -(2**63)


def test_b030_a_thousand_replacements(node):
    """B-030: replacing again and again costs the sender more each time, and us no more than the last one takes."""
    a = coins(node, 1)[0]
    for number in range(1, 1001):
        txid, raw = transaction([a], [VALUE - 100 * number])
        assert node.sendrawtransaction(raw) == txid
    assert node.getrawmempool() == [txid]
    info = node.getmempoolinfo()
    assert info["usage"] < 5_000 and round(info["total_fee"] * 100_000_000) == 100_000


def test_b099_clusters(node):
    """B-099: the 65th transaction that hangs together with others stays out, and nobody else goes."""
    a = coins(node, 1)[0]
    last, value = a, VALUE
    for _ in range(64):
        value -= 200
        txid, raw = transaction([last], [value])
        node.sendrawtransaction(raw)
        last = (txid, 0)
    with pytest.raises(RpcError) as caught:
        node.sendrawtransaction(transaction([last], [value - 200])[1])
    assert caught.value.message == "too-large-cluster"
    assert len(node.getrawmempool()) == 64


def test_p32_the_size_limit(node):
    """P-32: what pays least goes when the mempool is full, and the price of entry rises."""
    funds = coins(node, 5)
    node.stop()
    node.start("-maxmempool=5", "-datacarriersize=100000")
    spread = []
    for fund in funds:
        txid, raw = transaction([fund], [VALUE // 400 - 500] * 400)
        node.sendrawtransaction(raw)
        spread += [(txid, i) for i in range(400)]
    node.generatetodescriptor(1, RAW_TRUE)
    assert node.getmempoolinfo()["mempoolminfee"] == 0.000001
    refused = 0
    for number, coin in enumerate(spread):
        try:
            node.sendrawtransaction(transaction([coin], [1_000] * 60 + [VALUE // 400 - 500 - 60_000 - 5_000 - 20 * number])[1])
        except RpcError as error:
            refused += 1
            assert "mempool" in error.message
    info = node.getmempoolinfo()
    assert info["usage"] <= 5_000_000 and info["size"] < len(spread)
    assert info["mempoolminfee"] > 0.000001
    assert refused < 50


def error_of(call, *arguments):
    with pytest.raises(RpcError) as caught:
        call(*arguments)
    return caught.value.code, caught.value.message


MINED = (-27, "Transaction outputs already in utxo set")


def test_sending_what_is_here_or_mined():
    """Whoever sends what others have brought gets its id; what was mined is told before anything else about it."""
    with Node() as node:
        node.start()
        funds = coins(node, 12)
        # Not standard, but mined.
        raw = transaction([funds[0]], [VALUE - 10_000], version=77)[1]
        node.generateblock("raw(51)", [raw])
        assert error_of(node.sendrawtransaction, raw) == MINED
        # By many at once.
        sent = [transaction([fund], [VALUE - 10_000]) for fund in funds[1:]]
        answers = []

        def send():
            for txid, raw in sent:
                try:
                    answers.append((node.sendrawtransaction(raw), txid))
                except RpcError as error:
                    answers.append((error.message, txid))

        senders = [threading.Thread(target=send) for _ in range(6)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        assert len(answers) == 6 * len(sent) and all(got == txid for got, txid in answers), answers


def test_what_is_too_dear_stays_out(node):
    a, b = coins(node, 2)
    txid, raw = transaction([a], [VALUE - 10_000])
    too_dear = (-25, "Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)")
    assert error_of(node.sendrawtransaction, raw, "0.00001") == too_dear
    assert error_of(node.sendrawtransaction, transaction([b], [VALUE // 2])[1]) == too_dear
    assert node.getrawmempool() == []
    assert node.sendrawtransaction(raw, "0.002") == txid
    assert node.sendrawtransaction(transaction([b], [VALUE // 2])[1], 0)


def test_what_counts_as_burnt(node):
    """Also what does not parse, or has opcodes that nobody knows."""
    from rawtx import Tx

    coin = coins(node, 1)[0]
    burns = (-25, "Unspendable output exceeds maximum configured by user (maxburnamount)")
    for script in (b"\x6a", b"\x4c", b"\x05\x01", b"\xba", b"\xff\x51"):
        raw = Tx([coin], [VALUE - 100_000, (1_000, script)]).hex
        assert error_of(node.sendrawtransaction, raw) == burns, script
        assert error_of(node.submitpackage, [raw]) == burns, script
        if script != b"\x6a":
            assert error_of(node.sendrawtransaction, raw, 0, "0.00001")[0] == -26
    assert error_of(node.sendrawtransaction, Tx([coin], [VALUE - 100_000, (1_000, b"\xb9")]).hex)[0] == -26


def test_dust_has_no_priority(node):
    from rawtx import Tx

    parent = Tx(coins(node, 1), [VALUE, 0], version=3)
    child = Tx([parent.coin(0), parent.coin(1)], [VALUE - 10_000], version=3)
    assert node.submitpackage([parent.hex, child.hex])["package_msg"] == "success"
    refused = (-8, "Priority is not supported for transactions with dust outputs.")
    assert error_of(node.prioritisetransaction, parent.txid, 0, 1_000) == refused
    assert node.getprioritisedtransactions() == {}
    assert node.prioritisetransaction(child.txid, 0, 1_000)
    node.stop()
    node.start("-acceptnonstdtxn=1", "-persistmempool=0")
    assert node.submitpackage([parent.hex, child.hex])["package_msg"] == "success"
    assert node.prioritisetransaction(parent.txid, 0, 1_000)


def test_signalled_replacement(node):
    """-deprecatedrpc=bip125: whether a transaction, or one that it needs, says that it may be replaced."""
    a, b = coins(node, 2)
    first, raw = transaction([a], [VALUE - 10_000])
    node.sendrawtransaction(raw)
    heir, raw = transaction([(first, 0)], [VALUE - 20_000], sequence=0xFFFFFFFF)
    node.sendrawtransaction(raw)
    final, raw = transaction([b], [VALUE - 10_000], sequence=0xFFFFFFFE)
    node.sendrawtransaction(raw)
    assert "bip125-replaceable" not in node.getmempoolentry(first)
    node.stop()
    node.start("-deprecatedrpc=bip125")
    wait_for(lambda: node.getmempoolinfo()["size"] == 3)
    shown = {txid: entry["bip125-replaceable"] for txid, entry in node.getrawmempool(True).items()}
    assert shown == {first: True, heir: True, final: False}
    assert node.getmempoolentry(heir)["bip125-replaceable"]
    assert node.getmempoolancestors(heir, True)[first]["bip125-replaceable"]


def test_a_miner_of_ones_own(node):
    """A block made from getblocktemplate alone is accepted; proposals are judged."""
    funds = coins(node, 3)
    for fund in funds:
        node.sendrawtransaction(transaction([fund], [VALUE - 7_000])[1])
    template = node.getblocktemplate({"rules": ["segwit"]})
    assert len(template["transactions"]) == 3

    def block_of(coinbase_value):
        height = template["height"]
        number = height.to_bytes(height.bit_length() // 8 + 1, "little")
        script_sig = bytes([len(number)]) + number + b"\x51"
        out = compact(2) + struct.pack("<q", coinbase_value) + bytes([len(SCRIPT)]) + SCRIPT
        commitment = bytes.fromhex(template["default_witness_commitment"])
        out += struct.pack("<q", 0) + bytes([len(commitment)]) + commitment
        head, tail = struct.pack("<i", 2), struct.pack("<I", 0)
        inputs = b"\x01" + bytes(32) + b"\xff\xff\xff\xff" + bytes([len(script_sig)]) + script_sig + b"\xff\xff\xff\xff"
        plain = head + inputs + out + tail
        full = head + b"\x00\x01" + inputs + out + b"\x01\x20" + bytes(32) + tail
        leaves = [sha256d(plain)] + [bytes.fromhex(tx["txid"])[::-1] for tx in template["transactions"]]
        while len(leaves) > 1:
            leaves += leaves[-1:] * (len(leaves) % 2)
            leaves = [sha256d(leaves[i] + leaves[i + 1]) for i in range(0, len(leaves), 2)]
        header = struct.pack("<i", template["version"]) + bytes.fromhex(template["previousblockhash"])[::-1] + leaves[0]
        header += struct.pack("<I", template["curtime"]) + bytes.fromhex(template["bits"])[::-1]
        nonce = 0
        while int.from_bytes(sha256d(header + struct.pack("<I", nonce)), "little") > int(template["target"], 16):
            nonce += 1
        body = compact(1 + len(template["transactions"])) + full
        return (header + struct.pack("<I", nonce) + body).hex() + "".join(tx["data"] for tx in template["transactions"])

    greedy = block_of(template["coinbasevalue"] + 1)
    assert node.getblocktemplate({"mode": "proposal", "data": greedy, "rules": ["segwit"]}) == "bad-cb-amount"
    good = block_of(template["coinbasevalue"])
    assert node.getblocktemplate({"mode": "proposal", "data": good, "rules": ["segwit"]}) is None
    # Who waits for a new template gets it with the block.
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append(
            node.getblocktemplate({"rules": ["segwit"], "longpollid": template["longpollid"]})
        )
    )
    waiting.start()
    time.sleep(0.7)
    assert not answers
    assert node.submitblock(good) is None
    waiting.join(20)
    assert answers[0]["height"] == template["height"] + 1
    assert node.getrawmempool() == []
    with pytest.raises(RpcError) as caught:
        node.getblocktemplate({"rules": []})
    assert caught.value.code == -8
