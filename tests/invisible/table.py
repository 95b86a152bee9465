"""commands.toml as values, and what a run of one of its commands came to."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from invisible.users import User

FILE = Path(__file__).with_name("commands.toml")
IDENTITY = "-c user.name=A -c user.email=a@example.org"

# What ccache does: look for the next of its own name on PATH, and run that.
WRAPPER = r"""mkdir wrappers; cat > wrappers/gcc <<'.'
#!/bin/bash
echo "wrapped: $*" >&2
IFS=:
for folder in $PATH; do
    if [ ! "$folder/gcc" -ef "$0" ] && [ -x "$folder/gcc" ]; then exec "$folder/gcc" "$@"; fi
done
exit 77
.
chmod +x wrappers/gcc"""

# What setups may ask for, in braces.
WORDS = {
    "wrapper": WRAPPER,
    "commit": f"git {IDENTITY} commit -q --allow-empty -am",
    "repository": f"git init -q -b main; echo first > file; git add file; git {IDENTITY} commit -q -m one; "
    f"git branch side; git {IDENTITY} commit -q --allow-empty -m two",
}

# The same commits at every run; people and machines must not show through.
GIT_VARIABLES = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_DATE": "2001-02-03T04:05:06Z",
    "GIT_COMMITTER_DATE": "2001-02-03T04:05:06Z",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


@dataclass(frozen=True)
class Command:
    name: str
    words: tuple[str, ...]
    setup: str = ""
    stdin: str = ""
    results: tuple[str, ...] = ()
    varies: tuple[str, ...] = ()
    documented: dict[str, list[list[str]]] = field(default_factory=dict)
    long: bool = False


@dataclass
class Outcome:
    """All that a person or a program can tell a run by."""

    status: int
    stdout: bytes
    stderr: bytes
    results: dict[str, bytes]


def command_of(row: dict[str, Any]) -> Command:
    (kind,) = {"words", "bash", "sh"} & set(row)
    row["words"] = tuple(row["words"]) if kind == "words" else (kind, "-c", row.pop(kind))
    return Command(
        **{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    )


@cache
def commands() -> dict[str, Command]:
    rows = tomllib.loads(FILE.read_text("utf-8"))["command"]
    table = {row["name"]: command_of(row) for row in rows}
    assert len(table) == len(rows), "two commands of one name"
    return table


def make_wheel(folder: Path) -> Path:
    """A package of one module and one script, as pip installs it without a build."""
    wheel, info = folder / "tiny-1.0-py3-none-any.whl", "tiny-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "import sys\n\n\ndef main():\n    print('tiny', sys.argv[1:])\n")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(f"{info}/entry_points.txt", "[console_scripts]\ntiny-tool = tiny:main\n")
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in archive.namelist()))
    return wheel


def find_pip() -> Path:
    """The folder of a pip: Debian's python3 -m venv makes environments without one."""
    code = "import pip; print(pip.__path__[0])"
    for python in (sys.executable, "/usr/bin/python3", shutil.which("python3") or ""):
        done = subprocess.run([python, "-c", code], capture_output=True, text=True)
        if done.returncode == 0:
            return Path(done.stdout.strip())
    raise AssertionError("no pip is found; install it (Debian: apt-get install python3-pip)")


def make_venv(user: User, folder: Path) -> Path:
    """A virtual environment with a pip in it, as `python3 -m venv` makes it where ensurepip is there."""
    venv = folder / "venv"
    user.run("bare", "python3", "-m", "venv", "--without-pip", str(venv), check=True)
    (packages,) = venv.glob("lib/python3*/site-packages")
    shutil.copytree(find_pip(), packages / "pip", ignore=shutil.ignore_patterns("__pycache__"))
    info = packages / "pip-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pip\nVersion: 1.0\n")
    (info / "RECORD").write_text("")
    script = venv / "bin/pip"
    script.write_text(
        f"#!{venv}/bin/python3\nimport sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n"
    )
    script.chmod(0o755)
    for path in venv.rglob("*"):
        user.give(path)
    return venv
