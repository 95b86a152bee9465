"""What a release is made of: one version, templates that can be filled, an installer that only calls uv or pipx."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from environment import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import release_check


def test_one_version_stands_everywhere() -> None:
    assert release_check.version_problems() == []


def test_the_bill_of_materials_has_every_required_library() -> None:
    bill = release_check.bill_of_materials()
    assert {row["name"] for row in bill["components"]} >= {"msgspec", "tomlkit", "rapidfuzz"}
    assert all(row["version"] and row["licenses"][0]["license"]["name"] for row in bill["components"])


def test_templates_are_filled_without_a_rest(tmp_path: Path) -> None:
    sdist = tmp_path / "caro-9.8.7.tar.gz"
    sdist.write_bytes(b"x")
    words = ["--url", "https://example.org/c.tar.gz", "--home", "https://example.org", "--sdist", str(sdist)]
    script = str(ROOT / "packaging/fill.py")
    subprocess.run([sys.executable, script, *words, "--out", str(tmp_path)], check=True, capture_output=True)
    pkgbuild, formula = (tmp_path / "PKGBUILD").read_text(), (tmp_path / "caro.rb").read_text()
    assert "pkgver=9.8.7\n" in pkgbuild and "@" not in formula.replace("python@", "")
    subprocess.run(["bash", "-n", str(tmp_path / "PKGBUILD")], check=True)


@pytest.mark.parametrize(
    ("tool", "called"), [("uv", "tool install caro"), ("pipx", "install caro"), ("", "")]
)
def test_the_installer_calls_what_is_there(tool: str, called: str, tmp_path: Path) -> None:
    if tool:
        (tmp_path / tool).write_text(f'#!/bin/sh\necho "$@" >"{tmp_path}/called"\n')
        (tmp_path / tool).chmod(0o755)
    env = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "packaging/install.sh")], env=env, capture_output=True, text=True
    )
    assert (done.returncode == 0) == bool(tool)
    assert not tool or (tmp_path / "called").read_text().strip() == called
    assert bool(tool) or "neither uv nor pipx" in done.stderr


def test_the_debian_package_wants_a_maintainer(tmp_path: Path) -> None:
    done = subprocess.run(
        [ROOT / "packaging/deb.sh", tmp_path], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert done.returncode == 2 and "DEBEMAIL" in done.stderr
    assert "@MAINTAINER@" in (ROOT / "packaging/debian/control").read_text()
