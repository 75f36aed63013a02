# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""A regtest chain that nodes of every age follow: segwit is signalled first (BIP9), and used with signatures when it counts.

Today's nodes have segwit on from the first block of regtest; older ones wait for three periods of 144 blocks.
"""

import hashlib
import struct
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

import p2p

ACTIVE_AT = 432
SIGNALS = 0x20000002  # bit 1
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ALL = 1
FEE = 1000


class Key:
    def __init__(self, number):
        self.key = ec.derive_private_key(number, ec.SECP256K1())
        self.public = self.key.public_key().public_bytes(serialization.Encoding.X962,
                                                         serialization.PublicFormat.CompressedPoint)

    def sign(self, digest):
        r, s = utils.decode_dss_signature(self.key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256()))))
        return utils.encode_dss_signature(r, min(s, ORDER - s)) + bytes([ALL])


class Coin:
    """An output that can be spent: by anybody, or by `keys` through a witness script."""

    def __init__(self, txid, index, value, keys=()):
        self.outpoint, self.value, self.keys = txid + struct.pack("<I", index), value, keys

    @property
    def witness_script(self):
        return witness_script(self.keys)


def witness_script(keys):
    pushes = b"".join(p2p.text(key.public) for key in keys)
    if len(keys) == 1:
        return pushes + b"\xac"  # CHECKSIG
    return bytes([0x50 + len(keys)]) + pushes + bytes([0x50 + len(keys)]) + b"\xae"  # CHECKMULTISIG


def script_of(keys):
    return b"\0\x20" + hashlib.sha256(witness_script(keys)).digest() if keys else b"\x51"


def output(value, script):
    return struct.pack("<q", value) + p2p.text(script)


def bip143(coins, index, outputs):
    coin = coins[index]
    sequences = b"\xff" * 4 * len(coins)
    return p2p.sha256d(struct.pack("<i", 2) + p2p.sha256d(b"".join(one.outpoint for one in coins)) + p2p.sha256d(sequences)
                       + coin.outpoint + p2p.text(coin.witness_script) + struct.pack("<q", coin.value) + b"\xff" * 4
                       + p2p.sha256d(b"".join(outputs)) + bytes(4) + struct.pack("<I", ALL))


def witness_of(coins, index, outputs):
    coin = coins[index]
    if not coin.keys:
        return b"\0"
    digest = bip143(coins, index, outputs)
    items = [] if len(coin.keys) == 1 else [b""]  # CHECKMULTISIG takes one too many
    items += [key.sign(digest) for key in coin.keys] + [coin.witness_script]
    return p2p.compact(len(items)) + b"".join(p2p.text(item) for item in items)


class Transaction:
    """Spends `coins`; each of `owners` (lists of keys, empty for everybody) gets as much."""

    def __init__(self, coins, owners):
        share = (sum(coin.value for coin in coins) - FEE) // len(owners)
        outputs = [output(share, script_of(keys)) for keys in owners]
        inputs = p2p.compact(len(coins)) + b"".join(coin.outpoint + b"\0" + b"\xff" * 4 for coin in coins)
        body = inputs + p2p.compact(len(outputs)) + b"".join(outputs)
        self.stripped = struct.pack("<i", 2) + body + bytes(4)
        self.txid = p2p.sha256d(self.stripped)
        self.raw = self.stripped
        if any(coin.keys for coin in coins):
            witness = b"".join(witness_of(coins, i, outputs) for i in range(len(coins)))
            self.raw = struct.pack("<i", 2) + b"\0\1" + body + witness + bytes(4)
        self.coins = [Coin(self.txid, i, share, keys) for i, keys in enumerate(owners)]


def merkle_root(leaves):
    while len(leaves) > 1:
        if len(leaves) % 2:
            leaves = [*leaves, leaves[-1]]
        leaves = [p2p.sha256d(a + b) for a, b in zip(leaves[::2], leaves[1::2])]
    return leaves[0]


class Block:
    def __init__(self, previous, height, when, transactions=()):
        base = p2p.coinbase(height)
        coinbase = base
        if any(tx.raw != tx.stripped for tx in transactions):
            # BIP141: a second output commits to the witnesses, the coinbase's own is the reserved value.
            root = merkle_root([bytes(32), *(p2p.sha256d(tx.raw) for tx in transactions)])
            commitment = output(0, b"\x6a\x24\xaa\x21\xa9\xed" + p2p.sha256d(root + bytes(32)))
            at = len(base) - 4 - 10  # one output of ten bytes, and the lock time
            base = base[:at - 1] + b"\2" + base[at:-4] + commitment + bytes(4)
            coinbase = base[:4] + b"\0\1" + base[4:-4] + b"\1\x20" + bytes(32) + bytes(4)
        self.coinbase_coin = Coin(p2p.sha256d(base), 0, 50 * 10**8 >> height // 150)
        leaves = [p2p.sha256d(base), *(tx.txid for tx in transactions)]
        self.header = p2p.mine(previous, merkle_root(leaves), when, block_version=SIGNALS)
        self.hash = p2p.sha256d(self.header)
        self.raw = self.header + p2p.compact(1 + len(transactions)) + coinbase + b"".join(tx.raw for tx in transactions)


class SegwitChain:
    """Ends now, with `spends` blocks that spend from witness programs, one key and two of two."""

    def __init__(self, spends=20):
        self.blocks = []
        self.signed_blocks = spends - 1  # the first spends what is anybody's
        self.start = int(time.time()) - (ACTIVE_AT + spends + 20)
        while len(self.blocks) < ACTIVE_AT:
            self.add()
        owners = [[Key(1)], [Key(2), Key(3)]]
        coins = []
        for height in range(spends):
            # What was there, and the coinbase of an old block, so that blocks get larger.
            coins += [self.blocks[height].coinbase_coin]
            tx = Transaction(coins, owners)
            self.add([tx])
            coins = tx.coins

    def add(self, transactions=()):
        height = len(self.blocks) + 1
        previous = self.blocks[-1].hash if self.blocks else p2p.GENESIS
        self.blocks.append(Block(previous, height, self.start + height, transactions))

    @property
    def height(self):
        return len(self.blocks)

    @property
    def name(self):
        return self.blocks[-1].hash[::-1].hex()

    def write(self, path):
        """As a file for -loadblock."""
        with open(path, "wb") as file:
            for block in self.blocks:
                file.write(p2p.MAGIC + struct.pack("<I", len(block.raw)) + block.raw)
        return path
