"""Writes a release's formula and PKGBUILD: fill.py --url URL --home URL --sdist FILE [--out FOLDER]."""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TEMPLATES = ("homebrew/caro.rb.in", "aur/PKGBUILD.in")


def filled(template: str, values: dict[str, str]) -> str:
    """Return the template with each `@NAME@` replaced. Raises KeyError for a name without a value."""
    return re.sub(r"@([A-Z0-9]+)@", lambda found: values[found[1]], template)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="where the sdist will be")
    parser.add_argument("--home", required=True, help="the project's page")
    parser.add_argument("--sdist", required=True, type=Path)
    parser.add_argument(
        "--resources", type=Path, help="resource stanzas, as `brew update-python-resources` prints them"
    )
    parser.add_argument("--out", type=Path, default=Path("dist"))
    args = parser.parse_args()
    version = re.fullmatch(r"caro-(.+)\.tar\.gz", args.sdist.name)
    if version is None:
        parser.error(f"{args.sdist} is no sdist of Caro's")
    values = {
        "URL": args.url,
        "HOME": args.home,
        "VERSION": version[1],
        "SHA256": hashlib.sha256(args.sdist.read_bytes()).hexdigest(),
        "RESOURCES": args.resources.read_text("utf-8") if args.resources else "",
    }
    args.out.mkdir(parents=True, exist_ok=True)
    for name in TEMPLATES:
        target = args.out / Path(name).stem
        target.write_text(filled((HERE / name).read_text("utf-8"), values), "utf-8")
        print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
