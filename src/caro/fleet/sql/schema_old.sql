-- ClickHouse before 22.2 (18.16 is tested): times are text, and a batch that comes twice is left out by FINAL alone.
CREATE DATABASE IF NOT EXISTS caro;

CREATE TABLE IF NOT EXISTS caro.events
(
    v UInt8,
    id String,
    kind String,
    source String,
    ts String,
    session_id String,
    parent_id String,
    line_id String,
    command String,
    argv Array(String),
    path String,
    text String,
    file String,
    lineno Nullable(Int64),
    cwd String,
    pid Nullable(Int64),
    ppid Nullable(Int64),
    user String,
    host String,
    platform String,
    exit_code Nullable(Int64),
    signal Nullable(Int64),
    duration_ms Nullable(Float64),
    replaced_by String,
    mode String,
    tty Nullable(UInt8),
    agent String,
    env_diff Array(String),
    stderr_bytes Nullable(Int64),
    level String,
    score Nullable(Int64),
    action String,
    rules Array(String),
    redacted Array(Int64),
    interpreter String,
    lost UInt64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY substring(ts, 1, 7)
ORDER BY (host, ts, id);
