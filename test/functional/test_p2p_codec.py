# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""The tests' own BIP324 (p2p_v2.py) against the vectors of the BIP: what judges kepeng must be right itself."""

import csv

import p2p_v2
import pytest
from framework import shared


def rows(name):
    path = shared(f"vectors/p2p/bip324/{name}")
    if path is None:
        pytest.skip("the shared set is not here (KEPENG_SHARED)")
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_decoding():
    table = rows("ellswift_decode_test_vectors.csv")
    for row in table:
        assert f"{p2p_v2.decode(bytes.fromhex(row['ellswift'])):064x}" == row["x"], row["comment"]
    assert len(table) == 76


def test_encoding():
    table = rows("xswiftec_inv_test_vectors.csv")
    for row in table:
        for case in range(8):
            t = p2p_v2.encode_with(int(row["x"], 16), int(row["u"], 16), case)
            assert ("" if t is None else f"{t:064x}") == row[f"case{case}_t"], (row["comment"], case)
    assert len(table) == 32


def test_packets():
    table = rows("packet_encoding_test_vectors.csv")
    for row in table:
        initiating = row["in_initiating"] == "1"
        secret = p2p_v2.shared_secret(int(row["in_priv_ours"], 16), bytes.fromhex(row["in_ellswift_ours"]),
                                      bytes.fromhex(row["in_ellswift_theirs"]), initiating)
        assert secret.hex() == row["mid_shared_secret"]
        session = p2p_v2.Session(secret, bytes.fromhex("f9beb4d9"), initiating)
        assert session.id.hex() == row["out_session_id"]
        assert session.send_terminator.hex() == row["mid_send_garbage_terminator"]
        assert session.receive_terminator.hex() == row["mid_recv_garbage_terminator"]
        for _ in range(int(row["in_idx"])):
            session.seal(b"")
        contents = bytes.fromhex(row["in_contents"]) * int(row["in_multiply"])
        packet = session.seal(contents, bytes.fromhex(row["in_aad"]), row["in_ignore"] == "1").hex()
        assert packet.endswith(row["out_ciphertext_endswith"])
        assert row["out_ciphertext"] in ("", packet)
    assert len(table) == 7


def test_the_secret_of_a_closed_network():
    """The vector of doc/network-key.md."""
    bound = p2p_v2.hkdf(bytes(range(32)), bytes(range(0x80, 0xA0)), "kepeng_closed_network")
    assert bound.hex() == "9426318ab008953e0aed42ec85fed1d845ad9020f3c838ae510a6f416c42e021"
