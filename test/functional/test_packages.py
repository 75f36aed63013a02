# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""submitpackage: what it says of the whole, and packages that take the place of what is in the mempool."""

import pytest
from rawtx import FUND, Tx, started


@pytest.fixture(scope="module")
def bench():
    with started() as bench:
        yield bench


def submitted(bench, *package):
    return bench.node.submitpackage([tx.hex for tx in package])


def vsize(bench, tx):
    return bench.node.decoderawtransaction(tx.hex)["vsize"]


def test_one_that_is_refused(bench):
    """The package fails with its only transaction."""
    cheap = Tx([bench.coin()], [FUND])
    orphan = Tx([("ab" * 32, 0)], [FUND - 1_000])
    for tx, why in [(cheap, "min relay fee not met, 0 < 10"), (orphan, "bad-txns-inputs-missingorspent")]:
        answer = submitted(bench, tx)
        assert answer["package_msg"] == "transaction failed"
        assert list(answer["tx-results"].values()) == [{"txid": tx.txid, "error": why}]
    fine = Tx([bench.coin()], [FUND - 1_000])
    assert submitted(bench, fine)["package_msg"] == "success"


def spread(coin, value, fee, count):
    """Pays to so many outputs."""
    each = (value - fee) // count
    return Tx([coin], [each] * (count - 1) + [value - fee - each * (count - 1)])


def package_of(coin, parent_fee, child_fee, outputs=1):
    parent = Tx([coin], [FUND - parent_fee])
    return parent, spread(parent.coin(), FUND - parent_fee, child_fee, outputs)


def test_replaces_by_paying_more(bench):
    coin = bench.coin()
    first = bench.pay(coin, FUND - 1_000)
    heir = bench.pay(first.coin(), FUND - 2_000)
    parent, child = package_of(coin, 200, 5_000)
    answer = submitted(bench, parent, child)
    assert answer["package_msg"] == "success", answer
    assert sorted(answer["replaced-transactions"]) == sorted([first.txid, heir.txid])
    sizes = vsize(bench, parent) + vsize(bench, child)
    for result in answer["tx-results"].values():
        assert round(result["fees"]["effective-feerate"] * 10**8) == 5_200 * 1000 // sizes
        assert len(result["fees"]["effective-includes"]) == 2
    pool = bench.node.getrawmempool()
    assert parent.txid in pool and child.txid in pool and first.txid not in pool and heir.txid not in pool


def test_b100_refusals(bench):
    """B-100: packages that pay less, or no better rate, or are no pair, stay out, and nobody goes."""
    coin = bench.coin()
    first = bench.pay(coin, FUND - 1_000)

    def refusal(*package):
        answer = submitted(bench, *package)
        assert "replaced-transactions" in answer and not answer["replaced-transactions"]
        assert bench.node.getmempoolentry(first.txid)["fees"]["base"] == 0.00001
        return answer["package_msg"]

    parent, child = package_of(coin, 200, 300)
    assert refusal(parent, child) == (
        f"package RBF failed: insufficient anti-DoS fees, rejecting replacement {child.txid}, "
        "less fees than conflicting txs; 0.000005 < 0.00001"
    )
    parent, child = package_of(coin, 200, 801)
    assert refusal(parent, child).startswith(
        f"package RBF failed: insufficient anti-DoS fees, rejecting replacement {child.txid}, "
        "not enough additional fees to relay; 0.00000001 < 0.000000"
    )
    # The child pays for what goes, but not for its parent.
    parent, child = package_of(coin, 900, 500, outputs=20)
    sizes = vsize(bench, parent) + vsize(bench, child)
    assert refusal(parent, child) == (
        "package RBF failed: package feerate is less than or equal to parent feerate, "
        f"package feerate 0.{1_400 * 1000 // sizes:08} BTC/kvB <= "
        f"parent feerate is 0.{900 * 1000 // vsize(bench, parent):08} BTC/kvB"
    )
    # More in all, but a worse rate at first.
    parent, child = package_of(coin, 500, 8_000, outputs=30)
    assert refusal(parent, child) == (
        "package RBF failed: insufficient feerate: does not improve feerate diagram"
    )
    parents = [Tx([coin], [FUND - 200]), Tx([bench.coin()], [FUND])]
    child = Tx([tx.coin() for tx in parents], [2 * FUND - 10_000])
    assert refusal(*parents, child) == "package RBF failed: package must be 1-parent-1-child"
    parents = [Tx([coin], [FUND - 200]), Tx([bench.coin()], [FUND - 1_000])]
    child = Tx([tx.coin() for tx in parents], [2 * FUND - 10_000])
    assert refusal(*parents, child) == "package RBF failed: new transaction cannot have mempool ancestors"


def test_p32_too_many_clusters(bench):
    """P-32: a package may touch no more clusters than one transaction may."""
    contested = [bench.coin() for _ in range(101)]
    for coin in contested:
        bench.pay(coin, FUND - 200)

    def package(count):
        parent = Tx(contested[:60], [60 * FUND - 1_000])
        return parent, Tx([parent.coin(), *contested[60:count]], [count * FUND - 100_000])

    parent, child = package(101)
    answer = submitted(bench, parent, child)
    assert answer["package_msg"] == (
        f"package RBF failed: too many potential replacements, rejecting replacement {child.txid}; "
        "too many conflicting clusters (101 > 100)"
    )
    answer = submitted(bench, *package(100))
    assert answer["package_msg"] == "success" and len(answer["replaced-transactions"]) == 100
