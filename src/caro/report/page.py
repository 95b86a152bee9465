"""The page: one HTML file that loads nothing from elsewhere. What was recorded is data in it, never markup."""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import msgspec

from caro.export.spans import Span, command_of
from caro.printable import printable
from caro.record.query import has_failed, signal_of
from caro.report.facts import Facts
from caro.show.event_text import signal_name

LONGEST = 400
_PLACE = re.compile(r"\{\{(\w+)\}\}")


def page(facts: Facts, title: str) -> Iterator[bytes]:
    """Yield the page's bytes.

    The data is JSON, gzipped and in base64, which the page's own script unpacks: 50,000 commands in some megabytes.
    """
    template = files("caro.report").joinpath("page.html").read_text("utf-8")
    packed = base64.b64encode(gzip.compress(msgspec.json.encode(_data(facts)), 6, mtime=0)).decode()
    values = {"title": _escaped(title), "data": packed}
    yield _PLACE.sub(lambda match: values[match[1]], template).encode()


def _escaped(text: str) -> str:
    text = printable(text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _data(facts: Facts) -> dict[str, Any]:
    """Return the page's data: rows of numbers, and texts once each.

    A row: start and duration (microseconds, the first counted from the report's start; -1 unknown), row of the
    parent (-1 none), name, command, folder, status, session (numbers of texts; -1 none), 1 if it failed, kind.
    """
    texts = _Texts()
    rows: list[list[int]] = []
    at: dict[str, int] = {}
    for number, span in enumerate(facts.spans):
        at.setdefault(span.event.id, number)
    for span in facts.spans:
        above = span.parent if span.process == span.event.id else span.process
        rows.append(
            [
                span.start_us - facts.start_us,
                span.duration_us if span.end_us is not None else -1,
                at.get(above or "", -1),
                texts.number(span.name),
                texts.number(command_of(span)[:LONGEST]),
                texts.number(span.event.cwd),
                texts.number(_status(span)),
                texts.number(span.event.session_id),
                int(has_failed(span.event)),
                ("exec", "exec_start", "line", "builtin").index(span.event.kind),
            ]
        )
    return {
        "start": facts.start_us,
        "end": facts.end_us,
        "rows": rows,
        "texts": texts.all,
        "programs": facts.most_run[:200],
        "agents": facts.agents,
        "verdicts": [
            [
                event.ts,
                event.action,
                event.level,
                " ".join(event.rules or []),
                printable(event.text or "")[:LONGEST],
            ]
            for event in facts.verdicts[:2000]
        ],
        "retried": facts.retried,
    }


def _status(span: Span) -> str:
    event = span.event
    number = signal_of(event)
    if number is not None:
        return signal_name(number)
    if event.exit_code is not None:
        return str(event.exit_code)
    return "replaced" if event.replaced_by else "?"


class _Texts:
    """Texts that are named by numbers, each kept once."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._known: dict[str, int] = {}

    def number(self, text: str | None) -> int:
        if text is None:
            return -1
        text = printable(text)
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = len(self.all)
            self.all.append(text)
        return found
