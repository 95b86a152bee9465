-- ClickHouse 22.2 or newer. `caro fleet schema` prints this with the database's name in it; every statement may run twice.
CREATE DATABASE IF NOT EXISTS caro;

-- One row an event. A row that arrives twice, and the announcement of a command that has ended since, go when parts are
-- merged; the views below leave them out before that (FINAL).
CREATE TABLE IF NOT EXISTS caro.events
(
    v UInt8,
    id String CODEC(ZSTD),
    kind LowCardinality(String),
    source LowCardinality(String),
    ts DateTime64(6, 'UTC') CODEC(Delta, ZSTD),
    session_id String CODEC(ZSTD),
    parent_id String CODEC(ZSTD),
    line_id String CODEC(ZSTD),
    command LowCardinality(String),
    argv Array(String) CODEC(ZSTD),
    path LowCardinality(String),
    text String CODEC(ZSTD),
    file String CODEC(ZSTD),
    lineno Nullable(Int64),
    cwd String CODEC(ZSTD),
    pid Nullable(Int64),
    ppid Nullable(Int64),
    user LowCardinality(String),
    host LowCardinality(String),
    platform LowCardinality(String),
    exit_code Nullable(Int64),
    signal Nullable(Int64),
    duration_ms Nullable(Float64),
    replaced_by String CODEC(ZSTD),
    mode LowCardinality(String),
    tty Nullable(Bool),
    agent LowCardinality(String),
    env_diff Array(String) CODEC(ZSTD),
    stderr_bytes Nullable(Int64),
    level LowCardinality(String),
    score Nullable(Int64),
    action LowCardinality(String),
    rules Array(String) CODEC(ZSTD),
    redacted Array(Int64) CODEC(ZSTD),
    interpreter String CODEC(ZSTD),
    lost UInt64,
    version UInt64,
    received DateTime DEFAULT now()
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(ts)
ORDER BY (host, ts, id)
TTL toDateTime(ts) + INTERVAL 1 YEAR
SETTINGS non_replicated_deduplication_window = 1000;
