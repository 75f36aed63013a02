# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Every reason to refuse a transaction, in the exact words that wallets look for."""

import re

import pytest
from framework import RpcError, shared
from rawtx import ANCHOR, FEE, FUND, NULL, In, Tx, push, started, wsh

COIN = 100_000_000
MONEY = 21_000_000 * COIN
UNKNOWN = ("ab" * 32, 0)
KEY = bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
REASONS = {}


def reason(text):
    """The function makes somebody say exactly this; it returns what was said."""
    def note(case):
        assert text not in REASONS
        REASONS[text] = case
        return case
    return note


def refuses(text, make):
    """`make(bench)` gives a transaction that testmempoolaccept and sendrawtransaction refuse so."""
    reason(text)(lambda bench: bench.refusal(make(bench)))


# --- alone
refuses("bad-txns-vin-empty", lambda bench: Tx([], [1_000]))
refuses("bad-txns-vout-empty", lambda bench: Tx([bench.coin()], []))
refuses("bad-txns-oversize", lambda bench: Tx([bench.coin()], [(1_000, b"\x61" * 10_000)] * 100))
refuses("bad-txns-vout-negative", lambda bench: Tx([bench.coin()], [-1]))
refuses("bad-txns-vout-toolarge", lambda bench: Tx([bench.coin()], [MONEY + 1]))
refuses("bad-txns-txouttotal-toolarge", lambda bench: Tx([bench.coin()], [MONEY, 1]))
refuses("bad-txns-inputs-duplicate", lambda bench: Tx([bench.coins[-1], bench.coin()], [1_000]))
refuses("bad-txns-prevout-null", lambda bench: Tx([bench.coin(), NULL], [1_000]))
refuses("bad-cb-length", lambda bench: Tx([In(NULL, b"\x51", witness=())], [1_000]))
refuses("coinbase", lambda bench: Tx([In(NULL, b"\x51\x51", witness=())], [1_000]))
refuses("version", lambda bench: Tx([bench.coin()], [1_000], version=4))
refuses("tx-size", lambda bench: Tx([bench.coin()], [1_000] * 2_400))
refuses("scriptsig-size", lambda bench: Tx([In(bench.coin(), (push(b"\0" * 500) * 4)[:1_651])], [1_000]))
refuses("scriptsig-not-pushonly", lambda bench: Tx([In(bench.coin(), b"\x61")], [1_000]))
refuses("scriptpubkey", lambda bench: Tx([bench.coin()], [(1_000, b"\x61\x61")]))
refuses("dust", lambda bench: Tx([bench.coin()], [300, 300]))
refuses("tx-size-small", lambda bench: Tx([bench.coin()], [(1_000, ANCHOR)]))

# --- on this chain
refuses("non-final", lambda bench: Tx([bench.coin()], [1_000], lock_time=bench.node.getblockcount() + 1))
refuses("missing-inputs", lambda bench: Tx([UNKNOWN], [1_000]))
refuses("non-BIP68-final", lambda bench: Tx([In(bench.fund(wsh(b"\x51"))[0], sequence=10)], [1_000]))
refuses("bad-txns-in-belowout", lambda bench: Tx([bench.coin()], [FUND + 1]))
refuses("bad-txns-nonstandard-inputs", lambda bench: Tx([In(bench.fund(b"\x51")[0], witness=())], [50_000]))
refuses("bad-txns-too-many-sigops",
        lambda bench: Tx([bench.coin()], [(1_000, b"\x51" + push(KEY) * 3 + b"\x53\xae")] * 201))
refuses("min relay fee not met", lambda bench: Tx([bench.coin()], [FUND]))


@reason("bad-txns-premature-spend-of-coinbase")
def _(bench):
    block = bench.confirm()
    return bench.refusal(Tx([(bench.node.getblock(block)["tx"][0], 0)], [1_000]))


@reason("bad-txns-inputs-missingorspent")
def _(bench):
    code, message = bench.error("sendrawtransaction", Tx([UNKNOWN], [1_000]).hex)
    assert code == -25
    return message


@reason("txn-already-known")
def _(bench):
    tx = bench.pay()
    bench.mine()
    return bench.refusal(tx)


@reason("Transaction outputs already in utxo set")
def _(bench):
    tx = bench.pay()
    bench.mine()
    code, message = bench.error("sendrawtransaction", tx.hex)
    assert code == -27
    return message


# --- scripts
def script_error(detail, make):
    refuses(f"mempool-script-verify-flag-failed ({detail})", make)


def spend(bench, witness_script, *stack):
    return Tx([In(bench.fund(wsh(witness_script))[0], witness=(*stack, witness_script))], [50_000])


script_error("Attempted to use a disabled opcode", lambda bench: spend(bench, b"\x51\x51\x7e"))
script_error("Script evaluated without error but finished with a false/empty top stack element",
             lambda bench: spend(bench, b"\x00"))
script_error("OP_RETURN was encountered", lambda bench: spend(bench, b"\x6a"))
script_error("Stack size must be exactly one after execution", lambda bench: spend(bench, b"\x51", b"\x01"))
script_error("NOPx reserved for soft-fork upgrades", lambda bench: spend(bench, b"\xb0\x51"))
script_error("Witness program hash mismatch",
             lambda bench: Tx([In(bench.fund(wsh(b"\x52"))[0], witness=(b"\x51",))], [50_000]))
script_error("Witness program was passed an empty witness",
             lambda bench: Tx([In(bench.fund(wsh(b"\x51"))[0], witness=())], [50_000]))
refuses("bad-witness-nonstandard", lambda bench: spend(bench, b"\x75\x51", b"\0" * 81))


# --- against what is there
@reason("txn-already-in-mempool")
def _(bench):
    return bench.refusal(bench.pay())


@reason("txn-same-nonwitness-data-in-mempool")
def _(bench):
    tx = bench.pay()
    tx.inputs[0].witness = (b"\x01", b"\x51")
    return bench.node.testmempoolaccept([tx.hex])[0]["reject-reason"]


@reason("bip125-replacement-disallowed")
def _(bench):
    tx = bench.pay()
    rival = Tx([tx.inputs[0].coin], [FUND - 10 * FEE])
    return bench.refusal(Tx([bench.coin()], [FUND - FEE]), rival)


@reason("insufficient fee")
def _(bench):
    tx = bench.pay()
    return bench.refusal(Tx([tx.inputs[0].coin], [FUND - FEE + 100]))


@reason("replacement-failed")
def _(bench):
    tx = bench.pay()
    return bench.refusal(Tx([tx.inputs[0].coin], [FUND - 400 * 1_000 - 2 * FEE - 5_000] + [1_000] * 400))


@reason("bad-txns-spends-conflicting-tx")
def _(bench):
    tx = bench.pay()
    return bench.refusal(Tx([tx.inputs[0].coin, tx.coin()], [FUND]))


@reason("too many potential replacements")
def _(bench):
    rivals = [bench.pay() for _ in range(101)]
    everything = Tx([tx.inputs[0].coin for tx in rivals], [FUND])
    said = bench.refusal(everything)
    # One less may be replaced.
    everything.inputs.pop()
    assert bench.is_fine(everything) is True
    bench.mine()
    return said


@reason("too-large-cluster")
def _(bench):
    coin = bench.coin()
    for count in range(64):
        coin = bench.pay(coin, FUND - (count + 1) * FEE).coin()
    said = bench.refusal(Tx([coin], [FUND - 65 * FEE]))
    bench.mine()
    return said


@reason("TRUC-violation")
def _(bench):
    return bench.refusal(Tx([bench.pay(version=3).coin()], [FUND - 3 * FEE], version=2))


@reason("missing-ephemeral-spends")
def _(bench):
    parent = Tx([bench.coin()], [FUND, (0, ANCHOR)])
    child = Tx([parent.coin(0)], [FUND - 5 * FEE])
    answer = bench.node.submitpackage([parent.hex, child.hex])
    assert answer["package_msg"] == "unspent-dust"
    errors = [one["error"].split(", ")[0] for one in answer["tx-results"].values()]
    assert sorted(errors) == ["min relay fee not met", "missing-ephemeral-spends"]
    sweep = Tx([In(parent.coin(1), witness=()), bench.coin()], [FUND - 5 * FEE])
    assert bench.node.submitpackage([parent.hex, sweep.hex])["package_msg"] == "success"
    return bench.refusal(child)


# --- packages
@reason("package-contains-duplicates")
def _(bench):
    tx = Tx([bench.coin()], [FUND - FEE])
    return bench.node.testmempoolaccept([tx.hex, tx.hex])[0]["package-error"]


@reason("package-not-sorted")
def _(bench):
    parent = Tx([bench.coin()], [FUND - FEE])
    child = Tx([parent.coin()], [FUND - 2 * FEE])
    return bench.node.testmempoolaccept([child.hex, parent.hex])[0]["package-error"]


@reason("conflict-in-package")
def _(bench):
    coin = bench.coin()
    return bench.node.testmempoolaccept([Tx([coin], [FUND - FEE]).hex,
                                         Tx([coin], [FUND - 2 * FEE]).hex])[0]["package-error"]


@reason("package-too-large")
def _(bench):
    parts = [Tx([bench.coin()], [1_000] * 1_300) for _ in range(2)]
    large = Tx([bench.coin()], [1_000] * 1_300)
    return bench.node.testmempoolaccept([tx.hex for tx in [*parts, large]], 0)[0]["package-error"]


# --- what the sender does not want himself
@reason("max-fee-exceeded")
def _(bench):
    tx = Tx([bench.coin()], [FUND - 10_000_000])
    return bench.node.testmempoolaccept([tx.hex])[0]["reject-reason"]


@reason("Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)")
def _(bench):
    code, message = bench.error("sendrawtransaction", Tx([bench.coin()], [FUND - 10_000_000]).hex)
    assert code == -25
    return message


@reason("max feerate exceeded")
def _(bench):
    tx = Tx([bench.coin()], [FUND - 10_000_000])
    answer = bench.node.submitpackage([tx.hex], 0.001)
    return next(iter(answer["tx-results"].values()))["error"]


@reason("Unspendable output exceeds maximum configured by user (maxburnamount)")
def _(bench):
    code, message = bench.error("sendrawtransaction", Tx([bench.coin()], [(1, b"\x6a")]).hex)
    assert code == -25
    return message


@pytest.fixture(scope="module")
def bench():
    with started() as bench:
        yield bench


@pytest.mark.parametrize("text", sorted(REASONS), ids=lambda text: text.replace(" ", "-"))
def test_reason(bench, text):
    said = REASONS[text](bench)
    assert said == text


# --- that need a node of their own
def said_by_the_strict():
    with started("-permitbaremultisig=0", "-datacarriersize=83", funds=1) as bench:
        yield bench.refusal(Tx([bench.coin()], [(1_000, b"\x51" + push(KEY) + b"\x51\xae")]))
        yield bench.refusal(Tx([bench.coin()], [(0, b"\x6a" + push(b"\0" * 40))] * 2))


def fill(bench):
    """Large transactions until one does not fit; what was said to that one, and to one that pays as little later."""
    said = []
    data = (0, b"\x6a" + push(b"\0" * 65_000))
    for number in range(100):
        fee = 66_000 + 100 * (100 - number)
        try:
            bench.node.sendrawtransaction(Tx([bench.coin()], [FUND - fee, data]).hex)
        except RpcError as error:
            said.append(error.message)
            if len(said) == 2:
                return said
    raise AssertionError("the mempool takes everything")


REASONS_OF_OTHER_NODES = ("bare-multisig", "datacarrier", "mempool full", "mempool min fee not met")


def test_reasons_of_other_nodes():
    assert list(said_by_the_strict()) == ["bare-multisig", "datacarrier"]
    with started("-maxmempool=5", funds=3) as bench:
        first, second = fill(bench)
    assert first == "mempool full"
    assert re.fullmatch(r"mempool min fee not met, \d+ < \d+", second)


# What clients also look for because older nodes said it; today's say the other thing.
SAID_BEFORE = {
    "transaction already in block chain": "Transaction outputs already in utxo set",
    "txn mempool conflict": "bip125-replacement-disallowed",
    "replacement adds unconfirmed": "replacement-failed",
    "mandatory script verify flag failed": "mempool-script-verify-flag-failed (OP_RETURN was encountered)",
    "non mandatory script verify flag": "mempool-script-verify-flag-failed (OP_RETURN was encountered)",
    "multi op return": "datacarrier",
    "transaction rejected by accepttomemorypool": "bad-txns-inputs-missingorspent",
    "accepttomemorypool failed": "bad-txns-inputs-missingorspent",
}


def plain(text):
    return text.strip().strip('"').lower().replace("-", " ")


def words_of_clients(document):
    """The reasons of the list "Error texts are matched", with a{b, c} written out."""
    line = next(line for line in document.splitlines() if "**Error texts are matched**" in line)
    line = line.split("substring match): ")[1].split("Sparrow:")[0].replace("NBXplorer:", ",")
    found = []
    for prefix, inner, word in re.findall(r'([^,{}"]*)\{([^}]*)\}|("[^"]*"|[^,{}]+)', line):
        found += [f"{prefix.strip()} {one.strip()}" for one in inner.split(",")] if inner else [word.strip(" .")]
    return [plain(word) for word in found if plain(word).strip(" .")]


def test_every_reason_that_clients_know_has_a_case():
    path = shared("design/interfaces.md")
    if path is None:
        pytest.skip("the shared set is not here (KEPENG_SHARED)")
    wanted = words_of_clients(path.read_text())
    assert len(wanted) > 40
    produced = [plain(text) for text in [*REASONS, *REASONS_OF_OTHER_NODES]]
    lacking = [word for word in wanted if word not in SAID_BEFORE and not any(word in text for text in produced)]
    assert lacking == []
    assert set(SAID_BEFORE) <= set(wanted)
    assert set(SAID_BEFORE.values()) <= {*REASONS, *REASONS_OF_OTHER_NODES}
