"""Lines too long to walk whole: the head is walked, the rest is searched for places worth a look.

The places are found by one regular expression, in linear time, and a fixed number of them is walked: an
answer in time whatever the text, the same answer each time, and never "low".
"""

from __future__ import annotations

import re

from caro.safety.state import State, state_for
from caro.safety.walk import Walker

HEAD = 6_000
WINDOW = 240
MAX_WINDOWS = 24

_PLACES = re.compile(
    r"\b(?:rm\s+-|mkfs|dd\s+(?:if|of)=|shred\s|wipefs|/dev/tcp/|git\s+(?:push|reset|clean)"
    r"|drop\s+(?:table|database)|chmod\s+-|chown\s+-"
    r"|curl\s|wget\s|nc\s+-|base64\s+-|eval\s|kill\s+-9|terraform\s|kubectl\s+delete|mv\s+[~/]"
    r"|find\s+[~/.])|[>]\s*/(?:dev|etc)/",
    re.IGNORECASE,
)


def judge_long(text: str, state: State) -> None:
    """Record what can be found; always a problem, so that the line is at least moderate."""
    state.findings.problem("longer than is read as a whole")
    walker = Walker()
    pieces = [text[:HEAD]]
    end = HEAD - WINDOW
    for match in _PLACES.finditer(text, end):
        if match.start() < end:
            continue
        pieces.append(text[match.start() : match.start() + WINDOW])
        end = match.start() + WINDOW // 2
        if len(pieces) > MAX_WINDOWS:
            break
    for piece in pieces:
        fresh = state_for(state.world, state.dialect)
        fresh.findings = state.findings
        try:
            walker.text(piece, fresh)
        except RecursionError:
            state.findings.problem("nested too deep")
