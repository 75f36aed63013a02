# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Signed synthetic chains from the shared set's mkchain, made once and kept below build/chains."""

import json
import pathlib
import subprocess

import pytest

from framework import SOURCE, shared

KEPT = SOURCE / "build/chains"


def expected(seed):
    path = shared("tools/expected.json")
    if path is None:
        pytest.skip("the shared set is not here (KEPENG_SHARED)")
    for entry in json.loads(path.read_text()):
        words = entry["mkchain"].split()
        if words[words.index("--seed") + 1] == str(seed):
            return entry
    raise KeyError(seed)


def chain(seed):
    """(path of the chain file, its entry of expected.json)"""
    entry = expected(seed)
    path = KEPT / f"seed{seed}.dat"
    if not path.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        program = KEPT / "mkchain"
        subprocess.run(["g++", "-O2", "-std=c++20", str(shared("tools/mkchain.cpp")), "-o", str(program), "-lsecp256k1",
                        "-lcrypto"], check=True)
        unfinished = path.with_suffix(".new")
        subprocess.run([str(program), "--out", str(unfinished), *entry["mkchain"].split()], check=True,
                       stdout=subprocess.DEVNULL)
        unfinished.rename(path)
    return pathlib.Path(path), entry


def assert_state(node, entry):
    """The node's coins are those that a correct node reaches."""
    want = entry["utxo"]
    info = node.call("gettxoutsetinfo", "hash_serialized_3")
    assert info["bestblock"] == entry["tip"]
    assert info["height"] == entry["height"]
    assert info["txouts"] == want["txouts"]
    assert info["hash_serialized_3"] == want["hash_serialized_3"]
    assert node.call("gettxoutsetinfo", "muhash")["muhash"] == want["muhash"]
