"""The documentation as a site: each page has its place in it, and each link between pages is turned."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from environment import ROOT

spec = importlib.util.spec_from_file_location("make_site", ROOT / "tools/make_site.py")
assert spec is not None and spec.loader is not None
make_site = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make_site)


def test_every_page_is_in_the_navigation_once() -> None:
    listed = re.findall(r": (\S+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.M)
    pages = [page.name for page in (ROOT / "docs").glob("*.md")]
    assert sorted(name for name in listed if "/" not in name and name.islower()) == sorted(pages)
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(
    ("page", "link", "turned"),
    [
        ("docs/faq.md", "[a](../bench/RESULTS.md)", "[a](bench/RESULTS.md)"),
        ("bench/fixes.md", "[a](../docs/fix.md#danger)", "[a](../fix.md#danger)"),
        ("ARCHITECTURE.md", "[a](docs/wire.md)", "[a](wire.md)"),
        ("CONTRIBUTING.md", "[a](README.md)", "[a](index.md)"),
        ("docs/fix.md", "[the specs](../specs/git.jsonl)", "the specs"),
        ("docs/fix.md", "[a](https://example.org/x)", "[a](https://example.org/x)"),
        ("docs/fix.md", "[a](#danger)", "[a](#danger)"),
    ],
)
def test_links_are_turned(page: str, link: str, turned: str) -> None:
    assert make_site.turned(link, ROOT / page) == turned


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_site_is_built_and_asks_no_network(tmp_path: Path) -> None:
    group = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]["site"]
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv/bin/python"
    subprocess.run([str(python), "-m", "pip", "install", "-q", *group], check=True)
    subprocess.run([str(python), str(ROOT / "tools/make_site.py")], check=True)
    pages = list((ROOT / "build/site").rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=\"?https?://", page.read_text("utf-8"))
