from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from environment import ROOT

NATIVE = ROOT / "native"


@pytest.fixture(scope="session")
def redact_lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """native/test/redact_lines.c: of the build that CARO_NATIVES names, else compiled here."""
    built = ROOT / os.environ.get("CARO_NATIVES", "native/none") / "redact_lines"
    if built.exists():
        return built
    program = tmp_path_factory.mktemp("redact") / "redact_lines"
    compiler = shutil.which("musl-gcc") or shutil.which("cc") or "gcc"
    sources = [NATIVE / "test" / "redact_lines.c", *sorted((NATIVE / "lib").rglob("*.c"))]
    flags = ["-std=c11", "-D_GNU_SOURCE", "-Os", f"-I{NATIVE}"]
    subprocess.run([compiler, *flags, "-o", program, *sources], check=True)
    return program
