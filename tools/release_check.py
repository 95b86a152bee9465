"""Checks that a release can be made of this checkout, and makes what goes with one: release_check.py [--out FOLDER].

One version everywhere, a changelog that names it, the sdist and this machine's wheel built twice to the same byte
(SOURCE_DATE_EPOCH, <https://reproducible-builds.org/specs/source-date-epoch/>), the manual page inside; then
`SHA256SUMS` and a software bill of materials, `caro.cdx.json` (CycloneDX 1.5).
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FALLBACK_EPOCH = "1577836800"


def project() -> dict[str, Any]:
    """Return the table [project] of pyproject.toml."""
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return table


def version_problems() -> list[str]:
    """Return where another version stands than that of pyproject.toml, one sentence each."""
    wanted = str(project()["version"])
    found = re.search(r'__version__ = "([^"]+)"', (ROOT / "src/caro/__init__.py").read_text("utf-8"))
    problems = []
    if found is None or found[1] != wanted:
        problems.append(
            f"src/caro/__init__.py says {found[1] if found else 'nothing'}, pyproject.toml {wanted}"
        )
    heads = re.findall(r"^## \[?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    if not {wanted, "Unreleased"} & set(heads):
        problems.append(f"CHANGELOG.md has neither {wanted} nor Unreleased")
    return problems


def build(out: Path) -> list[Path]:
    """Build the sdist and this machine's wheel into `out`."""
    epoch = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True)
    env = {**os.environ, "SOURCE_DATE_EPOCH": epoch.stdout.strip() or FALLBACK_EPOCH}
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    code = "import sys; from hatchling.build import build_sdist; print(build_sdist(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(out)], cwd=ROOT, env=env, check=True, capture_output=True)
    sdist = next(out.glob("*.tar.gz"))
    words = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(out)]
    subprocess.run([*words, str(sdist)], env=env, check=True)
    return sorted(out.iterdir())


def digest(file: Path) -> str:
    """Return the file's SHA-256 in hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def bill_of_materials() -> dict[str, Any]:
    """Return the required libraries with versions and licences, as a CycloneDX 1.5 document."""
    table = project()
    components = []
    for requirement in table["dependencies"]:
        name = re.split(r"[<>=!~\[; ]", requirement)[0]
        meta = importlib.metadata.metadata(name)
        licence = meta.get("License-Expression") or meta.get("License") or "see the package"
        components.append(
            {
                "type": "library",
                "name": name,
                "version": meta["Version"],
                "purl": f"pkg:pypi/{name}@{meta['Version']}",
                "licenses": [{"license": {"name": licence.splitlines()[0]}}],
            }
        )
    own = {"type": "application", "name": table["name"], "version": table["version"]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": own},
        "components": components,
    }


def wheel_problems(wheel: Path) -> list[str]:
    """Return what a wheel lacks, one sentence each."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    wanted = {"the manual page": "caro.1", "caro-shim": "_bin/caro-shim", "caro-hook": "_bin/caro-hook"}
    return [
        f"{wheel.name} lacks {what}"
        for what, end in wanted.items()
        if not any(name.endswith(end) for name in names)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    out = parser.parse_args().out.absolute()
    problems = version_problems()
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        made, again = build(Path(first)), build(Path(second))
        for one, other in zip(made, again, strict=True):
            if one.name != other.name or digest(one) != digest(other):
                problems.append(f"{one.name} is not the same twice")
        problems += [problem for file in made if file.suffix == ".whl" for problem in wheel_problems(file)]
        out.mkdir(parents=True, exist_ok=True)
        for file in made:
            (out / file.name).write_bytes(file.read_bytes())
        sums = "".join(f"{digest(file)}  {file.name}\n" for file in made)
    (out / "SHA256SUMS").write_text(sums)
    (out / "caro.cdx.json").write_text(json.dumps(bill_of_materials(), indent=1) + "\n")
    for problem in problems:
        print(f"release-check: {problem}", file=sys.stderr)
    print(sums, end="")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
