"""Whether an agent trusts the hook: Codex runs one only after a person has said so, and skips others without a word.

Codex itself is asked, over the JSON-RPC of `codex app-server`: `hooks/list` tells the hash of each hook and whether it
is trusted, `config/batchWrite` records a yes as Codex's own /hooks page does. Where Codex can't be started its
config.toml is read, which names trusted hooks, though not whether they have changed since.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caro.agent.edit import is_ours
from caro.agent.hooked import HookedAgent
from caro.errors import CaroError
from caro.paths import Paths
from caro.shell.edits import read_file

SECONDS = 20.0
UNTRUSTED = "does not trust the hook, and skips it without a word"


@dataclass(frozen=True)
class Trust:
    """`trusted`: the hook runs. `asked`: the agent itself said so, and not its file alone."""

    trusted: bool
    asked: bool


class AppServer:
    """A `codex app-server` for a few questions. Raises CaroError where it does not answer in time."""

    def __init__(self, program: str, env: Mapping[str, str], folder: Path) -> None:
        try:
            self.process = subprocess.Popen(
                [program, "app-server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=dict(env), cwd=folder, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise CaroError(f"{program} can't be started: {error}") from None
        self.until, self.number, self.unread = time.monotonic() + SECONDS, 0, b""

    def __enter__(self) -> AppServer:
        self.ask("initialize", {"clientInfo": {"name": "caro", "version": "1"}})
        self._send({"method": "initialized"})
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.kill()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def ask(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self.number += 1
        self._send({"id": self.number, "method": method, "params": parameters})
        while True:
            message = self._next()
            if message.get("id") == self.number and "method" not in message:
                break
        result = message.get("result")
        if not isinstance(result, dict):
            raise CaroError(f"codex app-server refused {method}: {message.get('error')}")
        return result

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            raise CaroError("codex app-server went away") from None

    def _next(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        while b"\n" not in self.unread:
            left = self.until - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise CaroError("codex app-server does not answer")
            part = os.read(self.process.stdout.fileno(), 65536)
            if not part:
                raise CaroError("codex app-server went away")
            self.unread += part
        line, _, self.unread = self.unread.partition(b"\n")
        try:
            message = json.loads(line)
        except ValueError:
            return {}
        return message if isinstance(message, dict) else {}


def trust_of(agent: HookedAgent, env: Mapping[str, str], paths: Paths) -> Trust | None:
    """Return whether the agent trusts Caro's hook as it stands; None for agents that ask for no trust."""
    if not agent.trust:
        return None
    program = shutil.which(agent.trust, path=env.get("PATH"))
    if program:
        try:
            with AppServer(program, env, paths.home) as server:
                states = [hook.get("trustStatus") for hook in _ours(agent, server, paths.home)]
                return Trust(bool(states) and set(states) <= {"trusted", "managed"}, True)
        except CaroError:
            pass
    return Trust(_recorded(agent, env, paths), False)


def give_trust(agent: HookedAgent, env: Mapping[str, str], paths: Paths) -> None:
    """Record the person's yes, as the agent itself records it. Raises CaroError where it can't be done."""
    program = shutil.which(agent.trust, path=env.get("PATH"))
    if not program:
        raise CaroError(f"{agent.trust} is not on PATH: start it and trust the hook there (/hooks)")
    with AppServer(program, env, paths.home) as server:
        hooks = _ours(agent, server, paths.home)
        value = {hook["key"]: {"trusted_hash": hook["currentHash"]} for hook in hooks}
        edit = {"keyPath": "hooks.state", "value": value, "mergeStrategy": "upsert"}
        server.ask("config/batchWrite", {"edits": [edit], "reloadUserConfig": True})
    after = trust_of(agent, env, paths)
    if after is None or not after.trusted:
        raise CaroError(f"{agent.trust} did not take the trust: start it and trust the hook there (/hooks)")


def _ours(agent: HookedAgent, server: AppServer, folder: Path) -> list[dict[str, Any]]:
    data = server.ask("hooks/list", {"cwds": [str(folder)]}).get("data", [])
    hooks = [hook for entry in data for hook in entry.get("hooks", ())]
    return [hook for hook in hooks if is_ours(agent, hook.get("command")) and hook.get("enabled", True)]


def _recorded(agent: HookedAgent, env: Mapping[str, str], paths: Paths) -> bool:
    file = agent.settings_file(env, paths)
    try:
        hooks = tomllib.loads((read_file(file) or b"").decode("utf-8", "replace")).get("hooks", {})
    except tomllib.TOMLDecodeError:
        return False
    state = hooks.get("state", {})
    return any(
        key.startswith(f"{file}:pre_tool_use:") and "trusted_hash" in value for key, value in state.items()
    )
