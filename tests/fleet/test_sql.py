"""The SQL that ships, in ClickHouse of today (chdb, in this process): schema, views, every question, the dashboard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caro.fleet.rows import lost_row, rows
from caro.fleet.views import QUERIES, query, schema
from caro.model import Event
from caro.record import uuid7
from caro.record.times import now_ts

ROOT = Path(__file__).parents[2]
OPTIONS = "input_format_skip_unknown_fields = 1, date_time_input_format = 'best_effort'"
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from chdb import session

    made = session.Session(str(tmp_path_factory.mktemp("chdb")))
    for statement in schema("caro") * 2:
        made.query(statement)
    yield made
    made.close()


def insert(database: Any, body: bytes, token: str) -> None:
    settings = f"{OPTIONS}, insert_deduplication_token = '{token}'"
    database.query(f"INSERT INTO caro.events SETTINGS {settings} FORMAT JSONEachRow {body.decode()}")


def ask(database: Any, sql: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(str(database.query(sql + "\nFORMAT JSON")))["data"]
    return found


def test_every_row_counts_once_and_every_question_answers(database: Any) -> None:
    ids = [uuid7.new() for _ in range(5)]
    usual: dict[str, Any] = {"v": 1, "source": "shim", "ts": now_ts(), "agent": "claude-code"}
    events = [
        Event(**usual, id=ids[0], kind="exec", command="make", argv=["make", "x"], exit_code=2, duration_ms=10),
        Event(**usual, id=ids[1], kind="exec", command="ls", argv=["ls"], exit_code=0, duration_ms=1, tty=True),
        Event(**usual, id=ids[2], kind="verdict", text="rm -rf /srv", level="high", score=80, action="block",
              rules=["r1", "r2"]),
    ]  # fmt: skip
    started = Event(**usual, id=ids[0], kind="exec_start", command="make", argv=["make", "x"])
    body = rows(events, "a")
    for token in ("one", "one", "two"):
        insert(database, body, token)
    insert(database, rows([started], "a"), "three")
    for count in (3, 5, 4):
        insert(
            database, lost_row(ids[4], count, "2026-11-29T10:00:00.000000Z", now_ts(), "a"), f"lost{count}"
        )
    assert ask(database, "SELECT count() AS n FROM caro.events")[0]["n"] == 3 * 2 + 1 + 3
    seen = ask(database, "SELECT kind, lost FROM caro.seen ORDER BY kind, lost")
    assert [(row["kind"], row["lost"]) for row in seen] == [
        ("exec", 0),
        ("exec", 0),
        ("lost", 5),
        ("verdict", 0),
    ]
    told = {name: ask(database, query(name, "caro", 86400 * 3650)) for name in QUERIES}
    assert all(told.values()), told
    assert told["failures"][0]["command"] == "make" and told["failures"][0]["times"] == 1
    assert told["agents"][0]["blocked"] == 1 and told["dangerous"][0]["line"] == "rm -rf /srv"
    assert told["lost"][0]["events"] == 5 and {row["rule"] for row in told["rules"]} == {"r1", "r2"}


def test_each_panel_of_the_dashboard_is_a_question_that_answers(database: Any) -> None:
    panels = json.loads((ROOT / "examples/fleet/grafana.json").read_text("utf-8"))["panels"]
    assert len(panels) == len(QUERIES) + 1
    for panel in panels:
        sql = panel["targets"][0]["rawSql"]
        for column in ("at", "first"):
            sql = sql.replace(f"$__timeFilter({column})", f"{column} >= now() - 86400")
        assert "$" not in sql
        ask(database, sql)
