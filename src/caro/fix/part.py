"""What of a line is shown to a person: of a long one with several commands the part that is mended."""

from __future__ import annotations

from caro.fix.words import simple_commands

SHORT = 60
"""Characters of a line that is shown whole."""
ELLIPSIS = "…"


def mended_part(failed: str, fixed: str) -> str:
    """Return the commands of the fix that the failed line did not have, with `…` for the others; all of a short one,
    and of one in which nothing stayed as it was."""
    if len(fixed) <= SHORT and "\n" not in fixed:
        return fixed
    simples = simple_commands(fixed)
    typed = [simple.text for simple in simple_commands(failed)]
    mended = [at for at, simple in enumerate(simples) if simple.text not in typed]
    if not mended or len(simples) < 2:
        return fixed
    first, last = simples[mended[0]], simples[mended[-1]]
    start = first.prefix[0].start if first.prefix else first.start
    before = f"{ELLIPSIS} " if mended[0] else ""
    after = f" {ELLIPSIS}" if mended[-1] < len(simples) - 1 else ""
    return f"{before}{fixed[start : last.end]}{after}"
