from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from environment import ROOT

NATIVE = ROOT / "native"


@pytest.fixture(scope="session")
def ere_spans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """native/test/ere_spans.c: of the build that CARO_NATIVES names, else compiled here."""
    built = ROOT / os.environ.get("CARO_NATIVES", "native/none") / "ere_spans"
    if built.exists():
        return built
    program = tmp_path_factory.mktemp("ere") / "ere_spans"
    compiler = shutil.which("musl-gcc") or shutil.which("cc") or "gcc"
    sources = [NATIVE / "test" / "ere_spans.c"]
    sources += [next((NATIVE / "lib").rglob(name)) for name in ("ere.c", "utf8.c")]
    flags = ["-std=c11", "-D_GNU_SOURCE", "-Os", f"-I{NATIVE}"]
    subprocess.run([compiler, *flags, "-o", program, *sources], check=True)
    return program
