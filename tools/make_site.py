"""Builds the documentation site into build/site: make_site.py.

The pages stay where readers of the repository look for them (README's neighbours, docs/, bench/). They are gathered
below build/site-pages with their links turned, and `mkdocs build --strict` checks every link between them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "build/site-pages"
TOP = ("ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
LINK = re.compile(r"\[([^\]\n]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def place_of(page: Path) -> Path | None:
    """Return where a file of the repository stands in the site; None for one that is no page of it."""
    inside = page.relative_to(ROOT)
    if inside.parts[0] == "docs":
        return Path(*inside.parts[1:])
    if str(inside) in TOP or (inside.parts[0] == "bench" and inside.suffix == ".md"):
        return inside
    return Path("index.md") if inside.name == "README.md" else None


def turned(text: str, page: Path) -> str:
    """Return the page's text with its links as they are in the site; what is not in it becomes its name alone."""
    here = place_of(page)
    assert here is not None

    def link(found: re.Match[str]) -> str:
        words, target, anchor = found[1], found[2], found[3] or ""
        if "://" in target:
            return found[0]
        file = (page.parent / target).resolve()
        place = place_of(file) if file.is_relative_to(ROOT) else None
        if place is None:
            return words
        return f"[{words}]({os.path.relpath(place, here.parent)}{anchor})"

    return LINK.sub(link, text)


def gather() -> None:
    """Put all pages and pictures below `PAGES`, made anew."""
    shutil.rmtree(PAGES, ignore_errors=True)
    found = [*(ROOT / "docs").rglob("*"), *(ROOT / "bench").glob("*.md"), *(ROOT / name for name in TOP)]
    for file in found:
        place = place_of(file)
        if place is None or not file.is_file() or file.suffix == ".1":
            continue
        target = PAGES / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".md":
            target.write_text(turned(file.read_text("utf-8"), file), "utf-8")
        else:
            shutil.copyfile(file, target)


def main() -> int:
    gather()
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--clean"]
    done = subprocess.run(words, cwd=ROOT, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"})
    if done.returncode == 0:
        print("made build/site; to read and search it: python3 -m http.server -b 127.0.0.1 -d build/site")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
