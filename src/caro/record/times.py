"""Times of events: RFC 3339 in UTC with microseconds, so that they sort as text; and what people type."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from caro.errors import UsageError

CANONICAL = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z"
)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])(?:\s+ago)?")
_HELP = "give RFC 3339 (2026-01-31T12:00:00Z), a date, 10m, 2h, 3d, today, yesterday or now"


def format_ts(moment: datetime) -> str:
    # Half of strftime's time.
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def now_ts() -> str:
    return format_ts(datetime.now(UTC))


def canonical_ts(text: str) -> str | None:
    """`text` as an event's `ts` has to be, or None where it is no RFC 3339 time with a zone."""
    if CANONICAL.fullmatch(text):
        return text
    try:
        moment = datetime.fromisoformat(text)
        return format_ts(moment) if moment.tzinfo is not None and len(text) >= 20 else None
    except (ValueError, OverflowError):
        return None


def ts_seconds(ts: str) -> float:
    """Seconds since 1970 of an event's `ts`; 0.0 where it can't be read."""
    try:
        return datetime.fromisoformat(ts).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def seconds_ts(seconds: float) -> str:
    whole = int(seconds)
    if whole == seconds:  # as nearly all of a history are: a quarter of the time
        hour, rest = divmod(whole, 3600)
        return _hour_ts(hour) + _within_hour()[rest]
    return format_ts(datetime.fromtimestamp(seconds, UTC))


@lru_cache(maxsize=64)
def _hour_ts(hour: int) -> str:
    """Return `2026-01-31T12` of the hours since 1970."""
    return format_ts(datetime.fromtimestamp(hour * 3600, UTC))[:13]


@lru_cache(maxsize=1)
def _within_hour() -> list[str]:
    """Return what follows the hour, for each of its seconds."""
    return [f":{minute:02}:{second:02}.000000Z" for minute in range(60) for second in range(60)]


def parse_when(text: str, now: datetime | None = None) -> str:
    """Return what a person types after `--since`, as an event's `ts`. A date means its midnight, in local time.

    Raises UsageError.
    """
    now = datetime.now().astimezone() if now is None else now
    word = text.strip().lower()
    try:
        if (ago := _AGO.fullmatch(word)) is not None:
            return format_ts(now - timedelta(seconds=float(ago[1]) * _UNITS[ago[2]]))
        if word == "now":
            return format_ts(now)
        if word in ("today", "yesterday"):
            return _midnight(now.date() - timedelta(days=word == "yesterday"))
        return format_ts(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is not a time; {_HELP}") from None


def _midnight(day: date) -> str:
    # Without tzinfo on purpose: astimezone() then takes the offset that holds on that day, not today's.
    return format_ts(datetime(day.year, day.month, day.day))


class LocalTimes:
    """`ts` shown in local time, fast for many: the offset is asked for once an hour of log, not each line."""

    def __init__(self) -> None:
        self._hours: dict[str, str | None] = {}

    def show(self, ts: str) -> str:
        """`2026-01-31 13:00:00`"""
        hour = ts[:13]
        if hour not in self._hours:
            self._hours[hour] = self._whole_hour(hour)
        prefix = self._hours[hour]
        return prefix + ts[13:19] if prefix is not None else self._slow(ts)

    def _whole_hour(self, hour: str) -> str | None:
        """Return the local date and hour of a UTC hour, or None where the offset is no whole number of hours."""
        try:
            local = datetime.fromisoformat(hour + ":00:00+00:00").astimezone()
        except (ValueError, OverflowError):
            return None
        return local.strftime("%Y-%m-%d %H") if local.minute == 0 and local.second == 0 else None

    def _slow(self, ts: str) -> str:
        try:
            return datetime.fromisoformat(ts).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        except (ValueError, OverflowError):
            return ts


def elapsed_ms(ts: str) -> float:
    """Milliseconds from an event's `ts` until now."""
    return max(0.0, (time.time() - ts_seconds(ts)) * 1000)
