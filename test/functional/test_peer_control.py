# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""What the operator may say about peers: bans, permissions, addresses, single blocks, limits."""

import json
import time

import pytest
from framework import RAW_TRUE, Node, RpcError, wait_for
from test_peers import Peer, network, wait_for_one_tip


def error_of(call, *arguments):
    with pytest.raises(RpcError) as caught:
        call(*arguments)
    return caught.value.code, caught.value.message


def wait_for_peers(node, count):
    wait_for(lambda: len(node.getpeerinfo()) == count)


def test_p20_bans():
    """P-20: a ban ends the connection, refuses the next one, and outlives a restart."""
    with network(2) as (a, b):
        b.connect(a)
        wait_for_peers(a, 1)
        a.setban("127.0.0.1", "add", 3600)
        wait_for_peers(a, 0)
        wait_for_peers(b, 0)
        assert error_of(a.setban, "127.0.0.1", "add") == (-23, "Error: IP/Subnet already banned")
        b.addnode(a.address, "onetry")
        time.sleep(0.5)
        assert a.getpeerinfo() == []
        a.setban("1.2.3.0/24", "add", int(time.time()) + 1000, True)
        assert error_of(a.setban, "1.2.3.4", "add") == (-23, "Error: IP/Subnet already banned")
        assert error_of(a.setban, "1.2.3.4/33", "add") == (-30, "Error: Invalid IP/Subnet")
        assert error_of(a.setban, "4.4.4.4", "add", 5, True) == (-8, "Error: Absolute timestamp is in the past")
        assert error_of(a.setban, "9.9.9.9", "remove")[0] == -30

        def listed():
            return {ban["address"]: ban for ban in a.listbanned()}

        assert sorted(listed()) == ["1.2.3.0/24", "127.0.0.1/32"]
        assert listed()["127.0.0.1/32"]["ban_duration"] == 3600
        assert 0 < listed()["127.0.0.1/32"]["time_remaining"] <= 3600
        a.stop()
        assert len(json.loads((a.network_directory / "banlist.json").read_text())["banned_nets"]) == 2
        a.start()
        assert sorted(listed()) == ["1.2.3.0/24", "127.0.0.1/32"]
        a.setban("127.0.0.1", "remove")
        wait_for_peers(a, 1)  # b still tries
        a.clearbanned()
        assert a.listbanned() == []
        a.setban("1.2.3.4", "add")
        assert a.listbanned()[0]["ban_duration"] == 86400


def test_b132_bans_and_peers_that_make_no_sense():
    """B-132: what is no subnet or no address is refused by name; a ban of everybody is one of everybody."""
    with network(2) as (a, b):
        b.connect(a)
        wait_for_peers(a, 1)
        for text in ("", "1.2.3.4/", "1.2.3.4/x", "1.2.3.4/-1", "1.2.3.4/33", "::/129", "1.2.3", "1.2.3.4/255.0.255.0",
                     "example.org", "1.2.3.4 ", "[::1]/128", "1.2.3.4/24/24", "\u00e9", "1" * 10_000):
            assert error_of(a.setban, text, "add") == (-30, "Error: Invalid IP/Subnet"), text
        assert error_of(a.setban, "1.2.3.4", "forget")[0] == -1
        assert a.listbanned() == []
        a.setban("1.2.3.4", "add", -1)  # as long as usual
        assert a.listbanned()[0]["ban_duration"] == 86400
        a.clearbanned()
        for text in ("add", ""):
            assert error_of(a.addnode, "127.0.0.1:1", text + "x")[0] == -1
        assert error_of(a.addnode, "127.0.0.1:1", "remove")[0] == -24
        assert a.getpeerinfo() != []
        for text in ("0.0.0.0/0", "::/0"):
            a.setban(text, "add", 60)
            assert error_of(a.setban, text, "add") == (-23, "Error: IP/Subnet already banned")
        wait_for_peers(a, 0)
        assert sorted(ban["address"] for ban in a.listbanned()) == ["0.0.0.0/0", "::/0"]
        a.clearbanned()
        wait_for_peers(a, 1)


def test_permissions():
    with network(2) as (a, b):
        a.stop()
        a.start("-whitelist=noban,addr@127.0.0.0/8")
        b.connect(a)
        wait_for_peers(a, 1)
        assert a.getpeerinfo()[0]["permissions"] == ["noban", "download", "addr"]
        assert b.getpeerinfo()[0]["permissions"] == []
        a.setban("127.0.0.1", "add")
        wait_for(lambda: len(a.getpeerinfo()) == 1 and len(b.getpeerinfo()) == 1)  # it may come back at once
        a.stop()
        Node.start(a, "-listen=1", f"-whitebind=mempool@127.0.0.1:{a.p2p_port}")
        assert a.getpeerinfo() == []
        a.clearbanned()
        wait_for_peers(a, 1)
        assert a.getpeerinfo()[0]["permissions"] == ["mempool"]
        a.stop()
        assert "Invalid P2P permission: 'fly'" in a.fails_to_start("-whitelist=fly@1.2.3.4")
        assert "Invalid netmask" in a.fails_to_start("-whitelist=noban@1.2.3.4.5")
        assert "Need to specify a port" in a.fails_to_start("-listen=1", "-whitebind=127.0.0.1")


def test_p16_the_address_book():
    """P-16: addresses are kept over a restart, in bitcoind's file."""
    with Peer() as node:
        node.start()
        added = [node.addpeeraddress(f"{i}.{i}.1.1", 8333, i % 2 == 0) for i in range(20, 60)]
        assert sum(one["success"] for one in added) >= 38  # two may want the same place
        assert node.addpeeraddress("127.0.0.1", 8333) == {"success": False, "error": "failed-adding-to-new"}
        assert node.addpeeraddress("20.20.1.1", 8333, True)["success"] is False
        assert error_of(node.addpeeraddress, "name.example", 1) == (-30, "Invalid IP address")
        counts = node.getaddrmaninfo()
        assert counts["all_networks"] == counts["ipv4"]
        assert counts["ipv4"]["total"] == counts["ipv4"]["new"] + counts["ipv4"]["tried"] >= 38
        assert counts["onion"] == {"new": 0, "tried": 0, "total": 0}
        told = node.getnodeaddresses(0)
        assert len(told) == counts["ipv4"]["total"]
        assert len(node.getnodeaddresses()) == 1 and len(node.getnodeaddresses(5, "ipv4")) == 5
        assert node.getnodeaddresses(5, "i2p") == []
        assert told[0]["network"] == "ipv4" and told[0]["services"] == 9 and told[0]["port"] == 8333
        assert error_of(node.getnodeaddresses, -1) == (-8, "Address count out of range")
        assert error_of(node.getnodeaddresses, 1, "moon") == (-8, "Network not recognized: moon")
        raw = node.getrawaddrman()
        assert {entry["source"] for entry in raw["new"].values()} <= {one["address"] for one in told}
        assert len(raw["tried"]) == counts["ipv4"]["tried"]
        node.stop()
        assert (node.network_directory / "peers.dat").read_bytes()[:4].hex() == "fabfb5da"
        node.start()
        assert node.getaddrmaninfo() == counts
        assert node.getrawaddrman()["tried"] == raw["tried"]
        # D-10: a damaged file is set aside, and the node goes on without it.
        node.stop()
        path = node.network_directory / "peers.dat"
        path.write_bytes(path.read_bytes()[:-5] + b"junk!")
        node.start()
        assert node.getaddrmaninfo()["all_networks"]["total"] == 0
        assert path.with_suffix(".dat.damaged").exists()


def test_kinds_of_connections():
    with network(2) as (a, b):
        assert a.addconnection(b.address, "block-relay-only", True) == {
            "address": b.address,
            "connection_type": "block-relay-only",
        }
        wait_for(lambda: [peer["connection_type"] for peer in a.getpeerinfo() if peer["version"]] == ["block-relay-only"])
        peer = a.getpeerinfo()[0]
        assert not peer["addr_relay_enabled"]
        wait_for(lambda: b.getpeerinfo() and b.getpeerinfo()[0]["version"])
        assert b.getpeerinfo()[0]["relaytxes"] is False
        a.addconnection(b.address, "feeler", True)
        wait_for(lambda: "that was the question" in a.log())
        wait_for_peers(b, 1)
        b.generatetodescriptor(3, RAW_TRUE)
        wait_for_one_tip([a, b])
        assert error_of(a.addconnection, b.address, "inbound", True) == (-8, "Invalid connection type")
        # P-24: what relayed blocks is called first after a restart, once.
        anchors = a.network_directory / "anchors.dat"
        a.stop()
        assert anchors.exists()
        a.start()
        assert not anchors.exists()


def test_a_block_of_ones_own_wish():
    with network(2) as (a, b):
        a.generatetodescriptor(10, RAW_TRUE)
        b.connect(a)
        wait_for_one_tip([a, b])
        # A branch that a never asks for, because it has less work: only its headers come.
        b.setnetworkactive(False)
        wait_for_peers(a, 0)
        b.invalidateblock(b.getblockhash(9))
        fork = b.generatetodescriptor(1, "raw(52)")[0]
        b.reconsiderblock(a.getblockhash(9))
        for tip in b.getchaintips():
            assert tip["status"] in ("active", "valid-fork")
        header = b.getblockheader(fork, False)
        a.submitheader(header)
        assert error_of(a.getblock, fork, 0)[0] == -1
        b.setnetworkactive(True)
        wait_for(lambda: any("pingtime" in peer for peer in a.getpeerinfo()))  # all of the handshake is over
        peer = a.getpeerinfo()[0]["id"]
        assert error_of(a.getblockfrompeer, "00" * 32, peer) == (-1, "Block header missing")
        assert error_of(a.getblockfrompeer, a.getbestblockhash(), peer) == (-1, "Block already downloaded")
        assert error_of(a.getblockfrompeer, fork, peer + 100) == (-1, "Peer does not exist")
        assert a.getblockfrompeer(fork, peer) == {}
        wait_for(lambda: {tip["hash"]: tip["status"] for tip in a.getchaintips()}[fork] == "valid-headers")
        assert a.getblock(fork, 0) == b.getblock(fork, 0)


def test_bytes_of_ones_own_wish():
    with network(2) as (a, b):
        b.connect(a)
        wait_for(lambda: a.getpeerinfo() and a.getpeerinfo()[0]["version"])
        peer = a.getpeerinfo()[0]["id"]
        assert a.sendmsgtopeer(peer, "whatever", "ffff") == {}
        wait_for(lambda: b.getpeerinfo()[0]["bytesrecv_per_msg"].get("*other*"))
        assert error_of(a.sendmsgtopeer, peer, "a" * 13, "00")[0] == -8
        assert error_of(a.sendmsgtopeer, peer + 9, "ping", "00") == (-1, "Error: Could not send message to peer")


def test_p21_the_upload_target():
    with network(2) as (a, b):
        a.stop()
        a.start("-maxuploadtarget=600M")
        target = a.getnettotals()["uploadtarget"]
        assert target["target"] == 600 << 20 and target["timeframe"] == 86400
        assert target["serve_historical_blocks"] and not target["target_reached"]
        a.generatetodescriptor(2, RAW_TRUE)
        b.connect(a)
        wait_for_one_tip([a, b])
        assert a.getnettotals()["uploadtarget"]["bytes_left_in_cycle"] < 600 << 20
        a.stop()
        a.start("-maxuploadtarget=1M")
        assert not a.getnettotals()["uploadtarget"]["serve_historical_blocks"]
