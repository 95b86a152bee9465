"""The process of a model that somebody added: begun at the first question, ended when idle and with the daemon."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from caro.errors import CaroError
from caro.llm.models import Models
from caro.llm.serving import NO_MODEL, NO_PACKAGE
from caro.settings import Settings

END_SECONDS = 2.0
WHY = {
    NO_PACKAGE: "llama.cpp is not installed here: pipx install --force '.[model]'",
    NO_MODEL: "llama.cpp can't load the file",
}


class ModelServer:
    """At most one process. `say` gets what the log is to hold."""

    def __init__(self, models: Path, socket: Path, env: Mapping[str, str], say: Callable[..., None]) -> None:
        self._models, self._socket, self._env, self._say = Models(models), socket, env, say
        self._process: subprocess.Popen[bytes] | None = None
        self._name, self._asked = "", 0.0

    def socket_of(self, name: str) -> Path:
        """Return the socket on which the model answers, as soon as it is loaded. Raises CaroError where it can't."""
        self._asked = time.monotonic()
        if self._process is not None and self._name != name:
            self.end("another model")
        if self._process is not None and (status := self._process.poll()) is not None:
            self.end("it ended")
            raise CaroError(f"the model {name}: {WHY.get(status, f'its process ended with status {status}')}")
        if self._process is None:
            self._begin(name)
        return self._socket

    def _begin(self, name: str) -> None:
        model = self._models.checked(name)
        words = [sys.executable, "-m", "caro.llm.serving", model.file, str(self._socket)]
        try:
            self._process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=dict(self._env), cwd="/", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise CaroError(f"the model {name}: its process can't start ({error.strerror})") from None
        self._name = name
        self._say("model_started", model=name, pid=self._process.pid)

    def tick(self, settings: Settings) -> None:
        """End it where it is wanted no more: switched off, another one chosen, or nobody asked for a while."""
        if self._process is None:
            return
        idle = 60 * float(settings["llm.idle_minutes"])
        if not settings["llm.enabled"] or settings["llm.backend"] != "embedded":
            self.end("switched off")
        elif settings["llm.model"] != self._name:
            self.end("another model")
        elif idle and time.monotonic() - self._asked > idle:
            self.end("idle")

    def end(self, why: str) -> None:
        """End the process, if there is one, and wait for that."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._socket.unlink(missing_ok=True)
        self._say("model_ended", model=self._name, reason=why)
