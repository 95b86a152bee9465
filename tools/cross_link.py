"""Cross-links every native program for the platforms that can't be run here, and says what came out."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from build_hook import load_build_hook

ROOT = Path(__file__).resolve().parent.parent
MAGIC = {"linux": b"\x7fELF", "macos": b"\xcf\xfa\xed\xfe"}


def main() -> int:
    hook = load_build_hook()
    targets = sys.argv[1:] or [name for name in hook.TARGETS if name != "x86_64-linux-musl"]
    for target in targets:
        with tempfile.TemporaryDirectory() as folder:
            programs = hook.compile_natives(ROOT / "native", Path(folder) / "bin", hook.find_zig(target))
            for program in programs:
                magic = next(value for word, value in MAGIC.items() if word in target)
                assert program.read_bytes().startswith(magic), f"{program.name} is no program of {target}"
                print(f"{target:<20} {program.name:<14} {program.stat().st_size:>8} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
