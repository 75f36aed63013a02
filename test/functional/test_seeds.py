# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""DNS seeds, and what leaves the machine. Needs a network namespace, where the name server is ours."""

import contextlib
import pathlib
import socket
import struct
import subprocess
import threading
import time

import isolated
import pytest
from framework import RAW_TRUE, Node, wait_for
from socks5 import Proxy

PORT = 18444
SEED = "x9.dummySeed.invalid."  # that of the test network, asked for full nodes


def name_servers():
    lines = pathlib.Path("/etc/resolv.conf").read_text().split("\n")
    return [line.split()[1] for line in lines if line.startswith("nameserver")]


class NameServer:
    """Answers questions for IPv4 addresses with these; never, if there are None."""

    def __init__(self, addresses):
        self.addresses = addresses
        self.asked = []
        self.sockets = []
        self.threads = []
        self.is_over = False
        for host in name_servers():
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            one = socket.socket(family, socket.SOCK_DGRAM)
            one.bind((host, 53))
            one.settimeout(0.1)  # a thread that waits for ever would keep the port
            self.sockets.append(one)
            self.threads.append(threading.Thread(target=self.serve, args=(one,), daemon=True))
            self.threads[-1].start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread, one in zip(self.threads, self.sockets):
            thread.join()
            one.close()

    def serve(self, listener):
        while not self.is_over:
            try:
                question, sender = listener.recvfrom(1500)
            except TimeoutError:
                continue
            end = question.index(0, 12) + 5
            labels, at = [], 12
            while question[at]:
                labels.append(question[at + 1 : at + 1 + question[at]].decode())
                at += 1 + question[at]
            self.asked.append(".".join(labels) + ".")
            if self.addresses is None:
                continue
            is_ipv4 = question[end - 4 : end - 2] == b"\0\1"
            found = self.addresses if is_ipv4 else []
            records = b"".join(b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(one) for one in found)
            listener.sendto(question[:2] + b"\x81\x80\0\1" + struct.pack(">H", len(found)) + b"\0\0\0\0" + question[12:end] + records,
                            sender)


class Capture:
    """Destinations (address, port) of all IPv4 packets that leave, by TCP or UDP."""

    def __init__(self):
        self.seen = set()
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self):
        while True:
            try:
                packet = self.socket.recv(65536)
            except OSError:
                return
            if packet[9] not in (socket.IPPROTO_TCP, socket.IPPROTO_UDP):
                continue
            head = (packet[0] & 15) * 4
            self.seen.add((socket.inet_ntoa(packet[16:20]), struct.unpack(">H", packet[head + 2 : head + 4])[0]))


@contextlib.contextmanager
def public_nodes(count):
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(Node()) for _ in range(count)]
        for node, host in zip(made, isolated.ADDRESSES):
            node.start("-listen=1", f"-bind={host}:{PORT}", "-discover=0")
        yield made


if not isolated.inside():

    def test_in_a_namespace_of_its_own():
        if not isolated.can_isolate():
            pytest.skip("no network namespaces here")
        if not name_servers():
            pytest.skip("this machine asks no name server")
        assert isolated.run_again(__file__)

else:
    for server in name_servers():
        subprocess.run(["ip", "addr", "add", f"{server}/{128 if ':' in server else 32}", "dev", "lo"], check=False)

    def test_p24_a_dns_seed_leads_to_the_network():
        """P-24, B-044: what a seed answers is tried; what cannot be reached from outside is not."""
        with public_nodes(3) as others, Node() as us:
            others[0].generatetodescriptor(4, RAW_TRUE)
            others[1].addnode(f"{isolated.ADDRESSES[0]}:{PORT}", "add")
            local = ["10.0.0.1", "127.0.0.1", "192.168.1.1", "0.0.0.0"]
            with NameServer(local + isolated.ADDRESSES[:3]) as seed:
                us.start("-dnsseed=1")
                wait_for(lambda: us.getblockcount() == 4, 60)
                assert SEED in seed.asked
                assert "3 addresses from the DNS seed" in us.log()
                known = {entry["address"] for entry in us.getnodeaddresses(0)}
                assert known <= set(isolated.ADDRESSES)
                kinds = {peer["connection_type"] for peer in us.getpeerinfo() if not peer["inbound"]}
                assert kinds <= {"outbound-full-relay", "block-relay-only", "feeler", "addr-fetch"}
                # Who has connections asks no seed again.
                count = len(seed.asked)
                wait_for(lambda: sum(1 for peer in us.getpeerinfo() if peer["version"]) >= 2)
                us.restart("-dnsseed=1")
                wait_for(lambda: sum(1 for peer in us.getpeerinfo() if peer["version"]) >= 2)
                time.sleep(12)
                assert len(seed.asked) == count

    def test_b044_a_seed_that_never_answers_holds_nobody_up(monkeypatch):
        """B-044: neither start nor shutdown waits for a look-up."""
        monkeypatch.setenv("RES_OPTIONS", "timeout:30 attempts:1")
        with NameServer(None) as seed, Node() as us:
            began = time.monotonic()
            us.start("-dnsseed=1")
            wait_for(lambda: SEED in seed.asked)
            us.stop()
            assert time.monotonic() - began < 20  # one question alone takes thirty seconds

    def test_where_we_are_goes_around():
        """Our interfaces are looked at (-discover), and whom we connect to hears of us: routable addresses only."""
        interface, ours = "kepeng0", "41.1.0.1"
        added = [["ip", "link", "add", interface, "type", "veth", "peer", "name", "kepeng1"], ["ip", "addr", "add", f"{ours}/24", "dev", interface],
                 ["ip", "addr", "add", "10.9.8.7/24", "dev", interface], ["ip", "link", "set", interface, "up"]]
        if any(subprocess.run(command, capture_output=True).returncode for command in added):
            pytest.skip("no interface can be made here")
        with public_nodes(1) as (other,), Node() as us:
            us.start("-listen=1", "-port=18555", f"-bind={ours}", f"-connect={isolated.ADDRESSES[0]}:{PORT}")
            assert [(one["address"], one["score"]) for one in us.getnetworkinfo()["localaddresses"]] == [(ours, 2)]
            other.generatetodescriptor(1, RAW_TRUE)  # before that we have nothing to offer
            wait_for(lambda: us.getblockcount() == 1)
            us.restart("-listen=1", "-port=18555", f"-connect={isolated.ADDRESSES[0]}:{PORT}", "-listenonion=0")
            assert [(one["address"], one["score"]) for one in us.getnetworkinfo()["localaddresses"]] == [(ours, 1)]
            wait_for(lambda: any(peer.get("addrlocal") for peer in us.getpeerinfo()))
            seen = us.getpeerinfo()[0]["addrlocal"]
            assert seen.startswith(f"{isolated.ADDRESSES[0]}:")  # within one machine the way there is the way back
            wait_for(lambda: ours in {entry["address"] for entry in other.getnodeaddresses(0)}, 60)

    def test_p29_nothing_goes_around_a_proxy():
        """P-29: with a proxy every packet goes to the proxy: no peer, no name server, no router of the local network."""
        with public_nodes(2) as others, NameServer(isolated.ADDRESSES[:2]) as names, Node() as us:
            capture = Capture()
            there = (isolated.ADDRESSES[0], PORT)
            with Proxy({("node.example", PORT): there, (isolated.ADDRESSES[1], PORT): (isolated.ADDRESSES[1], PORT)}) as proxy:
                us.start(f"-proxy={proxy.address}", "-dnsseed=1", "-natpmp=1")
                us.addpeeraddress(isolated.ADDRESSES[1], PORT)
                us.addnode("node.example", "add")
                wait_for(lambda: len([peer for peer in us.getpeerinfo() if peer["version"]]) >= 2)
                others[0].generatetodescriptor(2, RAW_TRUE)
                wait_for(lambda: us.getblockcount() == 2)
                wait_for(lambda: "dummySeed.invalid" in {asked.host for asked in proxy.asked}, 60)
                assert names.asked == []
                # The proxy itself, which is in this process, connects to the two nodes; nobody else did.
                inbound = sum(len(node.getpeerinfo()) for node in others)
                mine = len([asked for asked in proxy.asked if asked.host in ("node.example", isolated.ADDRESSES[1])])
                assert 2 <= inbound <= mine
                assert ("127.0.0.1", proxy.port) in capture.seen
                assert not [seen for seen in capture.seen if seen[1] in (53, 5351)]
