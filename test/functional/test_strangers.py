# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Whom nodes connect to by themselves. Needs a network namespace, where there are public addresses."""

import contextlib
import select
import socket

import isolated
import pytest
from framework import RAW_TRUE, Node, wait_for

PORT = 18444


class Public(Node):
    """A node with a public address of its own."""

    def __init__(self, number):
        super().__init__()
        self.host = isolated.ADDRESSES[number]

    def start(self, *arguments):
        return super().start("-listen=1", f"-bind={self.host}:{PORT}", *arguments)

    def knows(self, *others):
        for other in others:
            self.addpeeraddress(other.host, PORT)

    def connected(self, kind):
        return {peer["addr"] for peer in self.getpeerinfo() if peer["connection_type"] == kind and peer["version"]}


@contextlib.contextmanager
def nodes(count, *arguments):
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(Public(i)) for i in range(count)]
        for node in made:
            node.start(*arguments)
        yield made


if not isolated.inside():

    def test_in_a_namespace_of_its_own():
        if not isolated.can_isolate():
            pytest.skip("no network namespaces here")
        assert isolated.run_again(__file__)

else:

    def test_p04_connections_by_the_address_book():
        """P-04, P-23: eight full ones and two for blocks, no two in one group; the blocks follow."""
        with nodes(13) as made:
            us, others = made[0], made[1:]
            others[5].generatetodescriptor(5, RAW_TRUE)
            us.knows(*others)
            wait_for(lambda: len(us.connected("outbound-full-relay")) == 8)
            wait_for(lambda: len(us.connected("block-relay-only")) == 2)
            assert not us.connected("outbound-full-relay") & us.connected("block-relay-only")
            before = us.connected("block-relay-only")  # later there may be one more for a while
            for node in others:
                node.knows(us)
            wait_for(lambda: all(node.getblockcount() == 5 for node in made), 90)
            assert us.getaddrmaninfo()["ipv4"]["tried"] >= 8  # by chance two of the ten may want one place
            # P-24: after a restart the block connections come back first.
            us.stop()
            us.start()
            wait_for(lambda: us.connected("block-relay-only") >= before)

    def test_p17_addresses_go_around():
        """P-17: who is connected to learns what its peer knows, and no more than it should."""
        with nodes(2) as (a, b):
            for i in range(100):
                b.addpeeraddress(f"{100 + i % 50}.{i}.1.1", 8333)
            a.knows(b)
            wait_for(lambda: a.connected("outbound-full-relay"))
            known = b.getaddrmaninfo()["all_networks"]["total"]
            assert known > 90
            wait_for(lambda: a.getaddrmaninfo()["all_networks"]["total"] > 1)
            assert a.getaddrmaninfo()["all_networks"]["total"] <= 1 + known * 23 // 100 + 1
            peer = a.getpeerinfo()[0]
            assert peer["addr_relay_enabled"] and peer["addr_processed"] > 0
            assert peer["network"] == "ipv4"

    def test_p20_who_misbehaves_is_not_called_again():
        """P-20: a stranger that breaks the protocol is sent away and discouraged, and is not called any more."""
        with nodes(2) as (a, b):
            a.knows(b)
            wait_for(lambda: a.connected("outbound-full-relay"))
            peer = next(peer["id"] for peer in b.getpeerinfo() if peer["inbound"])
            wait_for(lambda: b.getpeerinfo()[0]["version"])
            junk = "fd" + (2001).to_bytes(2, "little").hex() + (bytes(80) + b"\0").hex() * 2001  # B-014
            b.sendmsgtopeer(peer, "headers", junk)
            wait_for(lambda: not a.getpeerinfo())
            assert "misbehaves" in a.log()

    def test_connect_means_nobody_else():
        with nodes(3) as (a, b, c):
            a.stop()
            a.start(f"-connect={b.host}:{PORT}")
            a.knows(b, c)
            wait_for(lambda: a.connected("manual") == {f"{b.host}:{PORT}"})
            assert len(a.getpeerinfo()) == 1

    def test_p36_one_network_of_ipv6_is_let_in_ten_times_a_minute():
        """P-36: whoever has a /64 has more addresses than anybody could ban. Others are welcome meanwhile."""
        with Public(0) as node:
            node.start(f"-bind=[{isolated.STRANGER}]:{PORT}", "-debug=net")

            def call(address, to=isolated.STRANGER):
                return socket.create_connection((to, PORT), 5, source_address=(address, 0))

            def is_refused(connection, seconds=10):
                connection.settimeout(seconds)
                try:
                    return connection.recv(1) == b""
                except ConnectionResetError:
                    return True
                except TimeoutError:
                    return False

            with contextlib.ExitStack() as stack:
                crowd = [stack.enter_context(call(address)) for address in isolated.CROWD]
                # All at once: every six seconds one more would be let in.
                wait_for(lambda: len(select.select(crowd, [], [], 0)[0]) == 10 and node.getconnectioncount() == 10)
                assert sum(is_refused(one) for one in select.select(crowd, [], [], 0)[0]) == 10
                # Again, and with an address that has been let in.
                for address in isolated.CROWD:
                    assert is_refused(stack.enter_context(call(address)))
                assert not is_refused(stack.enter_context(call(isolated.STRANGER)), 0.5)
                assert not is_refused(stack.enter_context(call(isolated.ADDRESSES[1], node.host)), 0.5)
                wait_for(lambda: node.getconnectioncount() == 12)
                assert "too many have come from its network" in node.log()
