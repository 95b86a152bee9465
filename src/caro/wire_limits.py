"""What both sides of the wire know before a message is read; a client imports no decoder for it."""

VERSION = 1
MAX_BYTES = 262_144
"""The most bytes of one message, its newline included."""
BREAKER_SECONDS = 30
"""How long shims and tracer ask no more after a missed deadline (native/lib/wire/breaker.h)."""
