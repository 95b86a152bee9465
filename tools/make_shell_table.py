"""Makes native/lib/gate/shell_names.inc of src/caro/knowledge/shells.py.

`python tools/make_shell_table.py [--check]`
"""

from __future__ import annotations

import sys
from pathlib import Path

from c_table import c_string, write_or_check

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "native" / "lib" / "gate" / "shell_names.inc"
sys.path.insert(0, str(ROOT / "src"))

from caro.knowledge.shells import shell_programs  # noqa: E402

HEAD = "/* Made by tools/make_shell_table.py of src/caro/knowledge/shells.py: edit that one. */\n"


def table_text() -> str:
    """Return the names one after the other, each with its NUL: a table of pointers would be larger."""
    return HEAD + "".join(f'{c_string(name)} "\\0"\n' for name in sorted(shell_programs()))


if __name__ == "__main__":
    raise SystemExit(write_or_check(TABLE, table_text()))
