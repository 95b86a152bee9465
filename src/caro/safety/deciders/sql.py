"""SQL and other query text: statements that drop, empty or rewrite everything."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
from caro.safety.call import Call, decider
from caro.safety.deciders.reading import read_secret
from caro.safety.flows import answers, is_foreign
from caro.safety.score import names_production
from caro.safety.streams import EMPTY, Stream
from caro.safety.values import OPEN, Arg, arg, shown

_NOISE = pattern(r"'(?:[^'\\]|''|\\.)*'|--[^\n]*|/\*.*?\*/|#[^\n]*(?=\n)|\$\$.*?\$\$", re.DOTALL)
_DROP = pattern(
    r"^\s*drop\s+(database|schema|table|view|materialized\s+view|tablespace|keyspace|collection|role"
    r"|user|owned|column|index|sequence"
    r"|type|function|trigger|extension|catalog|stream|dictionary|stage|warehouse|publication"
    r"|subscription|server|login|bucket|series"
    r"|measurement|retention|shard|graph|constraint|continuous|external|temporary|pluggable|dataset|all"
    r"|space|topic|model)\b",
    re.IGNORECASE,
)
_SMALL_DROP = pattern(
    r"^\s*drop\s+(index|view|function|trigger|type|temporary|sequence|constraint|materialized)\b",
    re.IGNORECASE,
)
_WHERE = pattern(r"\bwhere\b(.*)", re.IGNORECASE | re.DOTALL)
_ALWAYS = pattern(
    r"^\s*(1\s*=\s*1|true|1|not\s+false|0\s*=\s*0|'?(\w+)'?\s*=\s*'?\2'?|id\s*(>|>=)\s*0|id\s+is\s+not\s+null)\s*$",
    re.IGNORECASE,
)


_TAKEN_BACK = pattern(r"\s*(begin|start\s+transaction)\b.*;\s*rollback\s*;?\s*$", re.IGNORECASE | re.DOTALL)


def judge_sql(text: str) -> tuple[str, tuple[str, ...]] | None:
    """Return (the statement that destroys, facts about it), the worst one; None where nothing does."""
    found: tuple[str, tuple[str, ...]] | None = None
    if _TAKEN_BACK.match(text) and not re.search(r"\bcommit\b", text, re.IGNORECASE):
        return None
    for statement in _NOISE.sub(_keep_length, text).split(";"):
        facts = _facts(statement.strip())
        if facts and (found is None or "small" in found[1]):
            found = (" ".join(statement.split())[:120], facts)
    return found


def _keep_length(match: re.Match[str]) -> str:
    return " '' " if match[0].startswith("'") else " "


_LAXER = pattern(
    r"grant\s+(all|insert|update|delete)\b.*\bto\s+public\b|alter\s+table\b.*\bdisable\s+row\s+level\s+security"
    r"|alter\s+(role|user)\b.*\b(bypassrls|createrole|replication)\b|sp_addsrvrolemember\b|exec\w*\s+sp_addsrvrolemember\b",
    re.DOTALL,
)
_LOSES_LATER = pattern(
    r"alter\s+system\s+set\s+(fsync|full_page_writes|archive_mode|wal_level|archive_command)\b.*\b(off|minimal|'')"
    r"|alter\s+table\b.*\b(modify|materialize)\s+ttl\b|alter\s+retention\s+policy\b|alter\s+database\b.*\bset\s+recovery\s+simple"
    r"|alter\s+table\b.*\bset\s+(unlogged|\(?\s*data_retention_time_in_days\s*=\s*[01]\b)",
    re.DOTALL,
)
"""Settings after which data goes by itself, or isn't there after a crash."""


def _facts(statement: str) -> tuple[str, ...]:
    statement = re.sub(
        r"^(explain\s+(?!analyze)|begin|start\s+transaction)\b.*",
        "",
        statement,
        flags=re.IGNORECASE | re.DOTALL,
    )
    statement = re.sub(
        r"^with\b.*?\)\s*(?=(delete|update|insert|select)\b)", "", statement, flags=re.IGNORECASE | re.DOTALL
    )
    lowered = statement.lower()
    if match := _DROP.match(statement):
        return (
            ("drop", "small")
            if _SMALL_DROP.match(statement)
            else ("drop", match[1].lower().replace(" ", "_"))
        )
    if re.match(r"truncate\b", lowered) and not re.match(r"truncate\s*\(", lowered):
        return ("truncate",)
    if re.match(r"delete\b", lowered):
        return _without_where(statement, "delete")
    if match := re.match(r"alter\s+table\s+\S+\s+(?:on\s+cluster\s+\S+\s+)?(delete|update)\b", lowered):
        return _without_where(statement, match[1])  # ClickHouse's mutations
    if re.match(r"remove\s+(database|namespace|ns|db|table)\b", lowered):
        return ("drop", "database")  # SurrealQL
    if re.match(r"update\b.*\bset\b", lowered, re.DOTALL):
        return _without_where(statement, "update")
    if re.match(r"alter\s+table\b.*\bdrop\s+(column\s+|partition\s+|constraint\s+)?", lowered, re.DOTALL):
        return ("drop", "column")
    if (
        re.match(r"alter\s+(database|system|user|role)\b.*\b(superuser|rename|set)\b", lowered)
        and "superuser" in lowered
    ):
        return ("grant",)
    if re.match(
        r"grant\s+all\b.*(\bon\s+[`'\"]?\*.*\bto\b|\bgrant\s+option\b)", lowered, re.DOTALL
    ) or re.match(r"create\s+(user|role)\b.*\bsuperuser\b", lowered, re.DOTALL):
        return ("grant",)
    if re.match(
        r"(reset\s+master|purge\s+(binary|master)\s+logs|flush\s+privileges_|drop_caches_"
        r"|detach\s+database_)",
        lowered,
    ):
        return ("purge",)
    if re.match(r"copy\b.*\b(to|from)\s+program\b", lowered, re.DOTALL) or "xp_cmdshell" in lowered:
        return ("program",)
    if re.match(
        r"(do|call|select)\b.*\b(pg_terminate_backend|pg_drop_replication_slot|lo_unlink"
        r"|dropgeometrytable|drop_chunks)",
        lowered,
        re.DOTALL,
    ):
        return ("drop", "session") if "drop" in lowered or "lo_unlink" in lowered else ("kill",)
    if _LAXER.match(lowered):
        return ("grant",)
    if _LOSES_LATER.match(lowered):
        return ("purge",)
    if re.match(r"select\b.*\binto\s+(outfile|dumpfile)\b", lowered, re.DOTALL):
        return ("program",)
    if re.match(r"shutdown\b", lowered) or re.match(r"(kill|system\s+shutdown)\b", lowered):
        return ("kill",)
    return ()


def _without_where(statement: str, verb: str) -> tuple[str, ...]:
    where = _WHERE.search(statement)
    if where is None:
        return () if re.search(r"\blimit\s+\d", statement, re.IGNORECASE) else (verb, "everything")
    return (verb, "everything") if _ALWAYS.match(where[1].strip()) else ()


def report_sql(call: Call, text: str) -> None:
    found = judge_sql(shown(text))
    if found is None:
        return
    statement, facts = found
    if "grant" in facts:
        call.effect("gain_privilege", statement, "", "database")
    elif "program" in facts:
        call.effect("execute_remote_code", statement, "", "database")
    elif "kill" in facts:
        call.effect("disrupt_service", statement)
    else:
        call.effect("destroy_data", statement, "", *facts)


_CODE = {
    "psql": ("-c", "--command"),
    "mysql": ("-e", "--execute"),
    "mariadb": ("-e", "--execute"),
    "clickhouse-client": ("-q", "--query"),
    "clickhouse": ("-q", "--query"),
    "cqlsh": ("-e", "--execute"),
    "sqlcmd": ("-Q", "-q", "--query"),
    "cockroach": ("-e", "--execute"),
    "duckdb": ("-c", "-s"),
    "snowsql": ("-q", "--query"),
    "snow": ("-q", "--query"),
    "bq": (),
    "presto": ("--execute",),
    "trino": ("--execute",),
    "hive": ("-e",),
    "beeline": ("-e",),
    "impala-shell": ("-q", "--query"),
    "spark-sql": ("-e",),
    "usql": ("-c", "--command"),
    "pgcli": ("-c", "--command"),
    "mycli": ("-e", "--execute"),
    "influx": ("-execute",),
    "isql": ("-q",),
    "fbsql": (),
    "vsql": ("-c",),
    "db2": (),
    "sqlplus": (),
    "litecli": ("-e", "--execute"),
    "athenacli": ("-e", "--execute"),
    "mclient": ("-s",),
    "cbq": ("-s", "--script"),
    "mysqlsh": ("-e", "--execute"),
    "mssql-cli": ("-Q",),
    "sqlx": (),
    "turso": (),
    "wrangler": ("--command",),
    "osqueryi": (),
    "questdb": (),
    "supabase": (),
    "planetscale": (),
    "tsql": (),
    "bteq": (),
    "exasol": ("-sql",),
    "surreal": (),
    "dolt": ("-q",),
    "rqlite": (),
    "gcloud": (),
    "psqlrc": (),
    "edgedb": ("-c",),
    "gel": ("-c",),
    "ysqlsh": ("-c",),
    "ycqlsh": ("-e",),
    "tidb": ("-e",),
}


@decider("sql")
def sql(call: Call) -> Stream | None:
    """Judge a database's client (psql(1), mysql(1) …): statements in an option, an operand, or on standard input."""
    texts: list[str] = [
        str(value) for value in call.arguments.all_values(*_CODE.get(call.name, ("-c", "-e", "-q")))
    ]
    for word in call.arguments.positional:
        if " " in word or ";" in word:
            texts.append(str(word))
    if call.name in ("db2", "turso", "bq", "dolt") and not texts:
        texts.append(" ".join(call.arguments.positional))
    if call.stdin.text is not None:
        texts.append(call.stdin.text)
    for path in call.arguments.all_values("-f", "--file", "-i"):
        known = call.reads(path)
        if is_foreign(known):
            call.effect("execute_remote_code", known.source)
        if known.text is not None:
            texts.append(known.text)
    files = [str(path) for path in call.arguments.all_values("-f", "--file")] or [call.stdin.source]
    unread = not texts and any(path.endswith((".sql", ".dump")) for path in files)
    if unread and any(names_production(word) for word in call.argv[1:] if word not in files):
        why = "runs {target}, which nobody has read here, on production"
        call.effect("destroy_data", files[0], why=why, base=40)
    for text in texts:
        report_sql(call, text)
        for match in re.finditer(r"(?:^|\n)\s*(?:\\!|system|\.shell|\.system)\s+([^\n]+)", text):
            call.run_text(shown(match[1].rstrip(";")), call.name)
    return answers(call)


_MONGO = pattern(
    r"\.dropDatabase\s*\(|\.drop\s*\(\s*\)|\.drop\s*\(|\.(remove|deleteMany)\s*\(\s*(\{\s*\})?\s*[,)]"
    r"|\.dropAllUsers|\.dropUser\s*\("
    r"|\._drop(Database)?\s*\(|:(drop|truncate)\s*\(\s*\)|\.truncate\s*\(\s*\)"
    r"|\.dropIndexes\s*\(|\.shutdownServer\s*\(|\.updateMany\s*\(\s*\{\s*\}|\.findAndModify_|\.dropAllRoles"
)


@decider("mongo")
def mongo(call: Call) -> Stream | None:
    """Judge mongosh --eval (its reference, "Database Methods"): drop, dropDatabase, deleteMany without a filter."""
    texts = [str(value) for value in call.arguments.all_values("--eval", "--javascript.execute-string")]
    if call.stdin.text is not None:
        texts.append(call.stdin.text)
    for text in texts:
        bare = re.sub(r"(print|printjson|console\.log)\s*\(\s*(\"[^\"]*\"|'[^']*')\s*\)", "", text)
        match = _MONGO.search(bare)
        if "require(" in text or "process." in text:
            call.run_argv([arg("node"), arg("-e"), arg(text)], "mongosh")
        if match:
            call.effect("destroy_data", shown(text.strip()[:120]), "", "drop")
    return EMPTY


_HBASE = pattern(
    r"(?:^|[;\n])\s*(drop|drop_all|truncate|truncate_preserve|delete_all_snapshot|drop_namespace)\s+['\"]"
)


@decider("hbase")
def hbase(call: Call) -> Stream | None:
    """Judge the HBase shell's own verbs, on standard input."""
    match = _HBASE.search(call.stdin.text or "")
    if match:
        call.effect("destroy_data", (call.stdin.text or "").strip()[:120], "", "drop")
    return EMPTY


_REDIS = {
    "flushall": ("everything",),
    "flushdb": ("everything",),
    "shutdown": ("kill",),
    "swapdb": ("swap",),
    "failover": ("kill",),
}


_GRAPH_DELETES = pattern(
    r"\bmatch\s*\(\w*\)(\s*-\[\w*\]-\S*)?\s*(optional\s+match\b[^;]*)?(detach\s+)?delete\b", re.IGNORECASE
)


@decider("graph")
def graph(call: Call) -> Stream | None:
    """Judge Cypher: `MATCH (n) DETACH DELETE n` has no label and no property, so it empties the database."""
    texts = [str(word) for word in call.arguments.positional]
    if call.stdin.text is not None:
        texts.append(call.stdin.text)
    for text in texts:
        if _GRAPH_DELETES.search(text):
            call.effect("destroy_data", shown(text.strip()[:120]), "", "everything")
        else:
            report_sql(call, text)
    return EMPTY


@decider("redis")
def redis(call: Call) -> Stream | None:
    """Judge redis-cli (Redis command reference): FLUSHALL, FLUSHDB, CONFIG SET and their like."""
    commands: list[list[str]] = [[str(word) for word in call.arguments.positional]]
    if call.stdin.text is not None and (not commands[0] or call.arguments.has("--pipe")):
        commands += [line.split() for line in call.stdin.text.splitlines()]
    for words in commands:
        if call.arguments.has("--cluster") and words[:1] == ["call"]:
            words = words[2:]  # `--cluster call HOST:PORT COMMAND`
        if not words:
            continue
        verb = words[0].lower()
        rest = [word.lower() for word in words[1:]]
        if verb in ("flushall", "flushdb"):
            call.effect("destroy_data", " ".join(words), "", "everything")
        elif verb == "shutdown":
            call.effect("disrupt_service", "redis", base=55)
        elif verb == "debug" and rest[:1] in (["segfault"], ["oom"], ["panic"]):
            call.effect("disrupt_service", "redis", base=60)
        elif verb == "script" and rest[:1] == ["flush"]:
            call.effect("destroy_data", " ".join(words), "", "small")
        elif verb in ("del", "unlink") and (
            any("*" in word or OPEN in word for word in words[1:]) or "xargs" in call.state.facts
        ):
            call.effect("destroy_data", " ".join(words[:4]), "", "many")
        elif (
            verb == "config"
            and rest[:1] == ["set"]
            and rest[1:2] in (["dir"], ["dbfilename"], ["requirepass"], ["protected-mode"])
        ):
            call.effect("lower_defence", " ".join(words), "", "database")
        elif (
            verb == "config"
            and rest[:2] in (["set", "save"], ["set", "appendonly"])
            and rest[2:3]
            in (
                [""],
                ["no"],
            )
        ):
            call.effect("lower_defence", " ".join(words) + " (nothing is kept on disk)", "", "database")
        elif verb == "config" and rest[:2] == ["set", "maxmemory"]:
            call.effect("destroy_data", " ".join(words), "", "many")
        elif verb == "cluster" and rest[:1] in (["reset"], ["forget"], ["flushslots"], ["failover"]):
            call.effect("destroy_data", " ".join(words), "", "cluster")
        elif verb in ("eval", "--eval") and re.search(r"flush(all|db)", " ".join(rest)):
            call.effect("destroy_data", " ".join(words)[:80], "", "everything")
        elif verb in ("slaveof", "replicaof") and rest[:1] != ["no"]:
            call.effect("destroy_data", " ".join(words), "", "replaced")
        elif verb == "xgroup" and rest[:1] == ["destroy"]:
            call.effect("destroy_data", " ".join(words), "", "many")
    return answers(call)


@decider("sqlite")
def sqlite(call: Call) -> Stream | None:
    """Judge sqlite3(1): statements, and the dot-commands that run a shell or write a file."""
    read_secret(call, call.arguments.positional[:1])
    given = [*call.arguments.positional[1:], *call.arguments.all_values("-cmd")]
    for text in (*given, *(call.stdin.text or "").splitlines()):
        if match := re.match(r"\s*\.(shell|system)\s+(.*)", text):
            call.run_text(shown(match[2]), "sqlite3")
    for text in (*given, call.stdin.text or ""):
        if text and not text.startswith("."):
            report_sql(call, text)
    return answers(call)


def first(words: list[Arg]) -> str:
    return str(words[0]) if words else ""
