# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""bcoin, a full node in JavaScript, syncs from kepengd and kepengd from it.

bcoin comes from npm and is kept in $KEPENG_CACHE (default ~/.cache/kepeng). Where npm is not to be had the tests skip.
"""

import http.client
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import pytest

from framework import free_port, wait_for
from p2p import ListeningNode
from segwit_chain import SegwitChain

VERSION = "1.0.2"
# Nothing is kept on disk, so the native database need not be there.
NO_DATABASE = """
const Module = require('module');
const load = Module._load;
Module._load = (name, ...rest) => name === 'leveldown' ? class {} : load(name, ...rest);
"""
CACHE = pathlib.Path(os.environ.get("KEPENG_CACHE", pathlib.Path.home() / ".cache/kepeng"))


def install():
    """The directory of bcoin's package."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    prefix = CACHE / f"bcoin-{VERSION}"
    if not prefix.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        # Without its native parts: everything has a form in JavaScript.
        with tempfile.TemporaryDirectory(dir=CACHE) as unfinished:
            done = subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1",
                                   "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000", "--prefix", unfinished,
                                   f"bcoin@{VERSION}"],
                                  capture_output=True, text=True, timeout=300)
            if done.returncode != 0:
                pytest.skip("npm cannot be reached: " + done.stderr[-300:])
            shutil.copytree(unfinished, prefix, symlinks=True)
    return prefix / "node_modules/bcoin"


class Bcoin:
    def __init__(self, directory, *arguments):
        self.port, self.rpc_port = free_port(), free_port()
        preload = directory / "no_database.js"
        preload.write_text(NO_DATABASE)
        command = ["node", "--require", preload, install() / "bin/node", "--network=regtest", "--memory=true", "--workers=false",
                   f"--prefix={directory}", "--listen=true", "--host=127.0.0.1", f"--port={self.port}",
                   "--http-host=127.0.0.1", f"--http-port={self.rpc_port}", "--no-auth=true", "--log-level=debug",
                   "--log-file=false", "--log-console=true",
                   "--no-wallet=true", *arguments]  # its port is fixed
        self.output = open(directory / "output", "w+")
        self.process = subprocess.Popen(command, stdout=self.output, stderr=subprocess.STDOUT,
                                        env={**os.environ, "NODE_BACKEND": "js"})

    def __enter__(self):
        deadline = time.monotonic() + 60
        while True:
            try:
                self.call("getblockcount")
                return self
            except OSError:
                assert self.process.poll() is None and time.monotonic() < deadline, self.printed()
                time.sleep(0.1)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def printed(self):
        self.output.flush()
        return pathlib.Path(self.output.name).read_text()[-3000:]

    def call(self, method, *params):
        connection = http.client.HTTPConnection("127.0.0.1", self.rpc_port, timeout=30)
        connection.request("POST", "/", json.dumps({"method": method, "params": params, "id": 1}),
                           {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        assert answer["error"] is None, answer
        return answer["result"]

    def tip(self):
        return self.call("getbestblockhash")


@pytest.fixture(scope="module")
def chain():
    return SegwitChain()


def kepengd_with(chain, directory):
    node = ListeningNode()
    node.start(f"-loadblock={chain.write(directory / 'chain.dat')}")
    wait_for(lambda: node.tip()["hash"] == chain.name, 60)
    return node


def test_bcoin_syncs_from_kepengd_and_hears_of_new_blocks(chain, tmp_path):
    with kepengd_with(chain, tmp_path) as node:
        with Bcoin(tmp_path, f"--only=127.0.0.1:{node.p2p_port}") as bcoin:
            wait_for(lambda: bcoin.tip() == chain.name, 120)
            node.generate(2)
            wait_for(lambda: bcoin.tip() == node.tip()["hash"], 30)
            peers = node.getpeerinfo()
            assert len(peers) == 1 and peers[0]["subver"].startswith("/bcoin:")
            assert peers[0]["transport_protocol_type"] == "v1"


def test_kepengd_syncs_from_bcoin(chain, tmp_path):
    with kepengd_with(chain, tmp_path) as source:
        with Bcoin(tmp_path, f"--only=127.0.0.1:{source.p2p_port}") as bcoin:
            wait_for(lambda: bcoin.tip() == chain.name, 120)
            with ListeningNode() as node:
                node.start(f"-connect={bcoin.address}")
                wait_for(lambda: node.tip()["hash"] == chain.name, 60)
                # Bloom filters, compact blocks, whatever it asks for: it stays, and passes on what comes.
                source.generate(1)
                wait_for(lambda: node.tip()["hash"] == source.tip()["hash"], 60)
                assert [peer["subver"][:7] for peer in node.getpeerinfo()] == ["/bcoin:"]
                assert node.gettxoutsetinfo("muhash")["muhash"] == source.gettxoutsetinfo("muhash")["muhash"]
