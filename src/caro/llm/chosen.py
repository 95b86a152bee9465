"""Which backend the settings mean, and whether it may be asked."""

from __future__ import annotations

import ipaddress
import os
import socket
import stat
from functools import partial
from pathlib import Path

from caro.errors import CaroError
from caro.llm.backend import Backend, Waits
from caro.llm.embedded import Embedded, started_by_daemon
from caro.llm.http import Place
from caro.llm.ollama import Ollama
from caro.llm.openai import OpenAI
from caro.llm.program import Program
from caro.paths import Paths
from caro.settings import Settings, socket_file

OLLAMA_PORT = 11434
SECONDS = 1.0


def backend_of(settings: Settings) -> Backend:
    """Return the backend. Raises CaroError where Caro is switched off, or it is not named in full or not on this
    machine."""
    if Paths.of().switched_off or os.environ.get("CARO_DISABLE", "0") not in ("", "0"):
        raise CaroError("Caro is switched off, so no model is asked; `caro enable` switches it on")
    return _named(settings)


def _named(settings: Settings) -> Backend:
    url, kind = str(settings["llm.url"]), str(settings["llm.backend"])
    if kind == "embedded":
        return _embedded(str(settings["llm.model"]))
    if not url:
        raise CaroError("llm.url is empty: `caro model detect` finds servers on this machine")
    if kind == "exec":
        return Program(url)
    try:
        place = Place.of(url)
    except ValueError as error:
        raise CaroError(f"llm.url {url}: {error}") from None
    if not (place.socket or is_loopback(place.host) or settings["llm.remote"]):
        raise CaroError(
            f"llm.url {url} is not on this machine; `caro config set llm.remote true` lets words go there"
        )
    if not (place.socket or is_loopback(place.host) or place.secure):
        raise CaroError(f"llm.url {url}: a server elsewhere must be https")
    key, model = _key(str(settings["llm.key_file"])), str(settings["llm.model"])
    if kind == "ollama" or (not kind and place.port == OLLAMA_PORT):
        return Ollama(place, model, key)
    return OpenAI(place, model, key, abilities=None)


def _embedded(model: str) -> Backend:
    if not model:
        raise CaroError("llm.model is empty: `caro model add FILE.gguf`, then `caro model use NAME`")
    daemon = socket_file(os.environ, Paths.of())
    return Embedded(model, partial(started_by_daemon, daemon, model))


def waits_of(settings: Settings) -> Waits:
    """Return how long an answer is waited for; one that is to be loaded first has all the time for its first byte."""
    if settings["llm.backend"] == "embedded":
        return Waits(whole := int(settings["llm.whole_ms"]) / 1000, whole)
    return Waits(int(settings["llm.timeout_ms"]) / 1000, int(settings["llm.whole_ms"]) / 1000)


def told(settings: Settings) -> tuple[str, str]:
    """Return where a model is asked, and what goes there, as a sentence each. Raises CaroError as `backend_of`."""
    where = _named(settings).address
    key = str(settings["llm.key_file"]) or (KEY_VARIABLE if os.environ.get(KEY_VARIABLE) else "")
    sent = f"what goes there: {settings['llm.context']} (llm.context)"
    place = "another machine" if leaves_machine(settings) else "this machine"
    return f"{where}, on {place}", f"{sent}; the key is in {key}" if key else f"{sent}; no key"


def is_silent(settings: Settings) -> bool:
    """True if a server on this machine is named and nobody listens there; no other machine is asked."""
    if settings["llm.backend"] in ("embedded", "exec") or leaves_machine(settings):
        return False
    place = Place.of(str(settings["llm.url"]))
    try:
        if place.socket:
            with socket.socket(socket.AF_UNIX) as there:
                there.settimeout(SECONDS)
                there.connect(place.socket)
        else:
            socket.create_connection((place.host, place.port), SECONDS).close()
    except OSError:
        return True
    return False


def leaves_machine(settings: Settings) -> bool:
    """True if what is sent goes to another machine. A program (`exec`) is the person's own: it counts as here."""
    if settings["llm.backend"] in ("embedded", "exec"):
        return False
    try:
        place = Place.of(str(settings["llm.url"]))
    except ValueError:
        return True
    return not (place.socket or is_loopback(place.host))


def is_loopback(host: str) -> bool:
    """True if the host is this machine, by its number: a name may lead anywhere."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


KEY_VARIABLE = "CARO_LLM_KEY"


def _key(file: str) -> str:
    """Return the key in a file that nobody else may read; without one that of the environment, or ""."""
    if not file:
        return os.environ.get(KEY_VARIABLE, "")
    path = Path(os.path.expanduser(file))
    try:
        state = path.stat()
        if state.st_mode & (stat.S_IRWXG | stat.S_IRWXO) or state.st_uid != os.geteuid():
            raise CaroError(f"llm.key_file {file}: others may read it; chmod 600 it")
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CaroError(f"llm.key_file {file}: can't be read: {error}") from error
