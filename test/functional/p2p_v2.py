# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""BIP324 for tests, both sides, written from the BIP. Slow, not constant in time: never for anything but tests.

`Handshake` has every step in the open (keys, garbage, terminators, packets), so that a test may do any of them wrong.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

GARBAGE_MAX = 4095
KEY_BYTES = 64
TERMINATOR_BYTES = 16
LENGTH_BYTES = 3
HEADER_BYTES = 1
TAG_BYTES = 16
EXPANSION = LENGTH_BYTES + HEADER_BYTES + TAG_BYTES
REKEY_INTERVAL = 224
DECOY = 0x80

# Numbers of one byte for the names of messages.
SHORT_IDS = [None, "addr", "block", "blocktxn", "cmpctblock", "feefilter", "filteradd", "filterclear", "filterload",
             "getblocks", "getblocktxn", "getdata", "getheaders", "headers", "inv", "mempool", "merkleblock", "notfound",
             "ping", "pong", "sendcmpct", "tx", "getcfilters", "cfilter", "getcfheaders", "cfheaders", "getcfcheckpt",
             "cfcheckpt", "addrv2"]

# --- secp256k1 -------------------------------------------------------------------------------------------------------

P = 2**256 - 2**32 - 977
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)
MINUS_3_SQRT = 0x0A2D2BA93507F1DF233770C2A797962CC61F6D15DA14ECD47D8D27AE1CD5F852


def inverse(a):
    return pow(a, -1, P)


def root(a):
    """A square root, or None."""
    candidate = pow(a, (P + 1) // 4, P)
    return candidate if candidate * candidate % P == a % P else None


def curve(x):
    return (x * x * x + 7) % P


def is_x(x):
    return root(curve(x)) is not None


def double(a):
    x, y, z = a
    s = 4 * x * y * y % P
    m = 3 * x * x % P
    x2 = (m * m - 2 * s) % P
    return x2, (m * (s - x2) - 8 * pow(y, 4, P)) % P, 2 * y * z % P


def add(a, b):
    """Jacobian plus affine; `a` None is infinity."""
    if a is None:
        return *b, 1
    x, y, z = a
    zz = z * z % P
    u, s = b[0] * zz % P, b[1] * zz * z % P
    h, r = (u - x) % P, (s - y) % P
    if h == 0:
        return double(a) if r == 0 else None
    hh = h * h % P
    v = x * hh % P
    x2 = (r * r - h * hh - 2 * v) % P
    return x2, (r * (v - x2) - y * h * hh) % P, z * h % P


def multiply(scalar, point):
    """The x coordinate of scalar * point."""
    result = None
    for bit in bin(scalar)[2:]:
        if result is not None:
            result = double(result)
        if bit == "1":
            result = add(result, point)
    return result[0] * inverse(result[2] ** 2) % P


# --- ElligatorSwift --------------------------------------------------------------------------------------------------


def decode(key):
    """The x coordinate that 64 bytes stand for."""
    u = int.from_bytes(key[:32], "big") % P or 1
    t = int.from_bytes(key[32:], "big") % P or 1
    if (curve(u) + t * t) % P == 0:
        t = 2 * t % P
    x = (curve(u) - t * t) * inverse(2 * t) % P
    y = (x + t) * inverse(MINUS_3_SQRT * u) % P
    half, ratio = inverse(2), x * inverse(y)
    for candidate in (u + 4 * y * y, (-ratio - u) * half, (ratio - u) * half):
        if is_x(candidate % P):
            return candidate % P
    raise AssertionError("one of the three is on the curve")


def encode_with(x, u, case):
    """A t that together with u stands for x, or None."""
    if case & 2 == 0:
        if is_x((-x - u) % P):
            return None
        v = x
        s = -curve(u) * inverse((u * u + u * v + v * v) % P) % P
    else:
        s = (x - u) % P
        if s == 0:
            return None
        r = root(-s * (4 * curve(u) + 3 * s * u * u) % P)
        if r is None or (case & 1 and r == 0):
            return None
        v = (-u + r * inverse(s)) * inverse(2) % P
    w = root(s)
    if w is None:
        return None
    sign = 1 if case & 5 in (1, 4) else -1
    c = MINUS_3_SQRT if case & 1 else -MINUS_3_SQRT
    return sign * w * (u * (1 + c) * inverse(2) + v) % P


def create():
    """A fresh private key and its 64 bytes."""
    secret = int.from_bytes(os.urandom(32), "big") % (ORDER - 1) + 1
    x = multiply(secret, G)
    while True:
        u = int.from_bytes(os.urandom(32), "big") % P
        t = encode_with(x, u, os.urandom(1)[0] % 8) if u else None
        if t:
            return secret, u.to_bytes(32, "big") + t.to_bytes(32, "big")


def tagged(tag, data):
    prefix = hashlib.sha256(tag.encode()).digest()
    return hashlib.sha256(prefix + prefix + data).digest()


def shared_secret(secret, ours, theirs, initiating):
    x = decode(theirs)
    product = multiply(secret, (x, root(curve(x)))).to_bytes(32, "big")
    keys = ours + theirs if initiating else theirs + ours
    return tagged("bip324_ellswift_xonly_ecdh", keys + product)


def hkdf(secret, salt, info):
    extracted = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(extracted, info.encode() + b"\1", hashlib.sha256).digest()


# --- ciphers that change their keys ----------------------------------------------------------------------------------


class LengthCipher:
    def __init__(self, key):
        self.rekeys = 0
        self.start(key)

    def start(self, key):
        nonce = bytes(4) + bytes(4) + self.rekeys.to_bytes(8, "little")  # block counter, then the nonce of RFC 8439
        self.stream = Cipher(algorithms.ChaCha20(key, nonce), mode=None).encryptor()
        self.chunks = 0

    def crypt(self, chunk):
        out = self.stream.update(chunk)
        self.chunks += 1
        if self.chunks == REKEY_INTERVAL:
            self.rekeys += 1
            self.start(self.stream.update(bytes(32)))
        return out


class PacketCipher:
    def __init__(self, key):
        self.key = key
        self.packets = 0

    def nonce(self, number):
        return number.to_bytes(4, "little") + (self.packets // REKEY_INTERVAL).to_bytes(8, "little")

    def after(self):
        if (self.packets + 1) % REKEY_INTERVAL == 0:
            self.key = ChaCha20Poly1305(self.key).encrypt(self.nonce(0xFFFFFFFF), bytes(32), b"")[:32]
        self.packets += 1

    def encrypt(self, plain, associated):
        out = ChaCha20Poly1305(self.key).encrypt(self.nonce(self.packets % REKEY_INTERVAL), plain, associated)
        self.after()
        return out

    def decrypt(self, sealed, associated):
        """Raises InvalidTag."""
        out = ChaCha20Poly1305(self.key).decrypt(self.nonce(self.packets % REKEY_INTERVAL), sealed, associated)
        self.after()
        return out


# --- the handshake ---------------------------------------------------------------------------------------------------


class Session:
    """What two sides have once they know each other's keys."""

    def __init__(self, secret, magic, initiating):
        def derive(info):
            return hkdf(secret, b"bitcoin_v2_shared_secret" + magic, info)

        ours, theirs = ("initiator", "responder") if initiating else ("responder", "initiator")
        self.send_length, self.send_packet = LengthCipher(derive(ours + "_L")), PacketCipher(derive(ours + "_P"))
        self.receive_length, self.receive_packet = LengthCipher(derive(theirs + "_L")), PacketCipher(derive(theirs + "_P"))
        both = derive("garbage_terminators")
        ends = both[:16], both[16:]
        self.send_terminator, self.receive_terminator = ends if initiating else ends[::-1]
        self.id = derive("session_id")

    def seal(self, contents, associated=b"", decoy=False):
        """A packet as it goes over the wire."""
        header = bytes([DECOY if decoy else 0])
        length = self.send_length.crypt(len(contents).to_bytes(LENGTH_BYTES, "little"))
        return length + self.send_packet.encrypt(header + contents, associated)


class Handshake:
    """One side of a connection. `network_key`: of a closed network (doc/network-key.md)."""

    def __init__(self, magic, initiating, garbage=None, network_key=None):
        self.magic, self.initiating, self.network_key = magic, initiating, network_key
        self.garbage = os.urandom(os.urandom(1)[0]) if garbage is None else garbage
        self.secret, self.key = create()

    def agree(self, their_key):
        secret = shared_secret(self.secret, self.key, their_key, self.initiating)
        if self.network_key is not None:
            secret = hkdf(secret, self.network_key, "kepeng_closed_network")
        return Session(secret, self.magic, self.initiating)


class Transport:
    """Frames to bytes and back. The keys must have been agreed."""

    def __init__(self, session, garbage_received):
        self.session = session
        self.associated = garbage_received  # of the first packet that comes
        self.buffer = bytearray()
        self.length = None
        self.has_version = False

    def pack(self, name, payload):
        if name in SHORT_IDS:
            contents = bytes([SHORT_IDS.index(name)]) + payload
        else:
            contents = b"\0" + (name if isinstance(name, bytes) else name.encode()).ljust(12, b"\0") + payload
        return self.session.seal(contents)

    def feed(self, data):
        self.buffer += data

    def next(self):
        """(name, payload), or None when more bytes are needed. Raises InvalidTag."""
        while True:
            if self.length is None:
                if len(self.buffer) < LENGTH_BYTES:
                    return None
                self.length = int.from_bytes(self.session.receive_length.crypt(bytes(self.buffer[:LENGTH_BYTES])), "little")
                del self.buffer[:LENGTH_BYTES]
            size = HEADER_BYTES + self.length + TAG_BYTES
            if len(self.buffer) < size:
                return None
            plain = self.session.receive_packet.decrypt(bytes(self.buffer[:size]), self.associated)
            del self.buffer[:size]
            self.length, self.associated = None, b""
            if plain[0] & DECOY:
                continue
            if not self.has_version:
                self.has_version = True
                continue
            contents = plain[1:]
            if contents[0] == 0:
                return contents[1:13].rstrip(b"\0").decode(), contents[13:]
            return SHORT_IDS[contents[0]], contents[1:]


__all__ = ["Handshake", "InvalidTag", "Session", "Transport"]
