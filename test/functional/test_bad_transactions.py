# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Bad transactions, by the ids of the catalogue: each is refused for the right reason, quickly, and nothing else changes."""

import hashlib
import struct
import time

import p2p
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from framework import RpcError
from rawtx import ANCHOR, FEE, FUND, NULL, In, Tx, push, sh, started, wsh
from segwit_chain import Key
from test_mempool import SCRIPT, TO_SCRIPT

MONEY = 2_100_000_000_000_000
UNKNOWN = ("ab" * 32, 0)
KEYS = [Key(number) for number in range(1, 21)]
FAILED = "mempool-script-verify-flag-failed"
SECONDS_MAX = 10  # for anything that is meant to be slow, on a busy machine


@pytest.fixture(scope="module")
def bench():
    with started(funds=14) as bench:
        yield bench


@pytest.fixture(autouse=True)
def nothing_changes(bench):
    """Whatever a test tries, the node goes on, and the coins of the chain still add up."""
    yield
    assert bench.node.getblockcount() > 0
    bench.mine()
    assert bench.node.getmempoolinfo()["size"] == 0


def spend(bench, script, stack=(), script_sig=b"", **named):
    """A usual spend of an output to `script`."""
    return Tx([In(bench.fund(script)[0], script_sig, witness=stack)], [50_000], **named)


def enters_a_block(bench, tx):
    return bench.node.getblock(bench.confirm(tx))["tx"][1] == tx.txid


def test_b080_empty(bench):
    coin = bench.coin()
    assert bench.refusal(Tx([], [1_000])) == "bad-txns-vin-empty"
    assert bench.refusal(Tx([coin], [])) == "bad-txns-vout-empty"
    both = struct.pack("<i", 2) + b"\0\0" + bytes(4)
    code, message = bench.error("sendrawtransaction", both.hex())
    assert code == -22 or message == "bad-txns-vin-empty"


def test_b081_amounts(bench):
    coin = bench.coin()
    for values, reason in (([-1], "vout-negative"), ([MONEY + 1], "vout-toolarge"), ([MONEY, 1], "txouttotal-toolarge"),
                           ([2**63 - 1, 2**63 - 1], "vout-toolarge"), ([-(2**63)], "vout-negative")):
        assert bench.refusal(Tx([coin], values)) == f"bad-txns-{reason}"
    assert bench.refusal(Tx([coin], [MONEY])) == "bad-txns-in-belowout"


@pytest.mark.parametrize("between", [0, 998])
def test_b082_twice_the_same(bench, between):
    others = [(f"{number:064x}", 0) for number in range(1, between + 1)]
    coin = bench.coin()
    assert bench.refusal(Tx([coin, *others, coin], [1_000])) == "bad-txns-inputs-duplicate"


def test_b083_null(bench):
    assert bench.refusal(Tx([bench.coin(), NULL], [1_000])) == "bad-txns-prevout-null"
    assert bench.refusal(Tx([In(NULL, b"\x51\x51", witness=())], [1_000])) == "coinbase"


def test_b085_what_is_not_there(bench):
    assert bench.refusal(Tx([UNKNOWN], [1_000])) == "missing-inputs"
    first = bench.pay()
    assert bench.refusal(Tx([(first.txid, 1)], [1_000])) == "missing-inputs"
    assert bench.refusal(Tx([bench.coin(), (first.txid, 7)], [1_000])) == "missing-inputs"
    bench.mine()
    assert bench.refusal(Tx([first.inputs[0].coin], [1_000])) == "missing-inputs"  # spent in the chain
    young = bench.node.getblock(bench.confirm())["tx"][0]
    tx = Tx([(young, 0)], [1_000])
    assert bench.refusal(tx) == "bad-txns-premature-spend-of-coinbase"
    assert bench.details(tx).endswith("tried to spend coinbase at depth 1")
    code, message = bench.error("generateblock", TO_SCRIPT, [tx.hex])
    assert code == -25 and "bad-txns-premature-spend-of-coinbase" in message


def test_b086_fees(bench):
    coin = bench.coin()
    tx = Tx([coin], [FUND + 1])
    assert bench.refusal(tx) == "bad-txns-in-belowout"
    assert bench.details(tx).startswith("bad-txns-in-belowout, value in (")
    assert bench.refusal(Tx([coin], [FUND])) == "min relay fee not met"
    dear = Tx([coin], [FUND - 100_000_000])
    assert bench.node.testmempoolaccept([dear.hex])[0]["reject-reason"] == "max-fee-exceeded"
    assert bench.error("sendrawtransaction", dear.hex)[0] == -25
    assert bench.node.getrawmempool() == []


def test_b087_locks(bench):
    coin, height = bench.coin(), bench.node.getblockcount()
    median = bench.node.getblockchaininfo()["mediantime"]
    for closed in (height + 1, median, 4_294_967_295):
        assert bench.refusal(Tx([coin], [1_000], lock_time=closed)) == "non-final"
        # A final sequence switches the lock off.
        assert bench.is_fine(Tx([In(coin, sequence=0xFFFFFFFF)], [FUND - FEE], lock_time=closed)) is True
    for opened in (height, median - 1):
        assert bench.is_fine(Tx([coin], [FUND - FEE], lock_time=opened)) is True
    fresh = bench.fund(SCRIPT)[0]
    assert bench.refusal(Tx([In(fresh, sequence=2)], [50_000])) == "non-BIP68-final"
    assert bench.refusal(Tx([In(fresh, sequence=1 << 22 | 100)], [50_000])) == "non-BIP68-final"
    assert bench.is_fine(Tx([In(fresh, sequence=1)], [50_000])) is True
    assert bench.is_fine(Tx([In(fresh, sequence=2)], [50_000], version=1)) is True


@pytest.mark.parametrize("version", [0, 4, -1, 2**31 - 1])
def test_b089_versions(bench, version):
    tx = Tx([bench.coin()], [FUND - FEE], version=version)
    assert bench.refusal(tx) == "version"
    assert enters_a_block(bench, tx)


def test_b091_script_sigs(bench):
    assert bench.refusal(spend(bench, b"\x51", script_sig=b"\x61")) == "scriptsig-not-pushonly"
    redeem = b"\x75" * 4 + b"\x51"
    pushes = push(b"\0" * 500) * 3 + push(b"\0" * (1_651 - 3 * 503 - len(push(redeem)) - 2)) + push(redeem)
    assert len(pushes) == 1_651
    tx = spend(bench, sh(redeem), script_sig=pushes)
    assert bench.refusal(tx) == "scriptsig-size"
    assert enters_a_block(bench, tx)
    # What pays to a script may be spent by pushes alone, also in a block.
    code, message = bench.error("generateblock", TO_SCRIPT, [spend(bench, sh(b"\x51"), script_sig=b"\x61" + push(b"\x51")).hex])
    assert code == -25 and "Only push operators allowed in signatures" in message


def test_b092_dust(bench):
    coin = bench.coin()
    assert bench.refusal(Tx([coin], [FUND - FEE, 329])) == "dust"
    assert bench.refusal(Tx([coin], [FUND - FEE, 329, 329])) == "dust"
    assert bench.is_fine(Tx([coin], [FUND - FEE, 330])) is True
    # Without a fee, and spent at once, one is fine.
    parent = Tx([coin], [FUND, (0, ANCHOR)])
    spends = Tx([parent.coin(0), In(parent.coin(1), witness=())], [FUND - FEE])
    leaves = Tx([parent.coin(0)], [FUND - FEE])
    assert bench.refusal(parent) == "min relay fee not met"
    assert bench.node.submitpackage([parent.hex, leaves.hex])["package_msg"] == "unspent-dust"
    assert bench.node.submitpackage([parent.hex, spends.hex])["package_msg"] == "success"


def test_b093_bare_multisig(bench):
    four = b"\x51" + b"".join(push(key.public) for key in KEYS[:4]) + b"\x54\xae"
    tx = Tx([bench.coin()], [(1_000, four)])
    assert bench.refusal(tx) == "scriptpubkey"
    assert enters_a_block(bench, tx)
    many = b"\x00\x00" + b"".join(push(KEYS[0].public) for _ in range(21)) + b"\x01\x15\xae"
    spent = spend(bench, wsh(many), stack=(many,))
    assert bench.refusal(spent) == f"{FAILED} (Pubkey count negative or limit exceeded)"


def test_b094_data(bench):
    def tx(*sizes):
        data = [(0, b"\x6a\x4e" + struct.pack("<I", size) + bytes(size)) for size in sizes]
        return Tx([bench.coins[-1]], [FUND - 10_000_000, *data])
    # With the usual limit of 100,000 bytes the transaction's own is reached first.
    for sizes in ([99_995], [60_000, 40_000], [900] * 112):
        assert bench.refusal(tx(*sizes)) == "tx-size"
    assert bench.is_fine(tx(*[900] * 100)) is True


def test_b095_signature_operations(bench):
    begin = time.monotonic()
    redeem = b"\x00\x63" + b"\xac" * 15 + b"\x68\x51"
    coins = bench.fund(*[sh(redeem)] * 167)
    tx = Tx([In(coin, push(redeem), witness=()) for coin in coins], [5_000])
    assert bench.refusal(tx) == "bad-txns-nonstandard-inputs"
    assert "non-witness sigops exceed bip54 limit" in bench.details(tx)
    tx.inputs.pop()
    assert bench.is_fine(tx) is True  # 2,490
    # The cost over a fifth of a block's.
    costly = Tx([bench.coin()], [(1_000, b"\x51" + push(KEYS[0].public) + b"\x51\xae")] * 201)
    assert bench.refusal(costly) == "bad-txns-too-many-sigops"
    assert time.monotonic() - begin < SECONDS_MAX


def taproot(script, leaf=0xC0):
    """(scriptPubKey, control block) of one leaf below a key that nobody knows."""
    def tagged(tag, data):
        name = hashlib.sha256(tag).digest()
        return hashlib.sha256(name + name + data).digest()
    inner = KEYS[4].public[1:]
    merkle = tagged(b"TapLeaf", bytes([leaf]) + p2p.compact(len(script)) + script)
    tweak = int.from_bytes(tagged(b"TapTweak", inner + merkle), "big")
    point = add(lift(inner), multiply(tweak))
    return b"\x51\x20" + point[0].to_bytes(32, "big"), bytes([leaf | (point[1] & 1)]) + inner


PRIME = 2**256 - 2**32 - 977


def lift(inner):
    x = int.from_bytes(inner, "big")
    y = pow((x**3 + 7) % PRIME, (PRIME + 1) // 4, PRIME)
    return x, y if y % 2 == 0 else PRIME - y


def multiply(number):
    public = ec.derive_private_key(number, ec.SECP256K1()).public_key().public_numbers()
    return public.x, public.y


def add(a, b):
    slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, PRIME) % PRIME
    x = (slope * slope - a[0] - b[0]) % PRIME
    return x, (slope * (a[0] - x) - a[1]) % PRIME


def test_b096_not_yet_defined(bench):
    def is_policy_only(tx, reason):
        assert bench.refusal(tx) == reason
        assert enters_a_block(bench, tx)

    leaf = b"\x51"
    program, control = taproot(leaf)
    assert bench.is_fine(spend(bench, program, (leaf, control))) is True
    is_policy_only(spend(bench, program, (leaf, control, b"\x50annex")), "bad-witness-nonstandard")
    is_policy_only(spend(bench, b"\x52\x20" + b"\x01" * 32, ()), "bad-txns-nonstandard-inputs")
    program, control = taproot(leaf, leaf=0xC2)
    is_policy_only(spend(bench, program, (leaf, control)),
                   f"{FAILED} (Taproot version reserved for soft-fork upgrades)")
    success = b"\x50"
    program, control = taproot(success)
    is_policy_only(spend(bench, program, (success, control)), f"{FAILED} (OP_SUCCESSx reserved for soft-fork upgrades)")
    new_key = push(b"\x04" + bytes(32)) + b"\xac"
    program, control = taproot(new_key)
    is_policy_only(spend(bench, program, (b"\x01", new_key, control)),
                   f"{FAILED} (Public key version reserved for soft-fork upgrades)")


def digest_of(tx, number, script, amount):
    """What a signature of the input for everything signs (BIP143)."""
    outpoints = [bytes.fromhex(one.coin[0])[::-1] + struct.pack("<I", one.coin[1]) for one in tx.inputs]
    sequences = [struct.pack("<I", one.sequence) for one in tx.inputs]
    outputs = [struct.pack("<q", value) + p2p.text(to) for value, to in tx.outputs]
    return p2p.sha256d(struct.pack("<i", tx.version) + p2p.sha256d(b"".join(outpoints)) + p2p.sha256d(b"".join(sequences))
                       + outpoints[number] + p2p.text(script) + struct.pack("<q", amount) + sequences[number]
                       + p2p.sha256d(b"".join(outputs)) + struct.pack("<I", tx.lock_time) + struct.pack("<I", 1))


def test_b097_signatures(bench):
    key = KEYS[0]
    script = push(key.public) + b"\xac"

    def signed(change, amount=100_000):
        tx = spend(bench, wsh(script), (b"", script))
        tx.inputs[0].witness = (change(key.sign(digest_of(tx, 0, script, amount))), script)
        return tx

    nullfail = f"{FAILED} (Signature must be zero for failed CHECK(MULTI)SIG operation)"
    assert bench.is_fine(signed(lambda good: good)) is True
    assert bench.refusal(signed(lambda good: good, amount=99_999)) == nullfail
    assert bench.refusal(signed(lambda good: KEYS[1].sign(bytes(32)))) == nullfail
    assert bench.refusal(signed(lambda good: good[:-1] + b"\x04")) == (
        f"{FAILED} (Signature hash type missing or not understood)")
    assert bench.refusal(signed(lambda good: good[:10] + good[11:])) == f"{FAILED} (Non-canonical DER signature)"
    assert bench.refusal(signed(lambda good: b"")).startswith(f"{FAILED} (Script evaluated without error")
    # The same for Schnorr signatures.
    program = b"\x51\x20" + key.public[1:]
    for signature, name in ((bytes(63), "signature size"), (bytes(66), "signature size"), (bytes(64), "signature"),
                            (bytes(64) + b"\x00", "signature hash type"), (bytes(64) + b"\x04", "signature hash type")):
        assert bench.refusal(spend(bench, program, (signature,))) == f"{FAILED} (Invalid Schnorr {name})"


def test_b100_replacement(bench):
    first = bench.pay()
    coin = first.inputs[0].coin
    assert bench.refusal(Tx([coin], [FUND - FEE - 1_000, 1_000])) == "insufficient fee"  # equal
    assert bench.refusal(Tx([coin, first.coin()], [FUND])) == "bad-txns-spends-conflicting-tx"
    assert bench.refusal(Tx([coin], [FUND - 2 * FEE - 5_000 - 400_000] + [1_000] * 400)) == "replacement-failed"
    rivals = [bench.pay() for _ in range(101)]
    tx = Tx([one.inputs[0].coin for one in rivals], [FUND])
    assert bench.refusal(tx) == "too many potential replacements"
    assert "101 > 100" in bench.details(tx)
    assert len(bench.node.getrawmempool()) == 102


def test_b101_packages(bench):
    node = bench.node
    family = []
    coin, value = bench.coin(), FUND
    for _ in range(26):
        value -= FEE
        family.append(Tx([coin], [value]))
        coin = family[-1].coin()
    raw = [tx.hex for tx in family]
    assert bench.error("testmempoolaccept", raw) == (-8, "Array must contain between 1 and 25 transactions.")
    assert bench.error("submitpackage", raw)[0] == -8
    assert all(one["allowed"] for one in node.testmempoolaccept(raw[:25]))
    assert node.testmempoolaccept([raw[1], raw[0]])[0]["package-error"] == "package-not-sorted"
    assert node.testmempoolaccept([raw[0], raw[0]])[0]["package-error"] == "package-contains-duplicates"
    rival = Tx([family[0].inputs[0].coin], [FUND - 3 * FEE])
    assert node.testmempoolaccept([raw[0], rival.hex])[0]["package-error"] == "conflict-in-package"
    stranger = Tx([bench.coin()], [FUND - FEE])
    code, message = bench.error("submitpackage", [raw[0], stranger.hex])
    assert code == -25 and message.startswith("package topology disallowed.")
    large = [Tx([bench.coin()], [1_000] * 1_570) for _ in range(2)]
    assert sum(4 * len(tx.raw()) for tx in large) > 404_000
    assert node.testmempoolaccept([tx.hex for tx in large], 0)[0]["package-error"] == "package-too-large"
    assert node.getrawmempool() == []


def test_b102_version_three(bench):
    parent = bench.pay(version=3)
    parent_of_two = Tx([bench.coin()], [FUND // 2 - FEE] * 2, version=3)
    bench.node.sendrawtransaction(parent_of_two.hex)
    first = Tx([parent_of_two.coin(0)], [FUND // 2 - 3 * FEE], version=3)
    bench.node.sendrawtransaction(first.hex)
    second = Tx([parent_of_two.coin(1)], [FUND // 2 - FEE - 100], version=3)
    assert bench.refusal(second) in ("TRUC-violation", "insufficient fee (including sibling eviction)")
    assert bench.refusal(Tx([parent.coin()], [1_000] * 24, version=3)) == "TRUC-violation"
    assert bench.refusal(Tx([parent.coin()], [FUND - 3 * FEE], version=2)) == "TRUC-violation"
    old = bench.pay()
    assert bench.refusal(Tx([old.coin()], [FUND - 3 * FEE], version=3)) == "TRUC-violation"
    grandchild = Tx([first.coin()], [FUND // 2 - 6 * FEE], version=3)
    assert bench.refusal(grandchild) == "TRUC-violation"


def in_block(bench, script, stack=()):
    """Does a spend of this script, in legacy form, enter a block? The reason if not."""
    tx = spend(bench, sh(script) if len(script) <= 520 else script, script_sig=b"".join(stack) + (
        push(script) if len(script) <= 520 else b""))
    try:
        bench.confirm(tx)
        return True
    except RpcError as error:
        return error.message


def test_b104_edges(bench):
    """One more than allowed fails, in a block too."""
    nops = lambda count: b"\x61" * count + b"\x51"
    assert in_block(bench, nops(201)) is True
    assert "Operation limit exceeded" in in_block(bench, nops(202))
    element = lambda size: b"\x4d" + struct.pack("<H", size) + bytes(size) + b"\x75\x51"
    assert in_block(bench, element(520)) is True
    assert "Push value size limit exceeded" in in_block(bench, element(521))
    deep = lambda count: b"\x51" * count
    assert in_block(bench, deep(1_000)) is True
    assert "Stack size limit exceeded" in in_block(bench, deep(1_001))
    long = lambda size: element(520)[:-1] * 18 + b"\x51" * (size - 18 * 524)
    assert in_block(bench, long(10_000)) is True
    # An output with more bytes can never be spent, so that it is no coin at all.
    assert "bad-txns-inputs-missingorspent" in in_block(bench, long(10_001))


def test_b105_slow_scripts(bench):
    begin = time.monotonic()
    assert "Operation limit exceeded" in in_block(bench, b"\x51\x63" * 2_500 + b"\x68" * 2_500 + b"\x51")
    leaf = b"\x51\x63" * 10_000 + b"\x68" * 10_000 + b"\x51"
    program, control = taproot(leaf)
    assert bench.is_fine(spend(bench, program, (leaf, control))) is True
    copies = b"\x51" + b"\x76" * 3_900_000
    program, control = taproot(copies)
    code, message = bench.error("generateblock", TO_SCRIPT, [spend(bench, program, (copies, control)).hex])
    assert code == -25 and "Stack size limit exceeded" in message
    hashes = b"\x51" + b"\xa8" * 1_900_000 + b"\xaa" * 1_900_000 + b"\x75\x51"
    program, control = taproot(hashes)
    assert enters_a_block(bench, spend(bench, program, (hashes, control)))
    assert time.monotonic() - begin < 3 * SECONDS_MAX


def test_b106_many_keys(bench):
    """20 of 20, nine times (more exceed the limit of operations), in each of 20 inputs; only the last pair is wrong."""
    check = b"\x01\x14" + b"".join(push(key.public) for key in KEYS) + b"\x01\x14\xae\x75"
    script = check * 9 + b"\x51"
    tx = Tx([In(coin) for coin in bench.fund(*[wsh(script)] * 20)], [5_000])
    for number, one in enumerate(tx.inputs):
        digest = digest_of(tx, number, script, 100_000)
        signatures = [KEYS[0].sign(bytes(32)), *(key.sign(digest) for key in KEYS[1:])]
        one.witness = ((b"", *signatures) * 9) + (script,)
    begin = time.monotonic()
    assert bench.refusal(tx) == "bad-witness-nonstandard"
    assert enters_a_block(bench, tx)
    assert time.monotonic() - begin < SECONDS_MAX
    longer = check * 10 + b"\x51"
    tx = spend(bench, wsh(longer), ((b"", *signatures) * 10) + (longer,))
    code, message = bench.error("generateblock", TO_SCRIPT, [tx.hex])
    assert code == -25 and "Operation limit exceeded" in message


def test_b109_hex(bench):
    tx = Tx([bench.coin()], [FUND - FEE])
    for bad in (tx.hex[:-1], tx.hex + " ", " " + tx.hex, "0x" + tx.hex, "", "zz" + tx.hex[2:], "00" * 4_500_000):
        assert bench.error("sendrawtransaction", bad)[0] == -22
    assert bench.node.sendrawtransaction(tx.hex.upper()) == tx.txid
