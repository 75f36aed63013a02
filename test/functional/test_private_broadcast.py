# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""P-29: own transactions by -privatebroadcast, as strangers see them at the far end of Tor and I2P: message by message."""

import base64
import contextlib
import hashlib
import socket
import struct
import threading
import time

import isolated
import pytest
from framework import Node, RpcError, free_port, wait_for
from p2p import MAGIC, NETWORK, P2P_V2, TX, WITNESS, Listener, inventory, read_inventory, text, version
from sam import Router
from socks5 import Proxy
from test_mempool import VALUE, coins, transaction
from test_peers import Peer as PeerNode
from test_peers import wait_for_one_tip, wait_for_relay

PORT = 18444
# Nobody is called but for this purpose.
ALONE = ["-privatebroadcast", "-maxconnections=0", "-debug=privatebroadcast"]
REVIEW_SECONDS = 200


def onion(number):
    """(name, key) of an onion service that nobody has."""
    key = bytes([number]) * 32
    check = hashlib.sha3_256(b".onion checksum" + key + b"\3").digest()[:2]
    return base64.b32encode(key + check + b"\3").decode().lower() + ".onion", key


ONIONS = [onion(17 * number)[0] for number in range(1, 13)]  # each in a group of its own


def read_version(payload):
    protocol, services, when = struct.unpack_from("<iQq", payload)
    receiver, sender = payload[20:46], payload[46:72]
    size = payload[80]
    agent = payload[81:81 + size].decode()
    height, relay = struct.unpack_from("<i?", payload, 81 + size)
    assert len(payload) == 81 + size + 5
    return {"protocol": protocol, "services": services, "time": when, "receiver": receiver, "sender": sender, "agent": agent,
            "height": height, "relay": relay}


SAID_BY_EVERYBODY = {"protocol": 70016, "services": 0, "time": 0, "receiver": bytes(26), "sender": bytes(26),
                     "agent": "/pynode:0.0.1/", "height": 0, "relay": False}


def greet(peer):
    """An ordinary node's first words, which ask for more than the other side may tell; up to the announcement: its txid."""
    peer.agree()
    assert read_version(peer.wait("version")) == SAID_BY_EVERYBODY
    peer.send("version", version())
    for name in ("wtxidrelay", "sendaddrv2", "verack", "sendcmpct", "getaddr", "mempool"):
        peer.send(name, struct.pack("<BQ", 0, 2) if name == "sendcmpct" else b"")
    peer.send("ping", bytes(8))
    peer.send("feefilter", struct.pack("<q", 1000))
    (kind, hash_), = read_inventory(peer.wait("inv"))
    assert kind == TX
    return hash_


def receive(peer):
    """All that an honest stranger does; the transaction as it came. Not a word came besides."""
    txid = greet(peer)
    peer.send("getdata", inventory([(TX, txid)]))
    raw = peer.wait("tx")
    peer.send("pong", peer.receive()[1])
    assert peer.is_gone()
    assert peer.heard == ["version", "verack", "inv", "tx", "ping"]
    return raw.hex()


@contextlib.contextmanager
def hidden(node, listener, *arguments, names=ONIONS, known=None):
    """The node with a proxy that leads to the listener, whatever onion service is asked for."""
    with Proxy({(name, PORT): ("127.0.0.1", listener.port) for name in names}) as proxy:
        node.start(*ALONE, f"-onion={proxy.address}", *arguments)
        fund = coins(node, 1)[0]
        wanted = names if known is None else known
        taken = [node.addpeeraddress(name, PORT)["success"] for name in wanted]  # by chance two may want one place
        assert sum(taken) >= 2 * len(wanted) / 3
        yield proxy, fund


def on_their_way(node):
    return node.getprivatebroadcastinfo()["transactions"]


def test_p29_what_strangers_see():
    """Three of them, each over a circuit of its own; then the network sends it back, and it is ours no more."""
    with Node() as node, Listener() as strangers, hidden(node, strangers) as (proxy, fund), PeerNode() as friend:
        friend.start()
        node.addnode(friend.address, "add")
        wait_for_one_tip([node, friend])
        wait_for_relay([node, friend])
        txid, raw = transaction([fund], [VALUE - 10_000])
        before = int(time.time())
        assert node.sendrawtransaction(raw) == txid
        assert node.getrawmempool() == [] and node.getmempoolinfo()["unbroadcastcount"] == 0
        for number in range(3):
            with strangers.accept(v2=False) as peer:
                assert receive(peer) == raw
            wait_for(lambda: sum("received" in one for one in on_their_way(node)[0]["peers"]) == number + 1)
        (shown,) = on_their_way(node)
        assert (shown["txid"], shown["hex"], shown["attempts_remaining"]) == (txid, raw, 997)
        assert shown["wtxid"] == node.decoderawtransaction(raw)["hash"] and shown["time_added"] >= before
        assert len({one["address"] for one in shown["peers"]}) == 3
        for one in shown["peers"]:
            assert one["address"] in {f"{name}:{PORT}" for name in ONIONS}
            assert before <= one["sent"] <= one["received"]
        # Each has its own circuit, and nobody else was called.
        assert len(proxy.asked) == 3 and len({asked.user for asked in proxy.asked}) == 3
        assert all(len(asked.user) >= 16 for asked in proxy.asked)
        # The ordinary peer has heard nothing.
        time.sleep(1)
        assert friend.getrawmempool() == [] and node.getrawmempool() == []
        assert not {"inv", "tx"} & set(node.getpeerinfo()[0]["bytessent_per_msg"])
        # Somebody who got it tells others.
        friend.sendrawtransaction(raw)
        wait_for(lambda: node.getrawmempool() == [txid], 120)  # it is told at random moments, every five seconds
        wait_for(lambda: on_their_way(node) == [])
        assert node.getmempoolinfo()["unbroadcastcount"] == 0
        assert "has come back from the network" in node.log()


def test_p29_strangers_who_fail_are_replaced():
    with Node() as node, Listener() as strangers, hidden(node, strangers) as (proxy, fund):
        txid, raw = transaction([fund], [VALUE - 10_000])
        node.sendrawtransaction(raw)
        # One that hangs up, one that wants no transactions, one that asks for something else, one that is mute.
        strangers.accept(v2=False).close()
        with strangers.accept(v2=False) as peer:
            peer.agree()
            peer.wait("version")
            peer.send("version", version(relay=False))
            assert peer.is_gone()
            assert peer.heard == ["version"]
        with strangers.accept(v2=False) as peer:
            hash_ = greet(peer)
            peer.send("getdata", inventory([(TX, bytes(32)), (TX, hash_)]))
            assert peer.is_gone()
            assert peer.heard == ["version", "verack", "inv"]
        with strangers.accept(v2=False) as mute:
            for _ in range(2):
                with strangers.accept(v2=False) as peer:
                    assert receive(peer) == raw
        with strangers.accept(v2=False) as peer:
            assert receive(peer) == raw
        (shown,) = on_their_way(node)
        assert sum("received" in one for one in shown["peers"]) == 3
        assert len(shown["peers"]) == 4 and shown["attempts_remaining"] == 996


def test_p29_what_does_not_come_back_is_sent_again():
    with Node() as node, Listener() as strangers, hidden(node, strangers) as (proxy, fund):
        txid, raw = transaction([fund], [VALUE - 10_000])
        node.sendrawtransaction(raw)
        for _ in range(3):
            with strangers.accept(v2=False) as peer:
                receive(peer)
        now = int(time.time())
        node.setmocktime(now + REVIEW_SECONDS)
        with strangers.accept(v2=False) as peer:
            assert receive(peer) == raw
        wait_for(lambda: len(on_their_way(node)[0]["peers"]) == 4)
        # Spent by another meanwhile: it is of no use any more.
        other, other_raw = transaction([fund], [VALUE - 20_000])
        node.generateblock("raw(51)", [other_raw])
        node.setmocktime(now + 2 * REVIEW_SECONDS)
        wait_for(lambda: on_their_way(node) == [])
        assert f"Private broadcast of {txid} ends: " in node.log()


def test_abort_and_errors():
    with Node() as node, Listener() as strangers, hidden(node, strangers, known=[]) as (proxy, fund):
        txid, raw = transaction([fund], [VALUE - 10_000])
        with pytest.raises(RpcError) as refused:
            node.sendrawtransaction(transaction([fund], [VALUE + 1])[1])
        assert refused.value.code == -26 and "bad-txns-in-belowout" in refused.value.message
        assert on_their_way(node) == []
        node.sendrawtransaction(raw)
        assert node.sendrawtransaction(raw) == txid  # again is fine
        wtxid = node.decoderawtransaction(raw)["hash"]
        assert on_their_way(node)[0]["peers"] == [] and on_their_way(node)[0]["attempts_remaining"] == 1000
        assert node.abortprivatebroadcast(txid) == {"removed_transactions": [{"txid": txid, "wtxid": wtxid, "hex": raw}]}
        for id_ in (txid, wtxid):
            with pytest.raises(RpcError) as gone:
                node.abortprivatebroadcast(id_)
            assert gone.value.code == -5
            assert gone.value.message == "Transaction not in private broadcast queue. Check getprivatebroadcastinfo."
        node.sendrawtransaction(raw)
        assert node.abortprivatebroadcast(wtxid)["removed_transactions"][0]["txid"] == txid
        assert on_their_way(node) == []


def test_a_way_is_needed():
    requested = "Private broadcast of own transactions requested (-privatebroadcast), but "
    with Node() as node:
        none = requested + "none of Tor or I2P networks is reachable"
        assert none in node.fails_to_start("-privatebroadcast", "-listenonion=0")
        assert none in node.fails_to_start("-privatebroadcast", "-onion=127.0.0.1:1", "-onlynet=ipv4")
        assert requested + "-connect is also configured" in node.fails_to_start(
            "-privatebroadcast", "-onion=127.0.0.1:1", "-connect=127.0.0.1:2")
        # Tor may still tell where its proxy is; until then nothing is sent in another way.
        node.start(*ALONE, "-listenonion=1", "-torcontrol=127.0.0.1:1")
        _, raw = transaction([coins(node, 1)[0]], [VALUE - 10_000])
        with pytest.raises(RpcError) as refused:
            node.sendrawtransaction(raw)
        assert refused.value.code == -1
        assert refused.value.message.startswith("-privatebroadcast is enabled, but none of the Tor or I2P networks is reachable.")
        assert on_their_way(node) == [] and node.getrawmempool() == []


def test_from_one_node_to_another():
    """No Python peer: our own nodes take it like any transaction, and pass it on."""
    with contextlib.ExitStack() as stack:
        node = stack.enter_context(Node())
        others = [stack.enter_context(PeerNode()) for _ in range(3)]
        for other in others:
            other.start()
        for a, b in zip(others, others[1:]):
            a.connect(b)
        routes = {(name, PORT): ("127.0.0.1", other.p2p_port) for name, other in zip(ONIONS, others)}
        proxy = stack.enter_context(Proxy(routes))
        node.start(*ALONE, f"-onion={proxy.address}")
        fund = coins(node, 1)[0]
        node.addnode(others[2].address, "add")
        wait_for_one_tip([node, *others])
        wait_for_relay([node, *others])
        for name, _ in routes:
            node.addpeeraddress(name, PORT)
        txid, raw = transaction([fund], [VALUE - 10_000])
        node.sendrawtransaction(raw)
        wait_for(lambda: all(other.getrawmempool() == [txid] for other in (*others, node)), 90)
        assert on_their_way(node) == []


def test_p29_over_i2p_under_a_name_for_each():
    """Our lasting name in I2P is shown to nobody, and no two strangers see the same."""
    with Router() as router, Node() as node, contextlib.ExitStack() as stack:
        others = [stack.enter_context(Node()) for _ in range(3)]
        names = []
        for other in others:
            other.start(f"-i2psam={router.address}", "-listen=1", f"-bind=127.0.0.1:{free_port()}", "-debug=net")
            wait_for(lambda: other.getnetworkinfo()["localaddresses"])
            names.append(other.getnetworkinfo()["localaddresses"][0]["address"])
        node.start(*ALONE, f"-i2psam={router.address}", "-listen=1", f"-bind=127.0.0.1:{free_port()}")
        wait_for(lambda: node.getnetworkinfo()["localaddresses"])
        ours = node.getnetworkinfo()["localaddresses"][0]["address"]
        fund = coins(node, 1)[0]
        for block in range(1, node.getblockcount() + 1):
            for other in others:
                other.submitblock(node.getblock(node.getblockhash(block), 0))
        # By chance two may want one place in the address book.
        known = [number for number, name in enumerate(names) if node.addpeeraddress(name, 0)["success"]]
        assert len(known) >= 2
        txid, raw = transaction([fund], [VALUE - 10_000])
        callers = {}
        node.sendrawtransaction(raw)

        def note_callers():
            for number, other in enumerate(others):
                for peer in other.getpeerinfo():
                    callers.setdefault(number, peer["addr"])
            return all(others[number].getrawmempool() == [txid] for number in known)

        wait_for(note_callers, 60)
        shown = on_their_way(node)[0]["peers"]
        assert {one["address"] for one in shown} == {f"{names[number]}:0" for number in known}
        seen = set(callers.values())
        assert len(seen) == len(callers) and f"{ours}:0" not in seen
        assert all(caller.endswith(".b32.i2p:0") for caller in seen)


def test_v53_whoever_hangs_up_on_bip324_is_not_called_in_another_way():
    """V-53, P-29: no second try in version 1, which would be in the clear and need not take the same way."""
    with Node() as node, Listener() as strangers, Listener() as teller:
        name, key = onion(77)
        with hidden(node, strangers, names=[name], known=[]) as (proxy, fund):
            node.addnode(teller.address, "add")
            with teller.accept() as peer:
                peer.handshake()
                services = NETWORK | WITNESS | P2P_V2
                peer.send("addrv2", b"\1" + struct.pack("<I", int(time.time())) + b"\xfd" + struct.pack("<H", services)
                          + b"\4" + text(key) + struct.pack(">H", PORT))
                peer.sync()
                assert name in {one["address"] for one in node.getnodeaddresses(0)}
                _, raw = transaction([fund], [VALUE - 10_000])
                node.sendrawtransaction(raw)
                for _ in range(3):
                    caller = strangers.accept()
                    assert caller.read()[:4] != MAGIC
                    caller.close()
                # It speaks BIP324 at last.
                with strangers.accept() as stranger:
                    assert receive(stranger) == raw


if not isolated.inside():

    def test_in_a_namespace_of_its_own():
        if not isolated.can_isolate():
            pytest.skip("no network namespaces here")
        assert isolated.run_again(f"{__file__}::test_p29_no_packet_goes_around_the_proxy")

else:

    class Sniffer:
        """Where every connection of this namespace goes, and every datagram."""

        def __init__(self):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self.socket.settimeout(0.2)
            self.seen = set()  # (protocol, address, port)
            self.ends = False
            self.thread = threading.Thread(target=self.listen)
            self.thread.start()

        def listen(self):
            while not self.ends:
                with contextlib.suppress(TimeoutError):
                    self.note(self.socket.recv(65536))

        def note(self, frame):
            kind, packet = frame[12:14], frame[14:]
            if kind == b"\x86\xdd":
                self.seen.add(("ip6", packet[24:40].hex(), 0))
            if kind != b"\x08\x00":
                return
            payload = packet[4 * (packet[0] & 15):]
            address, port = socket.inet_ntoa(packet[16:20]), struct.unpack(">H", payload[2:4])[0]
            if packet[9] == 6 and payload[13] & 0x12 == 0x02:  # SYN
                self.seen.add(("tcp", address, port))
            elif packet[9] == 17:
                self.seen.add(("udp", address, port))

        def stop(self):
            time.sleep(0.5)
            self.ends = True
            self.thread.join()
            return self.seen

    def test_p29_no_packet_goes_around_the_proxy():
        """P-29: onion services and, once one was reached, clearnet nodes: all through the proxy, and nothing beside it."""
        clearnet = isolated.ADDRESSES
        with Node() as node, Listener() as strangers:
            names = ONIONS + clearnet
            sniffer = Sniffer()
            try:
                with hidden(node, strangers, names=names, known=clearnet) as (proxy, fund):
                    _, raw = transaction([fund], [VALUE - 10_000])
                    node.sendrawtransaction(raw)
                    time.sleep(2)
                    assert proxy.asked == []  # who has shown no onion service yet may not be Tor
                    # By chance somebody else may have its place in the address book.
                    service = next(name for name in ONIONS if node.addpeeraddress(name, PORT)["success"])
                    for _ in range(3):
                        with strangers.accept(v2=False) as peer:
                            receive(peer)
                    wait_for(lambda: sum("received" in one for one in on_their_way(node)[0]["peers"]) == 3)
                    asked = [one.host for one in proxy.asked]
                    assert asked[0] == service and set(asked[1:]) <= set(clearnet) and len(asked) == 3
                    assert len({one.user for one in proxy.asked}) == 3
                    proxied = ("tcp", "127.0.0.1", int(proxy.address.split(":")[1]))
            finally:
                seen = sniffer.stop()
            assert proxied in seen
            assert seen <= {proxied, ("tcp", "127.0.0.1", node.port), ("tcp", "127.0.0.1", strangers.port)}, seen
