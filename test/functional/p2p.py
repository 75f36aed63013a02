# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""A peer made of a plain socket, for saying anything to a node: honest words, wrong ones, and raw bytes.

`Peer` speaks version 1 or BIP324, calls or is called (`Listener`). Nothing runs in the background: a test sends, waits for
what it expects, and sees when the connection is gone. While it waits, pings are answered. `Chain` makes small regtest
chains, which `Peer.serve` hands out as an honest node would.
"""

import contextlib
import hashlib
import os
import socket
import struct
import time

from framework import Node, free_port

import p2p_v2

MAGIC = bytes.fromhex("fabfb5da")
GENESIS = bytes.fromhex("0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206")[::-1]
GENESIS_TIME = 1296688602
BITS = 0x207FFFFF
PAYLOAD_MAX = 4_000_000

UNASKED = ("feefilter", "ping", "sendheaders")  # every now and then

NETWORK, WITNESS, LIMITED, P2P_V2 = 1, 8, 1024, 2048
TX, BLOCK, FILTERED, COMPACT, WTX, WITNESS_FLAG = 1, 2, 3, 4, 5, 1 << 30


class Closed(Exception):
    """The node has hung up."""


# --- encoding --------------------------------------------------------------------------------------------------------


def sha256d(data):
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def compact(number):
    if number < 253:
        return bytes([number])
    for prefix, code, most in ((253, "<H", 1 << 16), (254, "<I", 1 << 32), (255, "<Q", 1 << 64)):
        if number < most:
            return bytes([prefix]) + struct.pack(code, number)
    raise ValueError(number)


def take_compact(data, at):
    """(number, where it ends)"""
    if data[at] < 253:
        return data[at], at + 1
    code = {253: "<H", 254: "<I", 255: "<Q"}[data[at]]
    size = struct.calcsize(code)
    return struct.unpack_from(code, data, at + 1)[0], at + 1 + size


def text(data):
    data = data.encode() if isinstance(data, str) else data
    return compact(len(data)) + data


def version(protocol=70016, services=NETWORK | WITNESS, nonce=None, agent="/test/", height=0, relay=True, when=None):
    when = int(time.time()) if when is None else when
    nonce = os.urandom(8) if nonce is None else nonce
    address = struct.pack("<Q", services) + bytes(16) + bytes(2)
    return (struct.pack("<iQq", protocol, services, when) + address + address + nonce + text(agent)
            + struct.pack("<i?", height, relay))


def inventory(items):
    """Of (type, hash) pairs."""
    return compact(len(items)) + b"".join(struct.pack("<I", kind) + name for kind, name in items)


def locator(hashes, stop=bytes(32), protocol=70016):
    return struct.pack("<i", protocol) + compact(len(hashes)) + b"".join(hashes) + stop


def headers(some, transactions=0):
    return compact(len(some)) + b"".join(header + compact(transactions) for header in some)


def read_headers(payload):
    count, at = take_compact(payload, 0)
    return [payload[at + 81 * i:at + 81 * i + 80] for i in range(count)]


def read_inventory(payload):
    count, at = take_compact(payload, 0)
    return [(struct.unpack_from("<I", payload, at + 36 * i)[0], payload[at + 36 * i + 4:at + 36 * i + 36])
            for i in range(count)]


# --- blocks ----------------------------------------------------------------------------------------------------------


def target_of(bits):
    return (bits & 0x7FFFFF) << 8 * ((bits >> 24) - 3)


def mine(previous, merkle_root, when, bits=BITS, block_version=0x20000000):
    """A header with proof of work."""
    start = struct.pack("<i", block_version) + previous + merkle_root + struct.pack("<II", when, bits)
    target = target_of(bits)
    for nonce in range(1 << 32):
        header = start + struct.pack("<I", nonce)
        if int.from_bytes(sha256d(header), "little") <= target:
            return header
    raise AssertionError("no nonce does it")


def spoil(header):
    """The same header without proof of work."""
    target = target_of(struct.unpack_from("<I", header, 72)[0])
    for nonce in range(1 << 32):
        header = header[:76] + struct.pack("<I", nonce)
        if int.from_bytes(sha256d(header), "little") > target:
            return header
    raise AssertionError("no nonce spoils it")


def push_height(height):
    if height <= 16:
        return bytes([0x50 + height])
    number = height.to_bytes(height.bit_length() // 8 + 1, "little")
    return bytes([len(number)]) + number


def coinbase(height, extra=b"\0"):
    script = push_height(height) + bytes([len(extra)]) + extra
    return (struct.pack("<i", 2) + b"\1" + bytes(32) + b"\xff" * 4 + text(script) + b"\xff" * 4
            + b"\1" + struct.pack("<q", 50 * 10**8 >> height // 150) + text(b"\x51") + bytes(4))


class Block:
    def __init__(self, previous, height, when, extra=b"\0"):
        self.height = height
        self.coinbase = coinbase(height, extra)
        self.header = mine(previous, sha256d(self.coinbase), when)
        self.hash = sha256d(self.header)
        self.raw = self.header + b"\1" + self.coinbase

    @property
    def name(self):
        """As RPC writes the hash."""
        return self.hash[::-1].hex()

    def compact_form(self, nonce=bytes(8)):
        """BIP152, with the coinbase prefilled and nothing to guess."""
        return self.header + nonce + b"\0" + b"\1\0" + self.coinbase


class Chain:
    """Blocks 1 to `count` above the genesis block. `fork`: a byte that makes it differ from others."""

    def __init__(self, count, fork=0, start=None, base=None):
        self.blocks = list(base.blocks) if base else []
        self.fork = fork
        self.start = start or (base.start if base else GENESIS_TIME + 600)
        self.extend(count)

    def extend(self, count):
        for _ in range(count):
            height = len(self.blocks) + 1
            self.blocks.append(Block(self.tip, height, self.start + height, bytes([self.fork])))
        return self.blocks[-count:]

    @property
    def tip(self):
        return self.blocks[-1].hash if self.blocks else GENESIS

    @property
    def name(self):
        return self.tip[::-1].hex()

    def headers(self):
        return [block.header for block in self.blocks]

    def after(self, wanted):
        """The blocks behind the first known hash of a locator."""
        at = {block.hash: i + 1 for i, block in enumerate(self.blocks)}
        at[GENESIS] = 0
        return self.blocks[next((at[name] for name in wanted if name in at), 0):]

    def answer(self, peer, name, payload):
        """What an honest node says to this."""
        if name == "getheaders":
            count, at = take_compact(payload, 4)
            known = [payload[at + 32 * i:at + 32 * i + 32] for i in range(count)]
            peer.send("headers", headers([block.header for block in self.after(known)[:2000]]))
        elif name == "getdata":
            for kind, wanted in read_inventory(payload):
                block = next((block for block in self.blocks if block.hash == wanted), None)
                if block is not None and kind & ~WITNESS_FLAG in (BLOCK, COMPACT):
                    peer.send("block", block.raw)


# --- transports ------------------------------------------------------------------------------------------------------


def frame_v1(name, payload, magic=MAGIC, length=None, checksum=None):
    """Any header that one likes before a payload."""
    name = name if isinstance(name, bytes) else name.encode()
    length = len(payload) if length is None else length
    checksum = sha256d(payload)[:4] if checksum is None else checksum
    return magic + name.ljust(12, b"\0") + struct.pack("<I", length) + checksum + payload


class TransportV1:
    def __init__(self):
        self.buffer = bytearray()

    def pack(self, name, payload):
        return frame_v1(name, payload)

    def feed(self, data):
        self.buffer += data

    def next(self):
        if len(self.buffer) < 24:
            return None
        assert self.buffer[:4] == MAGIC, bytes(self.buffer[:24])
        size = 24 + struct.unpack_from("<I", self.buffer, 16)[0]
        if len(self.buffer) < size:
            return None
        name, payload = bytes(self.buffer[4:16]).rstrip(b"\0").decode(), bytes(self.buffer[24:size])
        assert sha256d(payload)[:4] == self.buffer[20:24]
        del self.buffer[:size]
        return name, payload


# --- peers -----------------------------------------------------------------------------------------------------------


class ListeningNode(Node):
    """A node whose port for peers is known, and which logs what it thinks of them."""

    def __init__(self):
        super().__init__()
        self.p2p_port = free_port()

    def start(self, *arguments):
        return super().start("-listen=1", f"-bind=127.0.0.1:{self.p2p_port}", "-debug=net", *arguments)

    @property
    def address(self):
        return f"127.0.0.1:{self.p2p_port}"


def resident(node):
    """Bytes of memory that it has."""
    with open(f"/proc/{node.process.pid}/status") as status:
        return 1024 * int(next(line for line in status if line.startswith("VmRSS")).split()[1])


class Peer:
    """One connection. `node`: whom to call; or `connection`: a socket on which we were called."""

    def __init__(self, node=None, v2=True, connection=None, network_key=None, receive_buffer=None):
        self.v2, self.initiating, self.network_key = v2, connection is None, network_key
        if connection is None:
            connection = socket.socket()
            if receive_buffer:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            connection.connect(("127.0.0.1", node.p2p_port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = connection
        self.transport = None
        self.version = None  # the node's, as it came
        self.heard = []  # names of all messages so far

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the connection without a word (RST)."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    @property
    def own_address(self):
        return "{}:{}".format(*self.socket.getsockname())

    # --- bytes

    def raw(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as gone:
            raise Closed from gone
        return self

    def read(self, seconds=10):
        """Some bytes."""
        self.socket.settimeout(seconds)
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError as gone:
            raise Closed from gone
        finally:
            self.socket.settimeout(None)
        if not data:
            raise Closed
        return data

    def read_exactly(self, count, seconds=10):
        data = b""
        deadline = time.monotonic() + seconds
        while len(data) < count:
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            more = self.socket.recv(count - len(data))
            if not more:
                raise Closed
            data += more
        self.socket.settimeout(None)
        return data

    def rest(self, seconds=10):
        """Everything until the node hangs up; TimeoutError if it does not."""
        data = b""
        deadline = time.monotonic() + seconds
        with contextlib.suppress(Closed):
            while True:
                data += self.read(max(0.01, deadline - time.monotonic()))
        return data

    # --- messages

    def agree(self, garbage=None, seconds=10):
        """The two sides come to a transport."""
        if not self.v2:
            self.transport = TransportV1()
            return self
        self.hand = p2p_v2.Handshake(MAGIC, self.initiating, garbage, self.network_key)
        self.raw(self.hand.key + self.hand.garbage)
        self.session = self.hand.agree(self.read_exactly(64, seconds))
        self.raw(self.session.send_terminator + self.session.seal(b"", self.hand.garbage))
        theirs = b""
        while not theirs.endswith(self.session.receive_terminator):
            assert len(theirs) < p2p_v2.GARBAGE_MAX + 16, "garbage without an end"
            theirs += self.read_exactly(1, seconds)
        self.transport = p2p_v2.Transport(self.session, theirs[:-16])
        return self

    def handshake(self, *, say=("wtxidrelay", "sendaddrv2"), **about):
        """Up to both `verack`s; what the node says behind its own waits to be received."""
        if self.transport is None:
            self.agree()
        if self.initiating:
            self.send("version", version(**about))
        self.version = self.wait("version")
        if not self.initiating:
            self.send("version", version(**about))
        for name in say:
            self.send(name, b"")
        self.send("verack", b"")
        self.wait("verack")
        return self

    def send(self, name, payload=b""):
        return self.raw(self.transport.pack(name, payload))

    def receive(self, seconds=10):
        """The next (name, payload). Raises TimeoutError or Closed."""
        deadline = time.monotonic() + seconds
        while True:
            message = self.transport.next()
            if message is not None:
                self.heard.append(message[0])
                return message
            self.transport.feed(self.read(max(0.01, deadline - time.monotonic())))

    def wait(self, name, seconds=10, matches=lambda payload: True):
        """The payload of the next message of this name."""
        deadline = time.monotonic() + seconds
        while True:
            got, payload = self.receive(max(0.01, deadline - time.monotonic()))
            if got == "ping":
                self.send("pong", payload)
            if got == name and matches(payload):
                return payload

    def answer(self, seconds=10):
        """The next (name, payload) but for what it says unasked."""
        while (message := self.receive(seconds))[0] in UNASKED:
            pass
        return message

    def sync(self, seconds=10):
        """Waits until the node has dealt with all that was sent; what it said meanwhile, but for what it says unasked."""
        nonce = os.urandom(8)
        before = len(self.heard)
        self.send("ping", nonce)
        self.wait("pong", seconds, lambda payload: payload == nonce)
        return [name for name in self.heard[before:-1] if name not in UNASKED]

    def is_gone(self, seconds=10):
        """Whether the node hangs up."""
        try:
            self.rest(seconds)
        except TimeoutError:
            return False
        return True

    def serve(self, chain, until, seconds=30):
        """Is an honest node with this chain until the condition holds."""
        deadline = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < deadline, f"it did not happen in time; heard {self.heard[-20:]}"
            with contextlib.suppress(TimeoutError):
                name, payload = self.receive(0.1)
                if name == "ping":
                    self.send("pong", payload)
                chain.answer(self, name, payload)


class Listener:
    """Is called by nodes."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def accept(self, v2=True, seconds=30, **about):
        """The next connection. A caller that tries BIP324 where version 1 is wanted is hung up on, and calls again."""
        self.socket.settimeout(seconds)
        while True:
            connection = self.socket.accept()[0]
            connection.settimeout(None)
            if v2 or connection.recv(4, socket.MSG_PEEK) == MAGIC:
                return Peer(v2=v2, connection=connection, **about)
            connection.close()
