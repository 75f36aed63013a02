# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""An I2P router that speaks SAM 3.1 and knows only those who are connected to it."""

import base64
import hashlib
import secrets
import socket
import threading

from socks5 import join

KEYS = 384
CERTIFICATE = bytes([5, 0, 4, 0, 7, 0, 0])


def encode(data):
    return base64.b64encode(data, b"-~").decode()


def decode(text):
    return base64.b64decode(text, b"-~")


def name_of(destination):
    return base64.b32encode(hashlib.sha256(destination).digest()).decode().lower().rstrip("=") + ".b32.i2p"


class Router:
    def __init__(self):
        self.sessions = {}  # id -> destination
        self.names = {}  # name -> destination
        self.waiting = {}  # destination -> connection of who accepts
        self.changed = threading.Condition()
        self.controls = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.drop_sessions()

    def drop_sessions(self):
        for control in self.controls:
            try:
                control.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.controls = []

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    @staticmethod
    def read_line(connection):
        line = b""
        while not line.endswith(b"\n"):
            byte = connection.recv(1)  # what follows the line belongs to somebody else
            if not byte:
                return None
            line += byte
        return line.decode().strip()

    def serve(self, connection):
        try:
            while (line := self.read_line(connection)) is not None:
                words = line.split()
                fields = dict(word.split("=", 1) for word in words[2:] if "=" in word)
                if not self.answer(connection, " ".join(words[:2]), fields):
                    return
        except OSError:
            pass

    def answer(self, connection, topic, fields):
        """False: the connection is no longer ours to read."""
        say = lambda text: connection.sendall(text.encode() + b"\n")
        if topic == "HELLO VERSION":
            say("HELLO REPLY RESULT=OK VERSION=3.1")
        elif topic == "DEST GENERATE":
            say(f"DEST REPLY PUB=x PRIV={encode(self.new_key())}")
        elif topic == "SESSION CREATE":
            given = fields["DESTINATION"]
            key = self.new_key() if given == "TRANSIENT" else decode(given)
            destination = key[: KEYS + len(CERTIFICATE)]
            self.sessions[fields["ID"]] = destination
            self.names[name_of(destination)] = destination
            self.controls.append(connection)
            say(f"SESSION STATUS RESULT=OK DESTINATION={encode(key)}")
        elif topic == "NAMING LOOKUP":
            found = self.names.get(fields["NAME"])
            say(f"NAMING REPLY RESULT=OK VALUE={encode(found)}" if found else "NAMING REPLY RESULT=KEY_NOT_FOUND")
        elif topic == "STREAM ACCEPT":
            say("STREAM STATUS RESULT=OK")
            with self.changed:
                self.waiting[self.sessions[fields["ID"]]] = connection
                self.changed.notify_all()
            return False
        elif topic == "STREAM CONNECT":
            return self.connect(connection, self.sessions[fields["ID"]], decode(fields["DESTINATION"]))
        return True

    def connect(self, connection, caller, destination):
        with self.changed:
            if not self.changed.wait_for(lambda: destination in self.waiting, 5):
                connection.sendall(b"STREAM STATUS RESULT=CANT_REACH_PEER\n")
                return True
            callee = self.waiting.pop(destination)
        callee.sendall(encode(caller).encode() + b" FROM_PORT=0 TO_PORT=0\n")
        connection.sendall(b"STREAM STATUS RESULT=OK\n")
        join(connection, callee)
        return False

    @staticmethod
    def new_key():
        return secrets.token_bytes(KEYS) + CERTIFICATE + secrets.token_bytes(288)
