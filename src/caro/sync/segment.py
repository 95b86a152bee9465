"""A segment: operations of one machine, signed by it and encrypted to all. age by pyrage, signatures by ssh-keygen(1).

Everyone can encrypt to keys that are in the repository; only the signature says who wrote a segment.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from caro.errors import CaroError
from caro.sync.operations import Operation, is_sound

NAMESPACE = "caro-sync"
MOST_PLAIN = 64 << 20


class Body(msgspec.Struct):
    """What is signed: who wrote it, the number of the segment, the operations."""

    v: int
    device: str
    number: int
    operations: list[Operation]


class _Envelope(msgspec.Struct):
    body: bytes
    signature: str


class Unreadable(CaroError):
    """A segment that is not for this machine, was changed, or was not written by whom it names."""


class Key:
    """This machine's key: an ssh key without a passphrase, which decrypts and signs."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.public = public_key(file)

    def decrypt(self, data: bytes) -> bytes:
        """Raises Unreadable."""
        pyrage = age()
        try:
            identity = pyrage.ssh.Identity.from_buffer(self.file.read_bytes())
            return bytes(pyrage.decrypt(data, [identity]))
        except (pyrage.DecryptError, pyrage.IdentityError) as error:
            raise Unreadable(f"it is not encrypted to this machine's key ({error})") from None

    def sign(self, data: bytes) -> str:
        """Return an armoured signature."""
        return run_ssh_keygen(["-Y", "sign", "-q", "-f", str(self.file), "-n", NAMESPACE], data).decode()


def age() -> Any:
    """Return pyrage. Raises CaroError where it isn't installed."""
    try:
        import pyrage
    except ImportError:
        raise CaroError(
            "caro sync encrypts with age, which needs pyrage: pipx install --force '.[sync]'"
        ) from None
    return pyrage


def public_key(file: Path) -> str:
    """Return the public half, type and key. Raises CaroError where the key can't be used without a person."""
    out = run_ssh_keygen(["-y", "-P", "", "-f", str(file)], b"").decode().split()
    if len(out) < 2 or out[0] not in ("ssh-ed25519", "ssh-rsa"):
        raise CaroError(f"{file}: only ssh-ed25519 and ssh-rsa keys can be used")
    return f"{out[0]} {out[1]}"


def encrypt(data: bytes, recipients: Sequence[str]) -> bytes:
    """Return data that each of these public keys reads."""
    pyrage = age()
    return bytes(pyrage.encrypt(data, [pyrage.ssh.Recipient.from_str(one) for one in recipients]))


def verify(data: bytes, signature: str, public: str) -> bool:
    """True if the owner of the public key signed these bytes."""
    with tempfile.TemporaryDirectory(prefix="caro-sync-") as name:
        folder = Path(name)
        (folder / "signature").write_text(signature)
        (folder / "allowed").write_text(f"machine {public}\n")
        words = ["-Y", "verify", "-q", "-f", str(folder / "allowed"), "-I", "machine", "-n", NAMESPACE]
        try:
            run_ssh_keygen([*words, "-s", str(folder / "signature")], data)
        except CaroError:
            return False
    return True


def seal(
    key: Key, device: str, number: int, operations: Sequence[Operation], recipients: Sequence[str]
) -> bytes:
    """Return a segment, after a look whether this machine itself can read it: a wrong key must not fill the store."""
    body = msgspec.msgpack.encode(Body(1, device, number, list(operations)))
    envelope = msgspec.msgpack.encode(_Envelope(body, key.sign(body)))
    sealed = encrypt(zlib.compress(envelope, 6), recipients)
    try:
        again = zlib.decompress(key.decrypt(sealed))
    except (Unreadable, zlib.error):
        again = b""
    if again != envelope:
        raise CaroError("nothing was sent: this machine's key can't read what it wrote; `caro sync doctor`")
    return sealed


def unseal(key: Key, sealed: bytes, device: str, number: int, public: str) -> list[Operation]:
    """Return the operations of a segment that stands under a machine's name. Raises Unreadable."""
    try:
        inflater = zlib.decompressobj()
        plain = inflater.decompress(key.decrypt(sealed), MOST_PLAIN)
        envelope = msgspec.msgpack.decode(plain, type=_Envelope)
        if inflater.unconsumed_tail or not verify(envelope.body, envelope.signature, public):
            raise Unreadable(f"it is not signed by {device}")
        body = msgspec.msgpack.decode(envelope.body, type=Body)
    except (zlib.error, msgspec.DecodeError) as error:
        raise Unreadable(f"it is damaged ({error})") from None
    if (body.device, body.number) != (device, number):
        raise Unreadable(f"it was written as number {body.number} of {body.device}")
    if not all(map(is_sound, body.operations)):
        raise Unreadable("it says what no machine says")
    return body.operations


def run_ssh_keygen(words: Sequence[str], data: bytes) -> bytes:
    """Return what ssh-keygen(1) prints. Raises CaroError."""
    try:
        unasked = os.environ | {"SSH_ASKPASS_REQUIRE": "never", "DISPLAY": ""}
        words = ["ssh-keygen", *words]
        done = subprocess.run(words, input=data, capture_output=True, timeout=30, env=unasked)
    except FileNotFoundError:
        raise CaroError("caro sync needs ssh-keygen (package openssh-client)") from None
    except subprocess.TimeoutExpired:
        raise CaroError("ssh-keygen doesn't end; is the key's file on a folder that hangs?") from None
    if done.returncode != 0:
        words_of = " ".join(done.stderr.decode("utf-8", "replace").split()) or f"status {done.returncode}"
        raise CaroError(f"ssh-keygen: {words_of}")
    return done.stdout
