"""Builds the sdist, and from it the wheel of each target: make_wheels.py [--out FOLDER] [TARGET...].

The targets are those of hatch_build.py. Nothing is built in the checkout, whose own natives stay as they are.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from build_hook import load_build_hook
from hatchling.build import build_sdist

ROOT = Path(__file__).resolve().parent.parent


def build_wheel(sdist: Path, target: str, out: Path) -> None:
    words = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(out)]
    variables = {"CARO_TARGET": target, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    subprocess.run([*words, str(sdist)], check=True, env=os.environ | variables)


def main() -> int:
    hook = load_build_hook()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("targets", nargs="*", default=list(hook.TARGETS), metavar="TARGET")
    args = parser.parse_args()
    out = args.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    os.chdir(ROOT)
    sdist = out / build_sdist(str(out))
    for target in args.targets:
        build_wheel(sdist, target, out)
    for made in sorted(out.glob("caro-*")):
        print(f"{made.stat().st_size:>9} bytes  {made.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
