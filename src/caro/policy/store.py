"""The verified copies of policies: one file each, with signature, signers and serial; none goes back."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from caro.addition import TEAM, Addition
from caro.additions import header_of, policy_of
from caro.config_write import write_private
from caro.errors import CaroError, RefusedError
from caro.paths import Paths
from caro.policy.signature import verify
from caro.record.times import now_ts
from caro.regular_file import read_regular_file

DAY = 86_400
WARNED_DAYS = 14


@dataclass(frozen=True)
class Kept:
    """A policy as it came, with all that it takes to verify it anew."""

    text: bytes
    signature: bytes
    signers: bytes
    revoked: bytes
    source: str
    principal: str = ""
    fetched: float = 0.0

    @property
    def addition(self) -> Addition:
        """The policy. Raises UsageError."""
        return policy_of(self.text, TEAM, self.source)

    @property
    def serial(self) -> int:
        return int(header_of(self.addition)["serial"])


def take(paths: Paths, new: Kept) -> tuple[Kept, bool]:
    """Verify a policy and keep it where it is newer than the one of its name; return it, and whether it is new.
    Raises CaroError where the signature does not hold, where the serial goes back, or two versions share one."""
    principal = verify(new.text, new.signature, new.signers, new.revoked)
    addition = new.addition
    old = kept(paths, addition.name)
    if old is not None:
        if new.source != old.source:
            _refuse_another(addition.name, new, old)
        if new.serial < old.serial:
            raise RefusedError(
                f"policy {addition.name}: serial {new.serial} is older than the {old.serial} that holds: not taken"
            )
        if new.serial == old.serial and new.text != old.text:
            raise RefusedError(
                f"policy {addition.name}: two versions have serial {new.serial}: the first is kept"
            )
    new = replace(new, principal=principal, fetched=time.time())
    write_private(_file(paths, addition.name), json.dumps(_fields(new)))
    return new, old is None or old.text != new.text


def _refuse_another(name: str, new: Kept, old: Kept) -> None:
    """Raise RefusedError where the signers of one policy have named theirs as another team's."""
    try:
        verify(new.text, new.signature, old.signers, old.revoked)
    except CaroError as error:
        raise RefusedError(
            f"policy {name} holds from {old.source}, and {new.source} has another of that name: {error}; "
            f"`caro policy remove {name}` lets the first one go"
        ) from None


def kept(paths: Paths, name: str) -> Kept | None:
    """Return the policy of that name; None where none is kept."""
    try:
        return _read(_file(paths, name))
    except FileNotFoundError:
        return None


def every(paths: Paths) -> Iterator[Kept]:
    """Give all that are kept and can be read."""
    for file in sorted(paths.policies.glob("*.json")):
        try:
            yield _read(file)
        except (OSError, CaroError):
            continue  # `caro.additions` names it


def note_refused(paths: Paths, name: str, why: str) -> None:
    """Remember why the policy of that name was not renewed, for the doctor; "": it was."""
    file = _refused(paths, name)
    if why:
        write_private(file, json.dumps({"v": 1, "ts": now_ts(), "why": why}))
    else:
        file.unlink(missing_ok=True)


def refused(paths: Paths, name: str) -> tuple[str, str]:
    """Return when and why the policy of that name was not renewed at the last fetch; ("", "") where it was."""
    try:
        told = json.loads(read_regular_file(_refused(paths, name)))
        return str(told["ts"]), str(told["why"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", ""


def remove(paths: Paths, name: str) -> bool:
    """Keep it no more; False where none of that name is kept."""
    note_refused(paths, name, "")
    try:
        _file(paths, name).unlink()
    except FileNotFoundError:
        return False
    return True


def expires(header: Any) -> float | None:
    """Return when a policy's time is over, in seconds since the epoch; None: never. Raises CaroError."""
    value = header.get("expires")
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        if isinstance(moment, datetime):
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        if isinstance(moment, date):
            return datetime(moment.year, moment.month, moment.day, tzinfo=UTC).timestamp()
    except ValueError:
        pass
    raise CaroError(f"[policy] expires: {value!r} is no date")


def _fields(one: Kept) -> dict[str, Any]:
    return {
        "v": 1,
        "source": one.source,
        "sha256": hashlib.sha256(one.text).hexdigest(),
        "text": one.text.decode("utf-8"),
        "signature": one.signature.decode("ascii", "replace"),
        "signers": one.signers.decode("utf-8", "replace"),
        "revoked": base64.b64encode(one.revoked).decode(),
        "principal": one.principal,
        "fetched": one.fetched,
    }


def _read(file: Path) -> Kept:
    try:
        kept = json.loads(read_regular_file(file))
        text, signature, signers = (str(kept[key]).encode() for key in ("text", "signature", "signers"))
        revoked = base64.b64decode(kept["revoked"])
        return Kept(text, signature, signers, revoked, kept["source"], kept["principal"], kept["fetched"])
    except (ValueError, KeyError, TypeError) as error:
        raise CaroError(f"{file} can't be read: {error!r}") from None


def _file(paths: Paths, name: str) -> Path:
    return paths.policies / f"{name}.json"


def _refused(paths: Paths, name: str) -> Path:
    return paths.policies / f"{name}.refused"
