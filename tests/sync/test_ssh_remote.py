"""A remote behind a real sshd: two machines over ssh, killed again and again while they push."""

from __future__ import annotations

import getpass
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from test_sync import SECRETS, One, all_objects, git

from caro.errors import CaroError
from caro.sync.segment import run_ssh_keygen
from waiting import wait_until

pytestmark = pytest.mark.long
SSHD = "/usr/sbin/sshd"
CONFIG = """Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/client.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
PermitRootLogin prohibit-password
"""
SSH = """#!/bin/sh
# Where the folder says so, git dies as soon as it has asked for the other side of a push.
case "$*" in *receive-pack*) rm "{folder}/deadly" 2>/dev/null && kill -9 $PPID ;; esac
exec ssh -F none -i "{folder}/client" -o BatchMode=yes -o UserKnownHostsFile="{folder}/known" \
    -o StrictHostKeyChecking=yes "$@"
"""


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """A bare repository by its ssh address, and the folder of the server, which listens on loopback alone."""
    folder = tmp_path / "sshd"
    folder.mkdir()
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    for name in ("host", "client"):
        run_ssh_keygen(["-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], b"")
    (folder / "known").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    (folder / "config").write_text(CONFIG.format(port=port, folder=folder))
    (folder / "ssh").write_text(SSH.format(folder=folder))
    (folder / "ssh").chmod(0o755)
    git("init", "-q", "--bare", str(tmp_path / "remote.git"))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(folder / "ssh"))
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "config")], stderr=log)
    try:
        wait_until(lambda: _listens(port), (folder / "log").read_text)
        yield f"ssh://{getpass.getuser()}@127.0.0.1:{port}{tmp_path}/remote.git", folder
    finally:
        server.terminate()
        server.wait()


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@pytest.fixture
def pair(tmp_path: Path, remote: tuple[str, Path]) -> tuple[One, One]:
    ann, bob = One(tmp_path, "ann", remote[0]), One(tmp_path, "bob", remote[0])
    ann.set_up()
    ann.push()
    bob.set_up()
    ann.let_in("bob")
    bob.push()
    return ann, bob


def test_what_was_said_over_ssh_is_read_by_the_others_alone(
    pair: tuple[One, One], tmp_path: Path, remote: tuple[str, Path]
) -> None:
    ann, bob = pair
    ann.set(safety__block=[SECRETS[3]], fix__confidence=0.7)
    ann.push()
    bob.push()
    assert bob.get("fix.confidence") == 0.7 and bob.get("safety.block") == [SECRETS[3]]
    held = all_objects(tmp_path / "remote.git")
    assert b"age-encryption.org" in held and SECRETS[3].encode() not in held


def test_git_that_is_killed_in_mid_push_loses_nothing(
    pair: tuple[One, One], remote: tuple[str, Path]
) -> None:
    ann, bob = pair
    ann.set(fix__confidence=0.3)
    (remote[1] / "deadly").touch()
    with pytest.raises(CaroError, match="git push"):
        ann.push()
    assert not (remote[1] / "deadly").exists()
    bob.push()
    assert bob.get("fix.confidence") != 0.3
    ann.push()
    bob.push()
    assert bob.get("fix.confidence") == 0.3


def _kill_all(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


@pytest.mark.timeout(600)
def test_all_of_a_sync_may_be_killed_at_any_moment(pair: tuple[One, One], env: dict[str, str]) -> None:
    ann, bob = pair
    chance = random.Random(5)
    words = [sys.executable, "-m", "caro", "sync", "push"]
    for number in range(30):
        one = chance.choice(pair)
        one.set(trace__rotate_mb=number + 1)
        here = env | {"HOME": str(one.paths.home), "GIT_SSH_COMMAND": os.environ["GIT_SSH_COMMAND"]}
        pushing = subprocess.Popen(
            words, env=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        # When it dies is what is tried out; nothing depends on it.
        end = threading.Timer(chance.uniform(0.05, 1.5), _kill_all, (pushing.pid,))
        end.start()
        pushing.wait()
        end.cancel()
    for one in (ann, bob, ann):
        one.push()
    assert ann.get("trace.rotate_mb") == bob.get("trace.rotate_mb")
    assert ann.exchange().replica.operations() == bob.exchange().replica.operations()
