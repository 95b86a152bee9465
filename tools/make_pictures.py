"""make_pictures.py CARO: the pictures of the README, from the sample session."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
COLUMNS = 110


def recorded(caro: str, home: Path, *words: str) -> str:
    """What a `caro` command prints in colour, in a throw-away HOME."""
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("CARO_", "XDG_", "TRACE_"))
    }
    env |= {
        "HOME": str(home),
        "COLUMNS": str(COLUMNS),
        "CARO_UI_COLOUR": "always",
        "TZ": "UTC",
        "TMPDIR": str(home),
    }
    # The maker's own folders have no place in a picture.
    env["PATH"] = "/usr/local/bin:/usr/bin:/bin"
    done = subprocess.run([caro, *words], env=env, cwd=home, capture_output=True, text=True, check=True)
    return done.stdout


def svg_template() -> str:
    """Rich's own without its web fonts: a picture in a README loads nothing from elsewhere."""
    return re.sub(r"@font-face \{\{.*?\}\}\s*|<!--.*?-->", "", CONSOLE_SVG_FORMAT, flags=re.S)


def draw(name: str, title: str, text: str) -> None:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(text))
    PICTURES.mkdir(parents=True, exist_ok=True)
    svg = console.export_svg(title=title, unique_id=f"caro-{name}", code_format=svg_template())
    (PICTURES / f"{name}.svg").write_text(svg, "utf-8")


def main() -> int:
    caro = str(Path(sys.argv[1]).absolute())
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copytree(ROOT / "examples" / "sample", home / "sample")
        recorded(caro, home, "run", "--quiet", "--mode", "shims", "--", "bash", "sample/session.sh")
        draw("tree", "caro tree --last", recorded(caro, home, "tree", "--last").replace(str(home), "~"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
