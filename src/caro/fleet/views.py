"""The SQL that ships: schema, views and the questions of `caro fleet query`."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "sql"
QUERIES = tuple(sorted(file.stem for file in (FOLDER / "queries").glob("*.sql")))


def schema(database: str, old: bool = False) -> list[str]:
    """Return the statements that make the tables and views; `old`: for a server before 22.2."""
    texts = [
        (FOLDER / name).read_text("utf-8")
        for name in ("schema_old.sql" if old else "schema.sql", "views.sql")
    ]
    statements = [one.strip() for text in texts for one in _without_comments(text).split(";")]
    return [_of_database(one, database) for one in statements if one]


def query(name: str, database: str, seconds: int) -> str:
    """Return a question's statement for the last so many seconds."""
    text = _without_comments((FOLDER / "queries" / f"{name}.sql").read_text("utf-8"))
    return _of_database(text.strip(), database).replace(":seconds", str(int(seconds)))


def meaning(name: str) -> str:
    """Return what a question asks, its file's first line."""
    with (FOLDER / "queries" / f"{name}.sql").open(encoding="utf-8") as file:
        return file.readline().removeprefix("-- ").strip()


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("--"))


def _of_database(text: str, database: str) -> str:
    return (
        text.replace("caro.events", f"{database}.events")
        .replace("caro.seen", f"{database}.seen")
        .replace("IF NOT EXISTS caro", f"IF NOT EXISTS {database}")
    )
