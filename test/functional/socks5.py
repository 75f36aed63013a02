# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""A SOCKS5 proxy (RFC 1928, RFC 1929) that leads where the test says, and writes down what it is asked."""

import dataclasses
import socket
import threading

NAME = 3


def receive(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionError("closed")
        data += piece
    return data


def pump(source, sink):
    """Carries bytes until one end closes, then closes both."""
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for one in (source, sink):
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def join(a, b):
    """Makes two connections one."""
    for source, sink in ((a, b), (b, a)):
        threading.Thread(target=pump, args=(source, sink), daemon=True).start()


@dataclasses.dataclass
class Asked:
    kind: int  # of address: 1 IPv4, 3 name, 4 IPv6
    host: str
    port: int
    user: str | None
    password: str | None


class Proxy:
    """`routes`: (host, port) asked for -> (host, port) on loopback."""

    def __init__(self, routes, path=None):
        self.routes = routes
        self.asked = []
        if path is None:
            self.listener = socket.create_server(("127.0.0.1", 0))
            self.port = self.listener.getsockname()[1]
            self.address = f"127.0.0.1:{self.port}"
        else:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
            self.listener.listen()
            self.address = f"unix:{path}"
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            self.negotiate(connection)
        except (OSError, ConnectionError):
            connection.close()

    def negotiate(self, connection):
        version, count = receive(connection, 2)
        assert version == 5
        methods = receive(connection, count)
        user = password = None
        if 2 in methods:
            connection.sendall(b"\x05\x02")
            assert receive(connection, 1) == b"\x01"
            user = receive(connection, receive(connection, 1)[0]).decode()
            password = receive(connection, receive(connection, 1)[0]).decode()
            connection.sendall(b"\x01\x00")
        else:
            connection.sendall(b"\x05\x00")
        version, command, _, kind = receive(connection, 4)
        assert (version, command) == (5, 1)
        if kind == NAME:
            host = receive(connection, receive(connection, 1)[0]).decode()
        else:
            family = socket.AF_INET if kind == 1 else socket.AF_INET6
            host = socket.inet_ntop(family, receive(connection, 4 if kind == 1 else 16))
        port = int.from_bytes(receive(connection, 2), "big")
        self.asked.append(Asked(kind, host, port, user, password))
        target = self.routes.get((host, port))
        if target is None:
            connection.sendall(b"\x05\x04\x00\x01" + bytes(6))  # host unreachable
            connection.close()
            return
        onward = socket.create_connection(target)
        connection.sendall(b"\x05\x00\x00\x01" + bytes(6))
        join(connection, onward)
