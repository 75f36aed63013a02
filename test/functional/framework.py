# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Starts kepengd on regtest in a directory that goes away, and talks to it. Standard library only.

The programs are in $KEPENG_BIN, or in build/*/bin below the source tree (the newest).
"""

import base64
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS = 60
RAW_TRUE = "raw(51)"


def binary(name):
    directory = os.environ.get("KEPENG_BIN")
    if directory:
        return str(pathlib.Path(directory) / name)
    found = sorted(SOURCE.glob(f"build/*/bin/{name}"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise FileNotFoundError(f"{name}: build it, or set KEPENG_BIN")
    return str(found[-1])


def shared(name):
    """A file of the shared vectors, or None."""
    root = pathlib.Path(os.environ.get("KEPENG_SHARED", SOURCE.parent / "shared"))
    path = root / name
    return path if path.exists() else None


# Below those that the system gives to outgoing connections: one of them could take it before a node does.
_PORTS = itertools.cycle(random.sample(range(20_000, 32_000), 12_000))


def free_port():
    """One that nobody listens at, and that nobody else here was given for a long time."""
    for port in _PORTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class RpcError(Exception):
    def __init__(self, error):
        super().__init__(f"{error['code']}: {error['message']}")
        self.code = error["code"]
        self.message = error["message"]


class Response:
    def __init__(self, reply):
        self.status = reply.status
        self.headers = dict(reply.getheaders())
        self.text = reply.read().decode()


class Node:
    """One kepengd. Call methods by name: node.getblockcount(), node.generatetodescriptor(1, "raw(51)")."""

    def __init__(self, directory=None):
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="kepeng-functional-"))
        self.owns_directory = directory is None
        self.port = free_port()
        self.process = None
        self.credentials = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.owns_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def network_directory(self):
        return self.directory / "regtest"

    def command(self, *arguments):
        return [binary("kepengd"), "-regtest", f"-datadir={self.directory}", f"-rpcport={self.port}", "-listen=0", *arguments]

    def launch(self, *arguments):
        """Starts the process and does not wait for it."""
        self.output = open(self.directory / "output", "w+")
        self.process = subprocess.Popen(self.command(*arguments), stdout=self.output, stderr=subprocess.STDOUT)
        return self

    def start(self, *arguments):
        """Starts the process and waits until RPC serves."""
        self.launch(*arguments)
        deadline = time.monotonic() + START_SECONDS
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"kepengd ended with {self.process.returncode}: {self.printed()[-2000:]}")
            try:
                self.call("uptime")
                return self
            except (OSError, http.client.HTTPException, RpcError) as why:
                if isinstance(why, RpcError) and why.code != -28:
                    raise
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.02)

    def fails_to_start(self, *arguments):
        """What a start that must fail says."""
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=START_SECONDS)
        assert done.returncode == 1, f"exit code {done.returncode}: {done.stdout}{done.stderr}"
        return done.stderr

    def printed(self):
        return (self.directory / "output").read_text()

    def log(self):
        return (self.network_directory / "debug.log").read_text()

    def wait_until_ended(self, timeout=60):
        return self.process.wait(timeout)

    def stop(self):
        self.call("stop")
        assert self.wait_until_ended() == 0, self.printed()[-2000:]

    def restart(self, *arguments):
        self.stop()
        return self.start(*arguments)

    def kill(self):
        """Like a power cut for the process: no handler runs."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def signal(self, number):
        self.process.send_signal(number)

    def basic(self, credentials=None):
        plain = credentials or self.credentials or (self.network_directory / ".cookie").read_text()
        return "Basic " + base64.b64encode(plain.encode()).decode()

    def request(self, body, method="POST", path="/", headers=None, credentials=None, timeout=120):
        """One HTTP exchange with the body as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        if headers is None:
            headers = {"Authorization": self.basic(credentials)}
        connection.request(method, path, body, headers)
        response = Response(connection.getresponse())
        connection.close()
        return response

    def call(self, method, *params, **named):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": named or list(params)})
        response = self.request(body)
        if response.status != 200:
            raise OSError(f"HTTP {response.status}: {response.text}")
        answer = json.loads(response.text)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *params, **named: self.call(name, *params, **named)

    def tip(self):
        """Hash and height, by methods that never need more than the chain."""
        return self.call("waitforblockheight", 0, 1)

    def height(self):
        return self.tip()["height"]

    def generate(self, count):
        return self.call("generatetodescriptor", count, RAW_TRUE)


def error_of(node, *call):
    """Code and message with which the call is refused."""
    try:
        node.call(*call)
    except RpcError as error:
        return error.code, error.message
    raise AssertionError(f"{call[0]} is not refused")


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
