"""The daemon's life: lock, socket, timers, signals, end.

Everything that must survive it stands in files before an answer goes out, so that ending is only closing: a
stop loses nothing, and neither does a kill.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import signal
import sys
import threading
import time
from asyncio import FIRST_COMPLETED
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from caro.additions import additions_stamp
from caro.daemon import listen
from caro.daemon.dispatch import Dispatcher
from caro.daemon.fifo import RequestFifo
from caro.daemon.log import DaemonLog
from caro.daemon.model_server import ModelServer
from caro.daemon.observing import Observer
from caro.daemon.prompt_record import PromptRecord
from caro.daemon.redaction import Redactor
from caro.daemon.server import Server
from caro.daemon.sessions import Sessions
from caro.daemon.shell_ends import ShellEnds, sweep_line_files
from caro.daemon.typed_lines import TypedLines
from caro.daemon.verdicts import Verdicts
from caro.engine.guard import Guard
from caro.errors import CaroError
from caro.knowledge import OVERLAY_ROOMS
from caro.paths import Paths
from caro.rule_files import Stamp, rules_stamp
from caro.runtime_conf import (
    file_settings,
    has_rule_programs,
    pattern_problems,
    speaks_of_any_line,
    user_rules,
    write_runtime_conf,
)
from caro.settings import Settings, config_file, socket_file

if TYPE_CHECKING:
    from caro.daemon.fixes import FixerOfDaemon
    from caro.daemon.plugged import Plugged
    from caro.daemon.suggestions import Suggestions
    from caro.engine.suggesting import Past

T = TypeVar("T")

TICK_SECONDS = 5.0
SWEEP_SECONDS = 60.0
RETENTION_SECONDS = 6 * 3600.0
SLICE_SECONDS = 0.0005
NOTICE_MAX = 600
"""Characters of a fault that a prompt is told."""


class Daemon:
    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self.paths = Paths.of(env)
        self.socket_path = socket_file(env, self.paths)
        self.settings = file_settings(env, self.paths)
        self.redact = Redactor(self.settings)
        self.log = DaemonLog(self.paths.daemon_log, self.redact)
        self.config_file = str(config_file(env, self.paths))
        self.config_stamp = self._config_stamp()
        self.additions_stamp = additions_stamp(self.paths)
        self.swept = time.monotonic()
        self.retained = float("-inf")
        self.ending = asyncio.Event()
        self.ticking = asyncio.Event()
        self.guard = Guard(self.settings, env, self._rule_skipped, loaded=False)
        self.dispatcher = Dispatcher(
            Verdicts(self.guard),
            Sessions(int(self.settings["daemon.max_sessions"])),
            self.redact,
            reload=self.reload,
            stop=self.ending.set,
        )
        self.observer = Observer(self.paths, self.redact, self._rule_skipped)
        self.observer.use(self.settings)
        self.dispatcher.verdicts.see = self.observer.see
        self.record = PromptRecord(self.settings, self.paths, self.redact)
        self.lines = TypedLines(self.paths, env, lambda why: self.log.write("no_lines", reason=why))
        self.dispatcher.refresh_lines = self.lines.refresh
        self.models = ModelServer(self.paths.models, self.paths.model_socket, env, self.log.write)
        self.dispatcher.model_socket = self.models.socket_of
        self.shells = ShellEnds(self._shell_ended)
        self.dispatcher.watch = self._watch
        self.server = Server(self.dispatcher, self.log)
        self.server.before_request = self._before_request
        fifos = self.paths.state / "fifo"
        self.fifo = RequestFifo(fifos, self.dispatcher, self.record, self._before_fifo)
        self.tidying: asyncio.Task[None] | None = None
        self.exporting: asyncio.Task[None] | None = None
        self.refreshing: asyncio.Task[None] | None = None
        self.identity = (0, 0)
        self.plugged: Plugged | None = None

    async def run(self) -> None:
        """Until it is told to end. Raises CaroError where it can't begin."""
        listen.make_private_folder(self.socket_path.parent)
        # Never closed: whoever waits for the lock waits for the end of the process.
        listen.take_lock(self.socket_path)
        try:
            self._begin()
            await self._serve()
        finally:
            self._end()

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.ending.set)
        loop.add_signal_handler(signal.SIGHUP, self.ticking.set)
        self._listen()
        self._open_fifo()
        self._write_runtime_conf(self.settings)
        self.lines.use(self.settings, self.record.log)
        self.record.sweep()
        sweep_line_files(self.env)
        self.log.write("started", socket=str(self.socket_path), sessions=0)
        self.loading = asyncio.create_task(self._load_engines())

    async def _load_engines(self) -> None:
        """The guard and the fixer, in a thread: until they are there every answer says `partial`."""
        from caro.daemon.ended_lines import EndedLines

        try:
            fixer, suggestions = await in_thread(self._make_engines)
        except Exception as error:
            self.log.write("no_engines", reason=f"{type(error).__name__}: {error}")
            return
        fixer.use(self.settings)
        self.dispatcher.use_fixer(fixer)
        self.dispatcher.suggestions = suggestions
        self.dispatcher.ended_lines = EndedLines(self.record.log, self.settings)
        self.dispatcher.ended_lines.begin()
        # What is loaded by now stays for good: the collector need not walk it again.
        gc.collect()
        gc.freeze()
        self._use_plugins(self.settings)
        self.log.write("ready")
        self._refresh_lines()

    def _make_engines(self) -> tuple[FixerOfDaemon, Suggestions]:
        from caro.daemon.fixes import FixerOfDaemon
        from caro.daemon.suggestions import Suggestions
        from caro.engine.hinting import Hinter
        from caro.engine.suggesting import Suggester, inventories
        from caro.machine.shell_names import ShellNames

        self.guard.load()
        fixer = FixerOfDaemon(
            self.guard, self.settings, self.env, self._rule_skipped, self.redact,
            lambda why: self.log.write("no_answer_of_model", reason=why),
        )  # fmt: skip
        home = self.env.get("HOME", "")
        inventory_at = inventories(home, self.env.get("PATH", ""), self.guard.knowledge_at)
        suggester = Suggester(self.guard, inventory_at, lambda line: self.redact(line) != line)
        hinter = Hinter(self.guard, inventory_at, ShellNames(home).aliases)
        return fixer, Suggestions(suggester, hinter, self._typed_lines, self.redact, self._ignores_space)

    def _use_plugins(self, settings: Settings) -> None:
        """Have the programs of plugins run that are enabled; nothing is loaded where there is none."""
        if self.plugged is None and not settings["plugins.enabled"]:
            return
        if self.plugged is None:
            from caro.daemon.plugged import Plugged

            self.plugged = Plugged(self.paths, self.redact, self.log.write)
            self.dispatcher.verdicts.tighten = self.plugged.tightened
            for part in (self.dispatcher.fixer, self.dispatcher.suggestions):
                if part is not None:
                    part.plugged = self.plugged
        self.plugged.use(settings)

    async def _export(self) -> None:
        """Hand new events to the plugins that take them, in a thread of its own."""
        if self.plugged is None or not self.plugged.exporters():
            return
        from caro.daemon.exporting import export_new

        plugged, settings, log = self.plugged, self.settings, self.record.log
        try:
            await in_thread(lambda: export_new(plugged, settings, self.paths, log))
        except (OSError, CaroError) as error:
            self.log.write("not_exported", reason=str(error))

    def _typed_lines(self) -> Iterator[Past]:
        from caro.daemon.suggestions import counted_lines, typed_lines

        try:
            yield from counted_lines(self.paths.counted)
            yield from typed_lines(self.paths.imported, self.record.log, ignores_space=self._ignores_space())
        except (OSError, EOFError, CaroError) as error:
            self.log.write("history_not_read", reason=str(error))

    def _ignores_space(self) -> bool:
        return bool(self.settings["privacy.ignore_space"])

    def _rule_skipped(self, reason: str) -> None:
        self.log.write("rule_skipped", reason=reason)

    def _open_fifo(self) -> None:
        try:
            self.fifo.open(asyncio.get_running_loop())
        except (OSError, CaroError) as error:
            # zsh then asks through caro-hook.
            self.log.write("no_fifo", reason=str(error))

    def _listen(self) -> None:
        self.server.stop_listening()
        bound = listen.bind_socket(self.socket_path)
        self.identity = listen.identity_of(self.socket_path)
        self.server.listen(bound)

    async def _serve(self) -> None:
        ending = asyncio.create_task(self.ending.wait())
        while not self.ending.is_set():
            ticking = asyncio.create_task(self.ticking.wait())
            await asyncio.wait({ending, ticking}, timeout=TICK_SECONDS, return_when=FIRST_COMPLETED)
            ticking.cancel()
            self.ticking.clear()
            await self.tick()

    async def tick(self) -> None:
        now = time.monotonic()
        self.check_config()
        if additions_stamp(self.paths) != self.additions_stamp:
            self.reload()
        if not listen.is_in_place(self.socket_path, self.identity):
            self.log.write("socket_lost", socket=str(self.socket_path))
            self._heal()
        if now - self.swept > SWEEP_SECONDS:
            self.swept = now
            self.record.sweep()
            sweep_line_files(self.env)
            if self.tidying is None or self.tidying.done():
                self.tidying = asyncio.create_task(in_thread(self._tidy_log))
        self._refresh_lines()
        if self.plugged is not None and (self.exporting is None or self.exporting.done()):
            self.exporting = asyncio.create_task(self._export())
        self.models.tick(self.settings)
        idle_seconds = 60 * float(self.settings["daemon.idle_minutes"])
        if idle_seconds and now - self.server.last_request > idle_seconds:
            self.log.write("idle")
            self.ending.set()

    def _refresh_lines(self) -> None:
        if self.refreshing is None or self.refreshing.done():
            self.refreshing = asyncio.create_task(in_thread(lambda: self.lines.refresh(settled=True)))

    def _tidy_log(self) -> None:
        """Rotation and retention, which the natives leave to us. In a thread: compressing takes a while."""
        from caro.record.index_file import index_path
        from caro.record.lines_build import drop_lines
        from caro.record.retention import apply_retention, forget_imported
        from caro.record.rotate import rotate
        from caro.undo.entry import Entries
        from caro.undo.keep import prune

        log = self.record.log
        try:
            if rotate(log, float(self.settings["trace.rotate_mb"])):
                self.log.write("rotated", log=str(log))
            if time.monotonic() - self.retained > RETENTION_SECONDS:
                self.retained = time.monotonic()
                prune(Entries(self.paths.undo), float(self.settings["safety.undo_gb"]))
                days = float(self.settings["privacy.retention_days"])
                history_days = float(self.settings["privacy.history_days"])
                index = index_path(self.paths, log)
                held = self._unsent()
                gone = apply_retention(log, days, index, history_days=history_days, held=held)
                if gone + forget_imported(self.paths.imported, history_days):
                    drop_lines(self.paths)
                    if self.dispatcher.suggestions is not None:
                        self.dispatcher.suggestions.read_again()
        except (OSError, CaroError) as error:
            self.log.write("log_not_tidied", reason=str(error))

    def _unsent(self) -> str:
        """Return since when events wait to be sent to a server; "" where none is sent."""
        if not self.settings["fleet.enabled"]:
            return ""
        from caro.outbox.hold import oldest_unsent

        return oldest_unsent(self.settings, self.paths, self.record.log)

    def _heal(self) -> None:
        """Somebody removed the socket: without this no shell would reach us and no other daemon could begin.
        Where the whole folder is gone, so is whoever we served."""
        try:
            self.socket_path.parent.stat()
            self._listen()
        except (OSError, CaroError) as error:
            self.log.write("cannot_listen", reason=str(error))
            self.ending.set()

    def _end(self) -> None:
        self.models.end("the daemon ends")
        if self.plugged is not None:
            self.plugged.end()
        self.lines.stop()
        self.fifo.close(asyncio.get_running_loop())
        if self.server.listener is not None:
            self.server.stop_listening()
            if listen.is_in_place(self.socket_path, self.identity):
                self.socket_path.unlink(missing_ok=True)
            self.log.write("stopped", requests=sum(self.dispatcher.counts.values()))
        for connection in list(self.server.connections):
            connection.close()

    def _watch(self, session: str, pid: int) -> None:
        self.shells.watch(session, pid)
        known = self.dispatcher.sessions.get(session)
        if known is not None and known.shell == "fish":
            self.fifo.of_sessions.open(session)

    def _shell_ended(self, session: str) -> None:
        self.fifo.of_sessions.read()
        self.fifo.of_sessions.forget(session)
        self.record.finish(session)
        self.dispatcher.forget(session)

    def _before_request(self) -> None:
        # A shell may have told of a line before something below that line asks.
        self.fifo.read()
        self.check_config()

    def _before_fifo(self) -> None:
        self.server.last_request = time.monotonic()
        self.check_config()

    def _config_stamp(self) -> tuple[tuple[int, int] | None, Stamp]:
        """Return (time in ns and size of config.toml, the stamps of the rule files)."""
        try:
            status = os.stat(self.config_file)
        except OSError:
            return None, rules_stamp(self.paths)
        return (status.st_mtime_ns, status.st_size), rules_stamp(self.paths)

    def check_config(self) -> None:
        # With each request: what was written a moment ago holds for the next line.
        until = self.settings.mode_until
        if self._config_stamp() != self.config_stamp or (until is not None and time.time() >= until.end):
            self.reload()

    def reload(self) -> None:
        self.config_stamp = self._config_stamp()
        self.additions_stamp = additions_stamp(self.paths)
        settings = file_settings(self.env, self.paths)
        for problem in (*settings.problems, *settings.skipped):
            self.log.write("config_problem", problem=problem)
        ignored_space, self.settings = self._ignores_space(), settings
        self.guard.use(settings)
        self.observer.use(settings)
        if self.dispatcher.fixer is not None:
            self.dispatcher.fixer.use(settings)
        if self.dispatcher.suggestions is not None:
            self.dispatcher.suggestions.suggester.use()
            if self._ignores_space() != ignored_space:
                self.dispatcher.suggestions.read_again()
        if self.dispatcher.ended_lines is not None:
            self.dispatcher.ended_lines.use(settings)
        self.dispatcher.sessions.capacity = max(int(settings["daemon.max_sessions"]), 1)
        self.record.use(settings)
        self.lines.use(settings, self.record.log)
        self.redact.use(settings)
        self._write_runtime_conf(settings)
        if self.dispatcher.fixer is not None:
            self._use_plugins(settings)
        self.log.write("reloaded")

    def _write_runtime_conf(self, settings: Settings) -> None:
        self.dispatcher.notice = _notice_of(settings)
        for problem in pattern_problems(settings):
            self.log.write("config_problem", problem=str(problem))
        try:
            ruled = self.guard.knowledge.overlays(*OVERLAY_ROOMS) or any(
                map(speaks_of_any_line, settings.additions)
            )
            if settings.problems or user_rules(settings) or ruled or has_rule_programs(settings):
                self.fifo.forbid_plain()
            else:
                self.fifo.allow_plain(config[0] if (config := self.config_stamp[0]) else 0)
            write_runtime_conf(settings, self.paths)
        except (OSError, CaroError) as error:
            self.log.write("no_runtime_conf", reason=str(error))


def _notice_of(settings: Settings) -> str:
    """Return the sentence for people on a configuration with faults; empty where it has none."""
    if not settings.problems:
        return ""
    more = len(settings.problems) - 1
    rest = f", and {more} more" if more else ""
    return f"your configuration has a fault: {settings.problems[0][:NOTICE_MAX]}{rest} (caro config validate)"


async def in_thread(work: Callable[[], T]) -> T:
    """Run `work` as asyncio.to_thread does, but in a thread that the end of the program does not wait for."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            result, error = work(), None
        except Exception as caught:
            result, error = None, caught
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, result, error)

    def settle(result: T | None, error: Exception | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(cast(T, result))

    threading.Thread(target=run, daemon=True).start()
    return await done


def raise_file_limit() -> None:
    """1,024 descriptors are few for a thousand idle peers; the hard limit is ours to use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4096 if hard == resource.RLIM_INFINITY else min(hard, 4096)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def run_daemon(env: Mapping[str, str]) -> None:
    """Serve until it ends; raise CaroError, AlreadyRunning among them."""
    os.umask(0o077)
    # Whoever loses the race for the lock sends it to the winner, who may not have its handler yet.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    raise_file_limit()
    # Small slices: a shell that asks must not wait for a whole turn of a thread that loads, or reads folders.
    sys.setswitchinterval(SLICE_SECONDS)

    async def serve() -> None:
        await Daemon(env).run()

    asyncio.run(serve())
    # A thread may still be loading, or hang on a dead network folder: nothing waits for it.
    sys.stderr.flush()
    os._exit(0)
