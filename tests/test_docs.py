"""The documentation tells the truth: made from the code, links lead somewhere, commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from caro.cli.main import COMMANDS
from caro.model import EVENT_FIELDS, Event
from caro.settings import OTHER_VARIABLES, SETTINGS, SHORT_VARIABLES

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").glob("*.md"))


def test_reference_and_man_page_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "tools/make_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_every_event_field_has_a_meaning() -> None:
    assert set(Event.__struct_fields__) == set(EVENT_FIELDS)


def test_every_variable_in_the_code_is_known() -> None:
    """Any CARO_... name in Python, C or shell is in a table of settings.py."""
    known = set(OTHER_VARIABLES) | set(SHORT_VARIABLES) | {setting.variable for setting in SETTINGS}
    unknown: dict[str, str] = {}
    for folder in ("src", "native"):
        for file in (ROOT / folder).rglob("*"):
            if (
                file.suffix not in (".py", ".c", ".h", ".bash", ".zsh", ".fish", ".sh")
                and file.name != "bashenv"
            ):
                continue
            if "test" in file.parts or "build" in file.parts:
                continue
            for name in re.findall(r"""["'$ {](CARO_[A-Z_]*[A-Z])\b""", file.read_text("utf-8", "replace")):
                if name not in known and not re.match(rf"#(ifndef|define) {name}_H", name):
                    unknown[name] = str(file.relative_to(ROOT))
    headers = {name for name in unknown if name.endswith("_H")}
    macros = {"CARO_SECTION_KEY"}
    assert not {name: file for name, file in unknown.items() if name not in headers | macros}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_commands_exist(page: Path) -> None:
    names = {command.name for command in COMMANDS}
    for name in re.findall(r"`caro ([a-z]+)", page.read_text("utf-8")):
        assert name in names, f"caro {name}"


def test_every_path_of_the_architecture_exists() -> None:
    """Paths stand in backticks, below the top or below the room that the page speaks of; NAME stands for any name."""
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    tops = (
        ROOT,
        ROOT / "src/caro",
        ROOT / "src/caro/shell",
        ROOT / "native/lib/base",
        ROOT / "native/lib/event",
    )
    names = [re.sub(r"NAME", "*", name) for name in re.findall(r"`([\w./*{},-]+)`", page)]
    paths = [
        name
        for name in names
        if not name.startswith(("/", ".")) and re.search(r"/|\.(py|c|h|toml|md|jsonl)$", name)
    ]
    assert len(paths) > 40
    assert [name for name in paths if not any(any(top.glob(name.rstrip("/"))) for top in tops)] == []


def test_readme_fits_on_a_screen() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 60


def test_make_targets_named_in_the_docs_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for page in PAGES:
        for name in re.findall(r"`make ([a-z-]+)`", page.read_text("utf-8")):
            assert name in targets, f"{page.name}: make {name}"
