# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Debian's tor: onion services made over its control port, and two nodes that meet in a Tor network of our own. P-25."""

import contextlib
import pathlib
import shutil
import subprocess
import tempfile

import pytest
from framework import RAW_TRUE, Node, free_port, wait_for
from tor_network import Client, TorNetwork, is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="tor is not installed (package tor)")

OFFLINE = ["DisableNetwork 1"]  # the control port answers all the same


@contextlib.contextmanager
def offline_tor(*lines):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="kepeng-tor-"))
    tor = Client(directory / "client", [*OFFLINE, *lines])
    try:
        wait_for(lambda: "Opened Control listener" in tor.log())
        yield tor
    finally:
        tor.stop()
        shutil.rmtree(directory, ignore_errors=True)


def onion(node):
    own = [one for one in node.getnetworkinfo()["localaddresses"] if one["address"].endswith(".onion")]
    return own[0]["address"] if own else None


def network(node, name):
    return next(one for one in node.getnetworkinfo()["networks"] if one["name"] == name)


def listening():
    """A port for everybody and one for Tor."""
    return ["-listen=1", f"-bind=127.0.0.1:{free_port()}", f"-bind=127.0.0.1:{free_port()}=onion"]


def test_a_service_by_cookie_keeps_its_name():
    with offline_tor("CookieAuthentication 1") as tor, Node() as node:
        arguments = [f"-torcontrol={tor.control}", *listening()]
        node.start(*arguments)
        wait_for(lambda: onion(node))
        name = onion(node)
        assert len(name) == 62
        key = node.network_directory / "onion_v3_private_key"
        assert key.read_text().startswith("ED25519-V3:") and key.stat().st_mode & 0o777 == 0o600
        # This Tor offers no proxy, so that nothing leads to onion services.
        assert network(node, "onion")["proxy"] == "" and not network(node, "onion")["reachable"]
        node.restart(*arguments)
        wait_for(lambda: onion(node))
        assert onion(node) == name


def test_a_service_by_password():
    secret = 'it\'s "a secret" \\'
    hashed = subprocess.run(["tor", "--hash-password", secret], capture_output=True, text=True, check=True).stdout.split()[-1]
    with offline_tor(f"HashedControlPassword {hashed}") as tor, Node() as node:
        node.start(f"-torcontrol={tor.control}", f"-torpassword={secret}", *listening())
        wait_for(lambda: onion(node))
        node.restart(f"-torcontrol={tor.control}", "-torpassword=wrong", *listening())
        wait_for(lambda: "Tor refuses the login" in node.log())
        assert onion(node) is None
        node.restart(f"-torcontrol={tor.control}", *listening())
        wait_for(lambda: "set -torpassword" in node.log())
        assert secret not in node.log()


def test_a_service_comes_back_with_tor():
    with Node() as node:
        with offline_tor() as tor:
            node.start(f"-torcontrol={tor.control}", *listening())
            wait_for(lambda: onion(node))
        wait_for(lambda: onion(node) is None)


def test_two_nodes_meet_through_onion_services():
    with TorNetwork() as tor_network, Node() as a, Node() as b:
        one, other = tor_network.client("one", "CookieAuthentication 1"), tor_network.client("other", "CookieAuthentication 1")
        a.start(f"-torcontrol={one.control}", *listening())
        b.start(f"-torcontrol={other.control}", *listening(), "-onlynet=onion", "-debug=net", "-debug=tor")
        a.generatetodescriptor(10, RAW_TRUE)
        for node in (a, b):
            wait_for(lambda: onion(node))
        # Without -proxy and -onion, Tor's own proxy leads to onion services.
        wait_for(lambda: network(b, "onion")["reachable"])
        assert network(b, "onion")["proxy"] == other.socks
        address = f"{onion(a)}:18444"
        # A service is found when its descriptor has gone around: the node tries again and again.
        b.addnode(address, "add")
        wait_for(lambda: b.getblockcount() == 10, 180)
        peer = next(peer for peer in b.getpeerinfo() if peer["addr"] == address)
        assert peer["network"] == "onion" and peer["transport_protocol_type"] == "v2"
        caller = a.getpeerinfo()[0]
        assert caller["inbound"] and caller["network"] == "onion" and caller["addr"].startswith("127.0.0.1:")
        # And the other way round, over the same network.
        a.addnode(f"{onion(b)}:18444", "add")
        wait_for(lambda: any(peer["network"] == "onion" and not peer["inbound"] and peer["version"] for peer in a.getpeerinfo()), 180)
        b.generatetodescriptor(1, RAW_TRUE)
        wait_for(lambda: a.getblockcount() == 11, 60)
