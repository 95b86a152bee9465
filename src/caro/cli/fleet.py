"""Send the record to a server of your own, and ask it about all machines."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caro.cli.tell import answer, answer_json, tell
from caro.errors import CaroError, UsageError

if TYPE_CHECKING:
    from caro.fleet.door import Door
    from caro.fleet.receiver import ClickHouse, Receiver
    from caro.fleet.target import Target
    from caro.outbox.state import StateFile
    from caro.paths import Paths
    from caro.settings import Settings


OBJECTS = 200_000
"""So many new objects are waited for before the collector of cycles looks at them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    run = actions.add_parser("run", help="send what is recorded, until it is ended")
    run.add_argument("--once", action="store_true", help="end when all that is recorded now has arrived")
    status = actions.add_parser("status", help="show what was sent, what waits, what went wrong")
    status.add_argument("--json", action="store_true", help="one JSON document")
    actions.add_parser("test", help="ask the server whether it is ready; no event is sent")
    actions.add_parser("retry", help="send the batches again that the server refused")
    schema = actions.add_parser("schema", help="print the tables and views that ClickHouse needs")
    schema.add_argument("--old", action="store_true", help="for a server before 22.2")
    schema.add_argument("--apply", action="store_true", help="make them on the server of the configuration")
    query = actions.add_parser(
        "query", help="ask ClickHouse about all machines; without a name: list the questions"
    )
    query.add_argument("name", nargs="?", metavar="NAME", help="the question")
    query.add_argument("--since", default="24h", metavar="AGO", help="how far back: 30m, 24h, 7d")
    query.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    from caro.paths import Paths
    from caro.settings import load_settings

    paths = Paths.of(os.environ)
    settings = load_settings(os.environ, paths)
    return {
        "run": _run, "status": _status, "test": _test, "retry": _retry, "schema": _schema, "query": _query,
    }[args.action](args, settings, paths)  # fmt: skip


def host_name() -> str:
    return socket.gethostname() or "unknown"


def _server(settings: Settings) -> tuple[Target, Receiver, Door]:
    """Return the server of the configuration. Raises CaroError."""
    from caro.fleet.door import Door
    from caro.fleet.receiver import receiver_of
    from caro.fleet.target import target_of

    target = target_of(settings)
    return target, receiver_of(target, host_name()), Door(target)


def _clickhouse(settings: Settings) -> tuple[Target, ClickHouse, Door]:
    from caro.fleet.receiver import ClickHouse

    target, receiver, door = _server(settings)
    if not isinstance(receiver, ClickHouse):
        raise UsageError("fleet.kind is otlp: only ClickHouse has tables to make and to ask")
    return target, receiver, door


def _run(args: argparse.Namespace, settings: Settings, paths: Paths) -> int:
    from caro.outbox.state import StateFile

    if not settings["fleet.enabled"]:
        raise CaroError("nothing is sent unless you say so: `caro config set fleet.enabled true`")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    file = StateFile(paths)
    try:
        with file.lock() as mine:
            if not mine:
                raise CaroError("another `caro fleet run` of yours is sending already")
            return _send(args, settings, paths, file)
    except _Ended:
        return 0


class _Ended(BaseException):
    """Somebody ended the sender; whatever it was at, the cursor on the disk is right."""


def _end(*_: object) -> None:
    raise _Ended


def _send(args: argparse.Namespace, settings: Settings, paths: Paths, file: StateFile) -> int:
    from caro.fleet.shipper import Shipper
    from caro.outbox.redaction import Redaction
    from caro.settings import log_file

    _, receiver, door = _server(settings)
    redaction = Redaction(settings["privacy.redact_patterns"])
    log: Path = log_file(settings, paths)
    shipper = Shipper(log, file, receiver, door, redaction, float(settings["fleet.disk_mb"]))
    # Look for cycles seldom: a batch makes tens of thousands of objects and none of them, and the looking is a third
    # of what reading it costs.
    gc.set_threshold(OBJECTS)
    told = ""
    try:
        while True:
            wait = shipper.step()
            error = shipper.state.error
            if error != told:
                tell(error or "the server takes events again")
                told = error
            if args.once and (wait is None or error):
                return int(bool(error))
            time.sleep(float(settings["fleet.every_s"]) if wait is None else wait)
    finally:
        shipper.close()


def _status(args: argparse.Namespace, settings: Settings, paths: Paths) -> int:
    from caro.outbox.queue import Queue
    from caro.outbox.state import StateFile
    from caro.record.reader import Snapshot
    from caro.settings import log_file

    file = StateFile(paths)
    state = file.load()
    with Queue(Snapshot(log_file(settings, paths)), state) as queue:
        left = queue.left()
    rows: dict[str, Any] = {
        "enabled": bool(settings["fleet.enabled"]),
        "url": str(settings["fleet.url"]),
        "running": file.is_running(),
        "sent": state.sent,
        "waiting_bytes": left,
        "lost": state.lost_total,
        "parked": len(file.parked()),
        "unreadable": state.unreadable,
        "last_sent": state.last_ok,
        "error": state.error,
        "error_since": state.error_since,
    }
    if args.json:
        answer_json({"v": 1, **rows})
        return 0
    for name, value in rows.items():
        answer(f"{name.replace('_', ' '):<14} {_shown(value)}")
    return 0


def _shown(value: bool | int | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else value or "-"


def _test(args: argparse.Namespace, settings: Settings, paths: Paths) -> int:
    from caro.fleet.shipper import told_of

    target, receiver, door = _server(settings)
    reply = receiver.probe(door)
    door.close()
    if reply.status != 200:
        raise CaroError(f"{target.url}: {told_of(reply)}")
    answer(f"{target.url} takes events ({target.kind})")
    return 0


def _retry(args: argparse.Namespace, settings: Settings, paths: Paths) -> int:
    from caro.fleet.shipper import retry_parked
    from caro.outbox.state import StateFile

    file = StateFile(paths)
    if not file.parked():
        answer("no batch is parked")
        return 0
    _, receiver, door = _server(settings)
    taken, kept = retry_parked(file, receiver, door, lambda note, why: tell(f"{note.name}: {why}"))
    door.close()
    answer(f"{taken} taken, {kept} refused again" if kept else f"{taken} taken")
    return int(bool(kept))


def _schema(args: argparse.Namespace, settings: Settings, paths: Paths) -> int:
    from caro.fleet.shipper import told_of
    from caro.fleet.views import schema

    if not args.apply:
        for statement in schema(str(settings["fleet.database"]), args.old):
            answer(statement + ";\n")
        return 0
    target, clickhouse, door = _clickhouse(settings)
    for statement in schema(target.database, args.old):
        reply = clickhouse.ask(door, statement)
        if reply.status != 200:
            raise CaroError(f"{target.url}: {told_of(reply)}")
    door.close()
    answer(f"{target.url}: {target.database}.events and {target.database}.seen are there")
    return 0


def _query(args: argparse.Namespace, settings: Settings, paths: Paths) -> int:
    import json

    from caro.fleet.shipper import told_of
    from caro.fleet.views import QUERIES, meaning, query

    if args.name is None:
        for name in QUERIES:
            answer(f"{name:<10} {meaning(name)}")
        return 0
    if args.name not in QUERIES:
        raise UsageError(f"fleet query: there is no question {args.name}; these are: {', '.join(QUERIES)}")
    seconds = _seconds(args.since)
    target, clickhouse, door = _clickhouse(settings)
    reply = clickhouse.ask(door, query(args.name, target.database, seconds) + "\nFORMAT JSON")
    door.close()
    if reply.status != 200:
        raise CaroError(f"{target.url}: {told_of(reply)}")
    try:
        told = json.loads(reply.body)
        rows, names = list(told["data"]), [str(column["name"]) for column in told["meta"]]
    except (ValueError, KeyError, TypeError):
        raise CaroError(f"{target.url} answers with something that is no table") from None
    if args.json:
        answer_json({"v": 1, "query": args.name, "seconds": seconds, "rows": rows})
    else:
        _print_table(names, rows)
    return 0


def _seconds(text: str) -> int:
    """Return the seconds of `30m`, `24h`, `7d`. Raises UsageError."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
    if (
        len(text) < 2
        or text[-1] not in units
        or not text[:-1].isascii()
        or not text[:-1].isdigit()
        or len(text) > 9
    ):
        raise UsageError(f"fleet query: --since {text}: give 30m, 24h, 7d")
    return int(text[:-1]) * units[text[-1]]


def _print_table(names: list[str], rows: list[dict[str, Any]]) -> None:
    if not rows:
        tell("nothing of that kind was sent in that time")
        return
    cells = [names, *([_cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    for line in cells:
        answer("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    sys.stdout.flush()


def _cell(value: Any) -> str:
    """Return a value on one line, cut where it is very long."""
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= 60 else text[:59] + "…"
