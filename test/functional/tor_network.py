# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""A Tor network of its own on the loopback interface: directory authorities, relays, and clients, all of them Debian's tor.
It knows nobody outside and asks nobody outside."""

import os
import pathlib
import shutil
import subprocess
import tempfile

from framework import free_port, wait_for

AUTHORITIES = 3
RELAYS = 3
START_SECONDS = 120


def is_installed():
    return bool(shutil.which("tor") and shutil.which("tor-gencert"))


class Tor:
    """One tor process."""

    def __init__(self, directory, lines):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(mode=0o700, exist_ok=True)
        (self.directory / "torrc").write_text("\n".join([*lines, f"DataDirectory {self.directory}"]) + "\n")
        self.output = open(self.directory / "log", "w")
        command = ["nice", "tor", "--defaults-torrc", "/dev/null", "-f", str(self.directory / "torrc")]
        self.process = subprocess.Popen(command, stdout=self.output, stderr=subprocess.STDOUT)

    def log(self):
        return (self.directory / "log").read_text()

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.output.close()


class Client(Tor):
    """One that offers a control port and a SOCKS proxy."""

    def __init__(self, directory, lines):
        self.control, self.socks = (f"127.0.0.1:{free_port()}" for _ in range(2))
        super().__init__(directory, [*lines, f"ControlPort {self.control}", f"SocksPort {self.socks}", *COMMON])


COMMON = ["RunAsDaemon 0", "Log notice stdout", "ShutdownWaitLength 0"]
TESTING = ["TestingTorNetwork 1", "AssumeReachable 1", "PathsNeededToBuildCircuits 0.25", "V3AuthNIntervalsValid 2"]
VOTING = ["TestingV3AuthInitialVotingInterval 5", "TestingV3AuthInitialVoteDelay 2", "TestingV3AuthInitialDistDelay 2",
          "V3AuthVotingInterval 10", "V3AuthVoteDelay 2", "V3AuthDistDelay 2",
          "TestingDirAuthVoteGuard *", "TestingDirAuthVoteHSDir *", "TestingDirAuthVoteExit *"]


class TorNetwork:
    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="kepeng-tor-"))
        self.running = []
        self.authorities = []

    def __enter__(self):
        try:
            for number in range(AUTHORITIES):
                self.make_authority(number)
            self.common = [*COMMON, *TESTING, *(line for line, _, _ in self.authorities)]
            for number, (_, directory, lines) in enumerate(self.authorities):
                self.running.append(Tor(directory, [*self.common, *lines, *VOTING, f"Nickname authority{number}"]))
            for number in range(RELAYS):
                lines = [f"Nickname relay{number}", "Address 127.0.0.1", f"ORPort 127.0.0.1:{free_port()}", "SocksPort 0",
                         "ExitPolicy reject *:*"]
                self.running.append(Tor(self.directory / f"relay{number}", [*self.common, *lines]))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for one in self.running:
            one.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def make_authority(self, number):
        directory = self.directory / f"authority{number}"
        (directory / "keys").mkdir(parents=True, mode=0o700)
        os.chmod(directory, 0o700)
        onion_port, directory_port = free_port(), free_port()
        keys = [str(directory / "keys" / f"authority_{name}") for name in ("identity_key", "signing_key", "certificate")]
        subprocess.run(["tor-gencert", "--create-identity-key", "--passphrase-fd", "0", "-i", keys[0], "-s", keys[1],
                        "-c", keys[2], "-m", "12", "-a", f"127.0.0.1:{directory_port}"],
                       input=b"passphrase\n", check=True, capture_output=True)
        certificate = pathlib.Path(keys[2]).read_text().split("\n")
        identity = next(line.split()[1] for line in certificate if line.startswith("fingerprint "))
        shown = subprocess.run(["tor", "--defaults-torrc", "/dev/null", "-f", "/dev/null", "--ignore-missing-torrc", "--quiet",
                                "--dirauthority", "nobody 127.0.0.1:1 " + "f" * 40, "--orport", "1", "--datadirectory",
                                str(directory), "--nickname", f"authority{number}", "--list-fingerprint"],
                               check=True, capture_output=True, text=True)
        fingerprint = shown.stdout.strip().split("\n")[-1].split(" ", 1)[1].replace(" ", "")
        line = (f"DirAuthority authority{number} orport={onion_port} no-v2 v3ident={identity} "
                f"127.0.0.1:{directory_port} {fingerprint}")
        lines = ["Address 127.0.0.1", f"ORPort 127.0.0.1:{onion_port}", f"DirPort 127.0.0.1:{directory_port}", "SocksPort 0",
                 "AuthoritativeDirectory 1", "V3AuthoritativeDirectory 1", "ContactInfo nobody@test.invalid",
                 "ExitPolicy reject *:*"]
        self.authorities.append((line, directory, lines))

    def client(self, name, *lines):
        made = Client(self.directory / name, [*self.common, *lines])
        self.running.append(made)
        wait_for(lambda: "Bootstrapped 100%" in made.log(), START_SECONDS)
        return made
