# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""How we reach others and they us: names, proxies, I2P, our own addresses. P-24, P-25, P-29."""

import contextlib
import pathlib
import socket
import subprocess
import threading
import time

import pytest
from framework import RAW_TRUE, Node, RpcError, binary, free_port, wait_for
from sam import Router
from socks5 import NAME, Proxy
from test_peers import Peer

ONION = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"


def networks(node):
    return {one["name"]: one for one in node.getnetworkinfo()["networks"]}


def threads(node):
    names = set()
    for path in pathlib.Path(f"/proc/{node.process.pid}/task").glob("*/comm"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it may end meanwhile
            names.add(path.read_text().strip())
    return names


def is_connected(node, address):
    return any(peer["addr"] == address and peer["version"] for peer in node.getpeerinfo())


def test_names_are_looked_up_unless_that_is_switched_off():
    with Peer() as a, Node() as b:
        a.start()
        b.start(f"-addnode=localhost:{a.p2p_port}")
        wait_for(lambda: is_connected(b, f"localhost:{a.p2p_port}"))
        assert b.getaddednodeinfo()[0]["addednode"] == f"localhost:{a.p2p_port}"
        b.restart("-dns=0")
        b.addnode(f"localhost:{a.p2p_port}", "add")
        wait_for(lambda: "may not be looked up (-dns=0)" in b.log())
        assert "names" not in threads(b)


def collected(node):
    """What contrib/seeds/collect makes of what the node knows."""
    cli = binary("kepeng-cli")
    script = pathlib.Path(__file__).parents[2] / "contrib/seeds/collect"
    ran = subprocess.run([script, "--cli", cli, "--", "-regtest", f"-datadir={node.directory}", f"-rpcport={node.port}"],
                         capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout


def test_P24_who_knows_nobody_begins_with_seeds_txt():
    """Written by the script from what another node knows, twenty of one neighbourhood at most twice."""
    target = ("93.184.216.34", 18444)
    with Peer() as a, Node() as b:
        a.start()
        assert collected(a) == (1, "")
        # By chance some of a neighbourhood may want one place in the address book.
        for host in (target[0], *(f"9.9.1.{number}" for number in range(1, 21))):
            a.addpeeraddress(host, 18444)
        status, text = collected(a)
        assert status == 0 and f"{target[0]}:18444\n" in text and text.count("9.9.1.") == 2
        seeds = b.directory / "regtest" / "seeds.txt"
        seeds.parent.mkdir(parents=True, exist_ok=True)
        seeds.write_text(f"{target[0]}  # the only one\n")
        with Proxy({target: ("127.0.0.1", a.p2p_port)}) as proxy:
            b.start(f"-proxy={proxy.address}", "-fixedseeds=0")
            time.sleep(1)
            assert b.getnodeaddresses(0) == [] and not proxy.asked
            b.restart(f"-proxy={proxy.address}")
            wait_for(lambda: is_connected(b, f"{target[0]}:18444"))
            assert "trying 1 addresses of seeds.txt" in b.log()


@pytest.mark.parametrize("isolation", [1, 0])
def test_a_proxy_is_told_names_and_nothing_else_is_asked(isolation):
    with Peer() as a, Node() as b:
        a.start()
        there = ("127.0.0.1", a.p2p_port)
        targets = [("node.example", 18444), (ONION, 18444), ("93.184.216.34", 8333)]
        with Proxy({target: there for target in targets}) as proxy:
            b.start(f"-proxy={proxy.address}", f"-proxyrandomize={isolation}")
            for host, port in targets:
                b.addnode(f"{host}:{port}", "add")
                wait_for(lambda: is_connected(b, f"{host}:{port}"))
            a.generatetodescriptor(3, RAW_TRUE)
            wait_for(lambda: b.getblockcount() == 3)
            assert {(asked.host, asked.port) for asked in proxy.asked} == set(targets)
            assert {asked.kind for asked in proxy.asked} == {NAME}
            users = [asked.user for asked in proxy.asked]
            if isolation:
                assert None not in users and len(set(users)) == len(users)
            else:
                assert set(users) == {None}
            # No name was looked up here: the thread that does it begins with the first name.
            assert "names" not in threads(b)
            shown = networks(b)
            for name in ("ipv4", "ipv6", "onion"):
                assert shown[name] == {"name": name, "limited": False, "reachable": True, "proxy": proxy.address,
                                       "proxy_randomize_credentials": bool(isolation)}
            assert shown["i2p"]["proxy"] == "" and not shown["i2p"]["reachable"]
            assert {peer["network"] for peer in b.getpeerinfo()} >= {"onion", "ipv4"}


def test_proxies_by_network():
    with Peer() as a, Node() as b:
        a.start()
        there = ("127.0.0.1", a.p2p_port)
        with Proxy({(ONION, 18444): there}) as tor, Proxy({("93.184.216.34", 8333): there}) as other:
            b.start(f"-proxy={other.address}", f"-onion={tor.address}", "-onlynet=onion")
            b.addnode(f"{ONION}:18444", "add")
            b.addnode("93.184.216.34:8333", "add")
            wait_for(lambda: is_connected(b, f"{ONION}:18444") and is_connected(b, "93.184.216.34:8333"))
            assert [asked.host for asked in tor.asked] == [ONION]
            assert [asked.host for asked in other.asked] == ["93.184.216.34"]
            shown = networks(b)
            assert (shown["onion"]["reachable"], shown["ipv4"]["reachable"]) == (True, False)
            assert (shown["onion"]["proxy"], shown["ipv4"]["proxy"]) == (tor.address, other.address)
            b.restart(f"-proxy={tor.address}=onion", "-cjdnsreachable")
            shown = networks(b)
            assert (shown["onion"]["proxy"], shown["ipv4"]["proxy"]) == (tor.address, "")
            assert shown["cjdns"]["reachable"]


def test_a_proxy_at_a_path():
    with Peer() as a, Node() as b:
        a.start()
        path = str(b.directory / "socks")
        with Proxy({(ONION, 18444): ("127.0.0.1", a.p2p_port)}, path) as proxy:
            b.start(f"-proxy={proxy.address}")
            b.addnode(f"{ONION}:18444", "add")
            wait_for(lambda: is_connected(b, f"{ONION}:18444"))
            assert networks(b)["onion"]["proxy"] == f"unix:{path}"


def test_seeds_are_asked_by_name_through_a_proxy():
    """P-24: who knows nobody asks, and a proxy is connected to, so that no name is looked up here."""
    with Peer() as a, Node() as b:
        a.start()
        with Proxy({("seed.example", 18444): ("127.0.0.1", a.p2p_port)}) as proxy:
            b.start(f"-proxy={proxy.address}", "-seednode=seed.example", "-forcednsseed")
            wait_for(lambda: {"seed.example", "dummySeed.invalid"} <= {asked.host for asked in proxy.asked})
            wait_for(lambda: any(peer["connection_type"] == "addr-fetch" for peer in b.getpeerinfo()))
            assert "names" not in threads(b)


def test_dns_seeds_that_hang_or_do_not_exist_hold_nobody_up():
    """B-044."""
    with Node() as node:
        began = time.monotonic()
        node.start("-forcednsseed")
        wait_for(lambda: "Asking the DNS seed x9.dummySeed.invalid." in node.log())
        node.stop()
        assert time.monotonic() - began < 20
    with Node() as node:
        node.start()  # the seeds of a test network are none
        time.sleep(1)
        assert "Asking the DNS seed" not in node.log()


@contextlib.contextmanager
def control_port():
    """A Tor that lets everybody in and grants no service; with the questions that it is asked."""
    answers = {"PROTOCOLINFO": "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250 OK\r\n", "ADD_ONION": "551 no\r\n"}
    asked = []

    def serve():
        with contextlib.suppress(OSError):
            while True:
                caller, _ = listener.accept()
                with caller, caller.makefile("r") as lines:
                    for line in lines:
                        asked.append(line.strip())
                        caller.sendall(answers.get(line.split()[0], "250 OK\r\n").encode())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}", asked
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def test_tor_brings_nobody_to_those_who_are_granted_more():
    """The callers of our onion service come from 127.0.0.1, and must not be taken for those of -whitebind."""
    with Node() as node, control_port() as (control, asked):
        private = free_port()
        port = next(port for port in iter(free_port, None) if port + 1 not in (private, node.port))

        def leads_to(target):
            """What was asked for last: who is refused asks again and again, until the end."""
            wait_for(lambda: [line.split(",")[-1] for line in asked if line.startswith("ADD_ONION")][-1:] == [target])

        chosen = [f"-torcontrol={control}", "-listen=1", f"-port={port}", f"-whitebind=noban@127.0.0.1:{private}"]
        node.start(*chosen)
        leads_to(f"127.0.0.1:{port + 1}")
        node.restart(*chosen, f"-bind=127.0.0.1:{port}")
        leads_to(f"127.0.0.1:{port}")
        node.restart(*chosen, f"-bind=127.0.0.1:{port}", f"-bind=127.0.0.1:{port + 1}=onion")
        leads_to(f"127.0.0.1:{port + 1}")
        assert not any(line.endswith(f":{private}") for line in asked)


def test_our_own_addresses():
    with Peer() as node:
        node.start("-externalip=93.184.216.34", f"-externalip={ONION}:99", "-externalip=2001:470::1", "-discover=0")
        own = {(one["address"], one["port"], one["score"]) for one in node.getnetworkinfo()["localaddresses"]}
        port = node.p2p_port
        assert own == {("93.184.216.34", port, 4), (ONION, 99, 4), ("2001:470::1", port, 4)}


def test_two_nodes_meet_in_i2p():
    with Router() as router, Node() as a, Node() as b:
        sam = f"-i2psam={router.address.replace('127.0.0.1', 'localhost')}"
        a.start(sam, "-listen=1", f"-bind=127.0.0.1:{free_port()}")
        b.start(sam)
        own = lambda: [one for one in a.getnetworkinfo()["localaddresses"] if one["address"].endswith(".b32.i2p")]
        wait_for(own)
        name = own()[0]["address"]
        assert own() == [{"address": name, "port": 0, "score": 4}]
        key = a.network_directory / "i2p_private_key"
        assert key.stat().st_mode & 0o777 == 0o600
        b.addnode(name, "add")
        wait_for(lambda: is_connected(b, f"{name}:0"))
        inbound = a.getpeerinfo()[0]
        assert inbound["inbound"] and inbound["network"] == "i2p" and inbound["addr"].endswith(".b32.i2p:0")
        assert b.getpeerinfo()[0]["network"] == "i2p"
        a.generatetodescriptor(5, RAW_TRUE)
        wait_for(lambda: b.getblockcount() == 5)
        assert networks(b)["i2p"]["reachable"]
        # Who does not listen has no name that lasts.
        assert not (b.network_directory / "i2p_private_key").exists()
        # The router forgets us: a session anew, under the same name, which a restart keeps too.
        router.drop_sessions()
        a.restart(sam, "-listen=1", f"-bind=127.0.0.1:{free_port()}")
        wait_for(own)
        assert own()[0]["address"] == name
        wait_for(lambda: is_connected(b, f"{name}:0"), 60)


def test_strangers_in_tor_and_i2p():
    """P-25: the address book leads into every network that there is a way to, and to no other."""
    with Router() as router, Node() as a, Peer() as c, Node() as b:
        a.start(f"-i2psam={router.address}", "-listen=1", f"-bind=127.0.0.1:{free_port()}")
        c.start()
        wait_for(lambda: a.getnetworkinfo()["localaddresses"])
        name = a.getnetworkinfo()["localaddresses"][0]["address"]
        with Proxy({(ONION, port): ("127.0.0.1", c.p2p_port) for port in range(18444, 18450)}) as tor:
            b.start(f"-i2psam={router.address}", f"-onion={tor.address}", "-onlynet=onion", "-onlynet=i2p")
            assert b.addpeeraddress(name, 0)["success"]
            # By chance the two may want one place in the address book; another port wants another.
            port = next(port for port in range(18444, 18450) if b.addpeeraddress(ONION, port)["success"])
            b.addpeeraddress("93.184.216.34", 8333)
            wait_for(lambda: is_connected(b, f"{name}:0") and is_connected(b, f"{ONION}:{port}"))
            assert {peer["network"] for peer in b.getpeerinfo()} == {"i2p", "onion"}
            assert {peer["connection_type"] for peer in b.getpeerinfo()} <= {"outbound-full-relay", "block-relay-only"}


def test_what_does_not_fit_together_is_refused():
    cases = {
        "-onlynet=i2p": "set -i2psam",
        "-onlynet=cjdns": "-cjdnsreachable",
        "-proxy=127.0.0.1:9050=i2p": "Unrecognized network",
        "-proxy=unix:socks": "unix:/run/tor/socks",
        "-externalip=nonsense": "Cannot resolve -externalip",
        "-bind=nonsense:1x=onion": "is no address",
    }
    with Node() as node:
        for option, said in cases.items():
            assert said in node.fails_to_start("-listen=1", option), option
        assert "set -proxy, -onion or -listenonion" in node.fails_to_start("-onlynet=onion")
        assert "leave no way" in node.fails_to_start("-onlynet=onion", "-onion=0")
        assert "-forcednsseed" in node.fails_to_start("-forcednsseed", "-dnsseed=0")
        node.start()
        node.addnode("abc.onion:1", "onetry")
        wait_for(lambda: "abc.onion is no address of an onion service" in node.log())
        with pytest.raises(RpcError):
            node.addnode("x.b32.i2p:8333", "add")
