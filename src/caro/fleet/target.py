"""Where events go, as the configuration says it, with every reason to refuse that."""

from __future__ import annotations

import ipaddress
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from caro.errors import CaroError
from caro.settings import Settings

OTLP = "otlp"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")


@dataclass(frozen=True)
class Target:
    """A server: `base` stands before each path; `token` is never shown."""

    kind: str
    url: str
    host: str
    port: int
    base: str
    secure: bool
    database: str = "caro"
    user: str = ""
    token: str = field(default="", repr=False)
    ca_file: str = ""
    signals: tuple[str, ...] = ("logs", "traces")


def target_of(settings: Settings) -> Target:
    """Return the server. Raises CaroError where it is not named in full, or where going there would not be safe."""
    url, kind = str(settings["fleet.url"]), str(settings["fleet.kind"])
    if not url:
        raise CaroError(
            "fleet.url is empty; say where events go: `caro config set fleet.url https://HOST:PORT`"
        )
    parts = urlsplit(url)
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise CaroError(f"fleet.url {url} is no https://HOST[:PORT][/PATH]")
    if parts.username or parts.password:
        raise CaroError("fleet.url holds a name or a password; put them into fleet.user and fleet.token_file")
    secure = parts.scheme == "https"
    if not secure and not is_loopback(host):
        raise CaroError(
            f"fleet.url {url}: events travel in clear only on this machine (http://127.0.0.1); use https"
        )
    database = str(settings["fleet.database"])
    if not _NAME.fullmatch(database):
        raise CaroError(f"fleet.database {database!r} is no name of letters, digits and underscores")
    ca_file = str(settings["fleet.ca_file"])
    return Target(
        kind=kind,
        url=url,
        host=host,
        port=port or (443 if secure else 80),
        base=parts.path.rstrip("/"),
        secure=secure,
        database=database,
        user=_plain_word("fleet.user", str(settings["fleet.user"])),
        token=read_token(str(settings["fleet.token_file"])),
        ca_file=os.path.expanduser(ca_file),
        signals=_signals(settings["fleet.signals"]),
    )


def is_loopback(host: str) -> bool:
    """True if the host is this machine by its number; a name may lead anywhere."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_token(file: str) -> str:
    """Return the token in a file that nobody else may read; "" for no file. Raises CaroError."""
    if not file:
        return ""
    path = Path(os.path.expanduser(file))
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise CaroError(f"fleet.token_file {file} is no regular file")
        if state.st_mode & 0o077 or state.st_uid != os.geteuid():
            raise CaroError(f"fleet.token_file {file}: others may read it; chmod 600 it")
        token = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CaroError(f"fleet.token_file {file} can't be read: {error}") from None
    if not _TOKEN.fullmatch(token):
        raise CaroError(f"fleet.token_file {file} holds no token: one word of printable letters")
    return token


def _plain_word(key: str, text: str) -> str:
    if text and not _TOKEN.fullmatch(text):
        raise CaroError(f"{key} is no word of printable letters")
    return text


def _signals(names: list[str]) -> tuple[str, ...]:
    wrong = [name for name in names if name not in ("logs", "traces")]
    if wrong or not names:
        raise CaroError(f"fleet.signals takes `logs` and `traces`, not {wrong[0] if wrong else 'nothing'}")
    return tuple(dict.fromkeys(names))
