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


# --- a signet with fees ----------------------------------------------------------------------------------------------

SIGNET_BEGAN = 1598918400
MATURE = 101
# Of the blocks that `grown` makes: they are the same each time, so their work has been done already. A nonce that does
# not fit any more, because a block has become another, is looked for anew and printed; that takes a second.
NONCES = (
    "003786690027843b0007adda002ff21d0058b61900241e5c0065342a00585b6f0002bc20002dd62200376f400011b25c000116dd003b9222"
    "002fcf860036a18a00a792a3004de95b008bbaf6004e8e900006517c000a73410007072f004a4bff00f04b4e00997b37000b6f2f007c958b"
    "0012f86200bb0c1d0054b408009ce6c2000b5bd40055708d00840bf900f81b2c002400c000609db900d9943800b471510036512d000e541e"
    "000ef94a0035ed37001b91a50012ef430016757f002cc3490079915f0065668d002466cf002cde010074a21a0022259e0074781700204211"
    "00e640810019f74b00049983007134a60006018300277e9e00590a7d000a345100050737002a98a3003c661600ee74a00009bacc0059c701"
    "0015414c000b6cef0043fa9600b616d8000e226800005ea5007916e30043899a0008108e0000ad7a0091309a00757c160030052200806ee8"
    "00772d9e0007a6b60037650b0018126b006cced30007baad0004792100327ca400524a6d00125e2b001319c7002ed8570026bab80014ead3"
    "0000ead3002be38f000855ea"
)


def grown(node, secrets):
    """A chain on which the first coinbases can be spent; these, as (txid, 0)."""
    found = []
    for height in range(1, MATURE + 1):
        template = {"height": height, "previousblockhash": node.getbestblockhash(), "version": 0x20000000,
                    "curtime": SIGNET_BEGAN + 600 * height, "bits": "1e0377ae", "coinbasevalue": SUBSIDY,
                    "transactions": [], "signet_challenge": node.challenge.hex()}
        block = miner.Block(template, SCRIPT)
        block.sign(secrets)
        header = block.header(int(NONCES[8 * height - 8:8 * height] or "0", 16))
        target = 0x0377AE << 8 * (0x1E - 3)
        if int.from_bytes(miner.sha256d(header), "little") > target:
            header = miner.grind(header, target, f"{binary('kepeng-util')} grind")
            print(f"height {height}: nonce {header[76:][::-1].hex()}")
        assert node.submitblock(block.complete(header).hex()) is None
        found.append((miner.sha256d(block.coinbase(block.commitment))[::-1].hex(), 0))
    return found


def test_a_block_with_fees_on_a_signet_of_ones_own():
    """After a hundred blocks there is something to spend: the miner claims what is paid, and another node agrees."""
    challenge, secrets = CHALLENGES["one of one"]
    with SignetNode(challenge) as a, SignetNode(challenge) as b:
        for node in (a, b):
            node.start("-maxtipage=1000000000")
        b.connect(a)
        first, second = grown(a, secrets)[:2]
        parent, raw_parent = transaction([first], [VALUE - 10_000])
        child, raw_child = transaction([(parent, 0)], [VALUE - 30_000])
        other, raw_other = transaction([second], [VALUE // 2, VALUE // 2 - 7_000])
        sent = [a.sendrawtransaction(raw) for raw in (raw_parent, raw_child, raw_other)]
        assert sent == [parent, child, other]
        template = template_of(a, "signet")
        assert template["coinbasevalue"] == SUBSIDY + 37_000 and len(template["transactions"]) == 3
        greedy = {**template, "coinbasevalue": SUBSIDY + 37_001}
        grinder = f"{binary('kepeng-util')} grind"
        assert a.submitblock(miner.mine(greedy, SCRIPT, secrets, grinder).hex()) == "bad-cb-amount"
        keys = a.directory / "keys"
        keys.write_text(f"{secrets[0]:064x}\n")
        cli = f"{binary('kepeng-cli')} -signet -datadir={a.directory} -rpcport={a.port}"
        address = a.deriveaddresses(a.getdescriptorinfo(f"wpkh({KEYS[0].hex()})")["descriptor"])[0]
        done = run(MINER, f"--cli={cli}", f"--grind={grinder}", f"--address={address}", f"--keys={keys}")
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{MATURE + 1} {a.getbestblockhash()} 3 transactions\n"
        wait_for_one_tip([a, b])
        block = b.getblock(b.getbestblockhash(), 2)
        assert {tx["txid"] for tx in block["tx"][1:]} == set(sent) and b.getblockcount() == MATURE + 1
        claimed = block["tx"][0]["vout"][0]
        assert round(claimed["value"] * 10**8) == SUBSIDY + 37_000
        assert claimed["scriptPubKey"]["address"] == address
        assert a.getrawmempool() == [] and b.gettxout(child, 0)["confirmations"] == 1
