"""Signatures by `ssh-keygen -Y` (ssh-keygen(1)), over bytes in memory: what was verified is what is parsed."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from caro.errors import CaroError

NAMESPACE = "caro-policy"
SECONDS = 30


def sign(data: bytes, key: Path) -> bytes:
    """Return the signature of the bytes by a private key, or by the agent's for a public one. Raises CaroError."""
    done = _run(["-Y", "sign", "-n", NAMESPACE, "-f", str(key)], data)
    if done.returncode or not done.stdout.startswith(b"-----BEGIN SSH SIGNATURE"):
        raise CaroError(f"ssh-keygen could not sign with {key}: {_said(done)}")
    return done.stdout


def verify(data: bytes, signature: bytes, signers: bytes, revoked: bytes = b"") -> str:
    """Return who signed the bytes: a name of `signers`, in the form of allowed signers. `revoked` is a revocation list
    or public keys. Raises CaroError where the signature is none of theirs, for other bytes, or revoked."""
    with tempfile.TemporaryDirectory(prefix="caro-policy-") as folder:
        files = {name: Path(folder) / name for name in ("sig", "signers", "revoked")}
        for file, content in zip(files.values(), (signature, signers, revoked), strict=True):
            file.write_bytes(content)
        common = ["-f", str(files["signers"]), "-s", str(files["sig"])]
        found = _run(["-Y", "find-principals", *common], b"")
        names = found.stdout.decode("utf-8", "replace").split()
        if found.returncode or not names:
            raise CaroError("none of the allowed signers has signed it")
        against = ["-r", str(files["revoked"])] if revoked else []
        done = _run(["-Y", "verify", "-n", NAMESPACE, "-I", names[0], *common, *against], data)
        if done.returncode:
            raise CaroError(f"the signature does not hold: {_said(done)}")
        return names[0]


def _run(words: Sequence[str], data: bytes) -> subprocess.CompletedProcess[bytes]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("CARO_")}
    try:
        return subprocess.run(
            ["ssh-keygen", *words],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            env=env | {"LC_ALL": "C", "CARO_DISABLE": "1"},
        )
    except FileNotFoundError:
        raise CaroError("ssh-keygen is not installed: it comes with OpenSSH") from None
    except subprocess.TimeoutExpired:
        raise CaroError(f"ssh-keygen did not end within {SECONDS} s") from None


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"status {done.returncode}"
