#!/usr/bin/env python3
"""Writes first inputs of one fuzz target from the shared vectors (KEPENG_SHARED); none where they are absent.

    fuzz_seeds.py TARGET DIRECTORY

The formats are those that the targets in test/fuzz read.
"""
import json
import lzma
import os
import pathlib
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("KEPENG_SHARED", ROOT / "../shared"))
BYTES_MAX = 20_000
# In the order of script::Flag.
FLAGS = """P2SH STRICTENC DERSIG LOW_S NULLDUMMY SIGPUSHONLY MINIMALDATA DISCOURAGE_UPGRADABLE_NOPS CLEANSTACK
    CHECKLOCKTIMEVERIFY CHECKSEQUENCEVERIFY WITNESS DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM MINIMALIF NULLFAIL
    WITNESS_PUBKEYTYPE CONST_SCRIPTCODE TAPROOT DISCOURAGE_UPGRADABLE_TAPROOT_VERSION DISCOURAGE_OP_SUCCESS
    DISCOURAGE_UPGRADABLE_PUBKEYTYPE""".split()
# In the order of wire::Message.
MESSAGES = """version verack wtxidrelay sendaddrv2 sendtxrcncl feature ping pong getaddr addr addrv2 inv getdata notfound
    getblocks getheaders headers sendheaders block merkleblock sendcmpct cmpctblock getblocktxn blocktxn tx mempool
    feefilter filterload filteradd filterclear getcfilters cfilter getcfheaders cfheaders getcfcheckpt cfcheckpt reject
    alert""".split()


def vectors(name):
    return json.loads((SHARED / "vectors" / name).read_text())


def chunk(data):
    return struct.pack("<H", len(data)) + data


def compact_size(number):
    return struct.pack("<B", number) if number < 253 else b"\xfd" + struct.pack("<H", number)


def flag_bits(text):
    return sum(1 << FLAGS.index(name) for name in text.split(",") if name)


def blocks():
    for path in sorted((SHARED / "chain/blocks").rglob("*.blk")):
        yield path.read_bytes()
    run = (SHARED / "chain/regtest/core_kernel_206.dat").read_bytes()
    at = 0
    while at < len(run):
        size = struct.unpack_from("<I", run, at + 4)[0]
        yield run[at + 8:at + 8 + size]
        at += 8 + size


def transactions():
    for name in ("script/tx_valid.json", "script/tx_invalid.json"):
        for row in vectors(name):
            if len(row) == 3:
                yield bytes.fromhex(row[1])


def signatures():
    for name in ("script/sig_canonical.json", "script/sig_noncanonical.json"):
        for text in vectors(name):
            try:
                yield bytes.fromhex(text)
            except ValueError:
                pass  # a comment


def scripts():
    for row in vectors("script/unspendable_script_pub_keys.json"):
        yield bytes.fromhex(row["script"])
    for block in vectors("filters/bip158_testnet3.json")[1:]:
        yield from map(bytes.fromhex, block[3])


def with_witness(raw, index, script_sig, witness):
    """The transaction without witness `raw` (or with an empty one for the input), completed."""
    at = 4
    assert raw[at:at + 2] == b"\x00\x01" or raw[at] != 0
    extended = raw[at] == 0
    at += 2 if extended else 0

    def number():
        nonlocal at
        first = raw[at]
        width = {253: 2, 254: 4}.get(first, 0)
        value = int.from_bytes(raw[at + 1:at + 1 + width], "little") if width else first
        at += 1 + width
        return value

    inputs, stacks = [], []
    for _ in range(number()):
        outpoint = raw[at:at + 36]
        at += 36
        size = number()
        inputs.append([outpoint, raw[at:at + size], raw[at + size:at + size + 4]])
        at += size + 4
    begin = at
    for _ in range(number()):
        at += 8
        size = number()
        at += size
    outputs = raw[begin:at]
    for _ in inputs:
        stack = []
        for _ in range(number() if extended else 0):
            size = number()
            stack.append(raw[at:at + size])
            at += size
        stacks.append(stack)
    inputs[index][1] = script_sig
    stacks[index] = witness
    body = compact_size(len(inputs)) + b"".join(o + compact_size(len(s)) + s + q for o, s, q in inputs) + outputs
    if not any(stacks):
        return raw[:4] + body + raw[at:]
    tail = b"".join(compact_size(len(k)) + b"".join(compact_size(len(i)) + i for i in k) for k in stacks)
    return raw[:4] + b"\x00\x01" + body + tail + raw[at:]


def spends():
    lines = lzma.open(SHARED / "vectors/taproot/script_assets_a.jsonl.xz", "rt")
    for line in list(lines)[::10]:
        row = json.loads(line)
        for outcome in filter(None, (row.get("success"), row.get("failure"))):
            tx = with_witness(bytes.fromhex(row["tx"]), row["index"], bytes.fromhex(outcome["scriptSig"]),
                              [bytes.fromhex(item) for item in outcome["witness"]])
            outputs = b""
            for prevout in map(bytes.fromhex, row["prevouts"]):
                value, script = prevout[:8], prevout[8:]
                outputs += value + chunk(script[1:] if script[0] < 253 else script[3:])
            yield struct.pack("<IIBB", flag_bits(row["flags"]), 0, row["index"], len(row["prevouts"])) + outputs + tx


def texts(*names):
    """Every string of some JSON files."""
    def walk(value):
        if isinstance(value, str):
            yield value.encode()
        elif isinstance(value, (list, dict)):
            for item in value.values() if isinstance(value, dict) else value:
                yield from walk(item)
    for name in names:
        yield from walk(vectors(name))


def merkle_proofs():
    for path in sorted((SHARED / "chain/proofs").glob("*.bin")):
        yield path.read_bytes()[80:]
    yield (SHARED / "vectors/p2p/bip37/merkle300025.raw").read_bytes()[80:]


def filters():
    for row in vectors("filters/bip158_testnet3.json")[1:]:
        yield bytes.fromhex(row[1])[::-1] + bytes.fromhex(row[5])


def framed_blocks():
    yield b"\x00\x00" + (SHARED / "chain/regtest/core_kernel_206.dat").read_bytes()[:BYTES_MAX - 2]


def messages():
    for row in vectors("p2p/messages.json").items():
        yield bytes([MESSAGES.index(row[0])]) + bytes.fromhex(row[1]["message"])[24:]
    for path in sorted((SHARED / "vectors/p2p/capture").glob("*.dat")):
        log, at = path.read_bytes(), 0
        while at < len(log):
            name, size = log[at + 8:at + 20].rstrip(b"\0").decode(), struct.unpack_from("<i", log, at + 20)[0]
            yield bytes([MESSAGES.index(name)]) + log[at + 24:at + 24 + size]
            at += 24 + size


def compact_blocks():
    for path in sorted((SHARED / "vectors/p2p/bip152").glob("*.raw")):
        yield path.read_bytes()


def json_files():
    for path in sorted((SHARED / "vectors").rglob("*.json")):
        yield path.read_bytes()


def example_config():
    yield (ROOT / "share/kepeng.conf.example").read_bytes()[:BYTES_MAX]


ADDRESSES = ("encoding/key_io_valid.json", "encoding/key_io_invalid.json", "encoding/bech32_bip173_bip350.json")
SOURCES = {
    "block": blocks, "block_rules": blocks, "transaction": transactions, "der_signature": signatures,
    "script_text": scripts, "spend": spends, "partial_merkle_tree": merkle_proofs, "block_filter": filters,
    "block_scanner": framed_blocks, "json": json_files, "config_file": example_config,
    "message": messages, "compact_block": compact_blocks,
    "base58": lambda: texts(*ADDRESSES), "bech32": lambda: texts(*ADDRESSES), "address": lambda: texts(*ADDRESSES),
    "descriptor": lambda: texts("descriptors/bip380_389_390.json", "descriptors/bcoin_desc-valid.json"),
}


def main():
    target, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    if target not in SOURCES or not (SHARED / "vectors").exists():
        return
    for number, seed in enumerate(SOURCES[target]()):
        if len(seed) <= BYTES_MAX:
            (directory / f"shared{number}").write_bytes(seed)


if __name__ == "__main__":
    main()
