"""What a command says beside its answer: one sentence on standard error, harmless whatever stands in it."""

from __future__ import annotations

import sys

from caro.printable import printable


def tell(message: str) -> None:
    """Print `caro: MESSAGE`; names of files and words of others come out as escapes where they can't be printed."""
    if sys.stderr is not None:
        print(f"caro: {printable(message)}", file=sys.stderr)
