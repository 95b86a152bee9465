"""Work out the terms of all wordings of `caro ask`, and who holds them, at the build: `python specs/compile_asks.py`.

The standard library alone is imported, besides Caro's own rooms `ask` and `knowledge`, which need nothing else.
"""

from __future__ import annotations

import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"


def write_asks() -> Path:
    """Write `src/caro/ask/derived.json`; return its path."""
    sys.path.insert(0, str(SOURCE))
    try:
        from caro.ask.derived import derived_of
        from caro.knowledge import packaged, shipped

        return packaged.write_derived("ask", derived_of(shipped()))
    finally:
        sys.path.remove(str(SOURCE))


if __name__ == "__main__":
    print(write_asks())
