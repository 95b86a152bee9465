"""make_pictures.py CARO: the pictures of the README, from the sample session."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from caro.show.terminal_svg import terminal_svg

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
COLUMNS = 100
SHOWN = {
    "tree": ("tree", "--last"),
    "stats": ("stats", "--last"),
    "check": ("check", 'rm -rf "$HOME"/*'),
    "explain": ("explain", "tar -xzvf backup.tgz"),
    "explain-error": ("explain-error", "--command", "gti status", "--exit", "127"),
}
"""Pictures of what a command prints: name, and its words."""


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
    done = subprocess.run([caro, *words], env=env, cwd=home, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.replace(str(home), "~")


def draw(name: str, title: str, text: str) -> None:
    """Write one picture of a terminal."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"{name}.svg").write_text(
        terminal_svg(text.rstrip("\n").split("\n"), title, COLUMNS), "utf-8"
    )


def main() -> int:
    caro = str(Path(sys.argv[1]).absolute())
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copytree(ROOT / "examples" / "sample", home / "sample")
        recorded(caro, home, "run", "--quiet", "--mode", "shims", "--", "bash", "sample/session.sh")
        for name, words in SHOWN.items():
            shown = " ".join(f"'{word}'" if " " in word else word for word in words)
            draw(name, f"caro {shown}", recorded(caro, home, *words))
    return 0


if __name__ == "__main__":
    sys.exit(main())
