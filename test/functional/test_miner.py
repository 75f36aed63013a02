# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""A miner who has nothing but getblocktemplate (contrib/signet/miner): full blocks with fees on regtest, and on a signet of
his own with every kind of challenge. A second node takes them from the first."""

import importlib.machinery
import importlib.util
import struct
import subprocess
import sys

import pytest
from framework import SOURCE, RpcError, binary, wait_for
from test_mempool import SCRIPT, VALUE, coins, transaction
from test_peers import Peer, network, wait_for_one_tip

MINER = SOURCE / "contrib/signet/miner"
loader = importlib.machinery.SourceFileLoader("kepeng_miner", str(MINER))
miner = importlib.util.module_from_spec(importlib.util.spec_from_loader("kepeng_miner", loader))
loader.exec_module(miner)

SUBSIDY = 50 * 10**8
SECRETS = [int.from_bytes(bytes([number]) * 32, "big") for number in (1, 2, 3)]
KEYS = [miner.public_key(secret) for secret in SECRETS]
PAY_TO = bytes.fromhex("0014") + bytes(20)


def template_of(node, *rules):
    return node.getblocktemplate({"rules": ["segwit", *rules]})


def submit(node, block):
    assert node.getblocktemplate({"mode": "proposal", "rules": ["segwit"], "data": block.hex()}) is None
    assert node.submitblock(block.hex()) is None
    return miner.sha256d(block[:80])[::-1].hex()


def ballast(txid, value):
    """Spends the output and carries 99,000 bytes: nearly as large as may be."""
    data = b"\x6a\x4e" + struct.pack("<I", 98_000) + bytes(98_000)
    body = b"\1" + bytes.fromhex(txid)[::-1] + bytes(4) + b"\0" + b"\xff" * 4
    body += b"\2" + struct.pack("<q", value) + bytes([len(SCRIPT)]) + SCRIPT + bytes(8) + miner.with_size(data)
    return (struct.pack("<i", 2) + b"\0\1" + body + b"\1\1\x51" + bytes(4)).hex()


def test_full_blocks_with_fees():
    with network(2) as (a, b):
        b.connect(a)
        # An empty chain, and blocks that hold a coinbase alone.
        for height in range(1, 4):
            template = template_of(a)
            assert (template["height"], template["transactions"], template["coinbasevalue"]) == (height, [], SUBSIDY)
            submit(a, miner.mine(template, PAY_TO))
        funds = coins(a, 14)
        # Small ones, to fill what the large ones leave.
        small = []
        for txid, _ in funds[11:]:
            spread, raw = transaction([(txid, 0)], [VALUE // 400 - 1_000] * 400)
            a.sendrawtransaction(raw)
            small += [(spread, output) for output in range(400)]
        submit(a, miner.mine(template_of(a), PAY_TO))
        for coin in small:
            a.sendrawtransaction(transaction([coin], [VALUE // 400 - 3_000])[1])
        for number, (txid, _) in enumerate(funds[:11]):
            a.sendrawtransaction(ballast(txid, VALUE - 1_000_000 - number), 0)
        count = a.getmempoolinfo()["size"]
        wait_for_one_tip([a, b])
        weights = []
        while count:
            template = template_of(a)
            assert template["coinbasevalue"] == SUBSIDY + sum(one["fee"] for one in template["transactions"])
            block = miner.mine(template, PAY_TO)
            name = submit(a, block)
            seen = a.getblock(name, 2)
            assert round(seen["tx"][0]["vout"][0]["value"] * 10**8) == template["coinbasevalue"]
            assert [tx["txid"] for tx in seen["tx"][1:]] == [one["txid"] for one in template["transactions"]]
            assert a.getmempoolinfo()["size"] == count - len(template["transactions"])
            count -= len(template["transactions"])
            weights.append(seen["weight"])
            wait_for_one_tip([a, b])
        assert len(weights) == 2 and 3_980_000 < weights[0] <= 4_000_000, weights
        assert b.getblock(b.getbestblockhash())["nTx"] == len(template["transactions"]) + 1


def test_a_template_that_has_grown_old():
    """What was mined on a tip that is none any more is taken as what it is: a branch."""
    with Peer() as node:
        node.start()
        old = template_of(node)
        submit(node, miner.mine(old, PAY_TO))
        block = miner.mine(old, PAY_TO + b"\0")
        assert node.getblocktemplate({"mode": "proposal", "rules": ["segwit"], "data": block.hex()}) == (
            "inconclusive-not-best-prevblk")
        assert node.submitblock(block.hex()) == "inconclusive"
        greedy = template_of(node)
        greedy["coinbasevalue"] += 1
        assert node.submitblock(miner.mine(greedy, PAY_TO).hex()) == "bad-cb-amount"


# --- signet ----------------------------------------------------------------------------------------------------------


class SignetNode(Peer):
    def __init__(self, challenge):
        super().__init__()
        self.challenge = challenge

    @property
    def network_directory(self):
        return self.directory / "signet"

    def command(self, *arguments):
        ours = super().command(*arguments)
        return ["-signet" if word == "-regtest" else word for word in ours] + [f"-signetchallenge={self.challenge.hex()}", "-dnsseed=0"]

    def generate_by_hand(self, secrets, count=1):
        names = []
        for _ in range(count):
            template = template_of(self, "signet")
            block = miner.mine(template, PAY_TO, secrets, f"{binary('kepeng-util')} grind")
            assert self.submitblock(block.hex()) is None
            names.append(miner.sha256d(block[:80])[::-1].hex())
        return names


CHALLENGES = {
    "one key": (miner.push(KEYS[0]) + b"\xac", SECRETS[:1]),
    "an uncompressed key": (miner.push(miner.public_key(SECRETS[0], False)) + b"\xac", SECRETS[:1]),
    "one of one": (b"\x51" + miner.push(KEYS[0]) + b"\x51\xae", SECRETS[:1]),
    "two of three": (b"\x52" + b"".join(map(miner.push, KEYS)) + b"\x53\xae", SECRETS[:0:-1]),
    "a witness program": (b"\0\x14" + miner.hash160(KEYS[1]), SECRETS),
    "nothing": (b"\x51", []),
}


@pytest.mark.parametrize("kind", CHALLENGES)
def test_a_signet_of_ones_own(kind):
    challenge, secrets = CHALLENGES[kind]
    with SignetNode(challenge) as a, SignetNode(challenge) as b:
        a.start()
        b.start()
        b.connect(a)
        with pytest.raises(RpcError) as refused:
            template_of(a)
        assert refused.value.code == -8 and "signet rule set" in refused.value.message
        template = template_of(a, "signet")
        assert template["signet_challenge"] == challenge.hex() and "!signet" in template["rules"]
        names = a.generate_by_hand(secrets, 2)
        wait_for(lambda: b.getbestblockhash() == names[-1])
        assert b.getblockcount() == 2 and b.getblockchaininfo()["chain"] == "signet"
        if not secrets:
            return
        # Others have no say.
        template = template_of(b, "signet")
        grinder = f"{binary('kepeng-util')} grind"
        with pytest.raises(miner.Problem):
            miner.mine(template, PAY_TO, [4], grinder)
        unsigned = dict(template)
        del unsigned["signet_challenge"]
        assert b.submitblock(miner.mine(unsigned, PAY_TO, (), grinder).hex()) == "bad-signet-blksig"
        # A solution is good for one block alone.
        block = miner.Block(template, PAY_TO)
        block.sign(secrets)
        block.extra += 1
        header = miner.grind(block.header(), int(template["target"], 16), grinder)
        assert b.submitblock(block.complete(header).hex()) == "bad-signet-blksig"


def run(*command):
    return subprocess.run([sys.executable, *command], capture_output=True, text=True)


def test_the_command():
    """As the operator types it: from a file of keys, one in WIF, to blocks that have fees."""
    challenge, _ = CHALLENGES["two of three"]
    with SignetNode(challenge) as node:
        node.start()
        keys = node.directory / "keys"
        wif = b"\xef" + SECRETS[2].to_bytes(32, "big") + b"\1"
        number, text = int.from_bytes(wif + miner.sha256d(wif)[:4], "big"), ""
        while number:
            number, digit = divmod(number, 58)
            text = miner.ALPHABET[digit] + text
        keys.write_text(f"{SECRETS[0]:064x}\n{text}\n")
        cli = f"{binary('kepeng-cli')} -signet -datadir={node.directory} -rpcport={node.port}"
        address = node.deriveaddresses(node.getdescriptorinfo(f"wpkh({KEYS[0].hex()})")["descriptor"])[0]
        command = [MINER, f"--cli={cli}", f"--grind={binary('kepeng-util')} grind", f"--address={address}"]
        done = run(*command, f"--keys={keys}", "--blocks=2")
        assert done.returncode == 0, done.stderr
        assert [line.split()[0] for line in done.stdout.splitlines()] == ["1", "2"]
        assert node.getbestblockhash() == done.stdout.split()[-3]
        coinbase = node.getblock(node.getbestblockhash(), 2)["tx"][0]
        assert coinbase["vout"][0]["scriptPubKey"]["address"] == address
        # Mistakes are named.
        keys.write_text(f"{SECRETS[0]:064x}\n")
        assert "needs 2 of 3 keys, and --keys has 1" in run(*command, f"--keys={keys}").stderr
        assert "is no address of this network" in run(*command[:-1], "--address=x").stderr
        keys.write_text("nonsense0\n")
        assert "neither WIF nor" in run(*command, f"--keys={keys}").stderr
