"""make_pictures.py CARO: the pictures of the README and the documentation, from the sample session.

The screen is drawn by Textual, the page by headless Chromium; where that is not installed its picture stays as it was,
and a sentence says so.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from caro.show.terminal_svg import terminal_svg

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
COLUMNS = 100
BROWSER = "chromium-headless-shell"
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


def draw_screen(log: Path) -> None:
    """Write what `caro tui` shows, on the tree of the newest session."""
    from textual.pilot import Pilot

    from caro.cli.tui import _filter_from
    from caro.record.query import Filter
    from caro.tui.app import Screen
    from caro.tui.source import Source

    async def drive(source: Source) -> str:
        screen = Screen(source, Filter(), _filter_from, colour=True)
        async with screen.run_test(size=(COLUMNS + 20, 30)) as pilot:
            assert isinstance(pilot, Pilot)
            await pilot.press("f", "f", "up", "up")
            await pilot.pause()
            return screen.export_screenshot(title="caro tui")

    with Source(log, None) as source:
        svg = asyncio.run(drive(source))
    # Its fonts would come from another host.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    (PICTURES / "tui.svg").write_text("\n".join(line.rstrip() for line in svg.split("\n")), "utf-8")


def draw_page(caro: str, home: Path, log: Path) -> None:
    """Write what a browser shows of `caro report`."""
    page = home / "page.html"
    recorded(caro, home, "report", "--log", str(log), "--last", "-o", str(page))
    words = [
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--virtual-time-budget=5000",
        "--window-size=1100,900",
    ]
    picture = f"--screenshot={PICTURES / 'report.png'}"
    subprocess.run([BROWSER, *words, picture, page.as_uri()], capture_output=True, check=True, timeout=60)


def main() -> int:
    caro = str(Path(sys.argv[1]).absolute())
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copytree(ROOT / "examples" / "sample", home / "sample")
        recorded(caro, home, "run", "--quiet", "--mode", "shims", "--", "bash", "sample/session.sh")
        for name, words in SHOWN.items():
            shown = " ".join(f"'{word}'" if " " in word else word for word in words)
            draw(name, f"caro {shown}", recorded(caro, home, *words))
        log = home / "shown.jsonl"
        log.write_text(
            (home / ".trace_shell.jsonl").read_text("utf-8").replace(str(home), "/home/me"), "utf-8"
        )
        draw_screen(log)
        if shutil.which(BROWSER):
            draw_page(caro, home, log)
        else:
            print(f"pictures: {BROWSER} is not installed; report.png stays as it is", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
