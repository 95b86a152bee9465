"""Whatever stands on PATH, a shim never starts itself for ever: the tool runs, or 127 comes soon."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import NATIVE, Place


def copied(place: Place) -> str:
    other = place.folder / "copy"
    shutil.copytree(place.shims, other)
    return f"{place.shims}:{other}"


def symlinked_folder(place: Place) -> str:
    (place.folder / "alias").symlink_to(place.shims)
    return f"{place.folder}/alias:{place.shims}"


def symlinked_files(place: Place) -> str:
    other = place.folder / "links"
    other.mkdir()
    (other / "tool").symlink_to(place.shims / "tool")
    return f"{other}:{place.shims}"


def hard_linked(place: Place) -> str:
    other = place.folder / "hard"
    other.mkdir()
    os.link(place.shims / "tool", other / "tool")
    return f"{other}:{place.shims}"


def twice(place: Place) -> str:
    return f"{place.shims}:{place.shims}/:{place.shims}/../shims"


def another_version(place: Place) -> str:
    """The same mark in another file."""
    other = place.folder / "v2"
    other.mkdir()
    (other / "tool").write_bytes((place.shims / "tool").read_bytes() + b"another version")
    (other / "tool").chmod(0o755)
    return f"{place.shims}:{other}"


def link_farm(place: Place) -> str:
    """Symlinks with the tools' names that point at one program."""
    other = place.folder / "farm"
    other.mkdir()
    shutil.copy(place.natives / "caro-shim", other)
    (other / "tool").symlink_to("caro-shim")
    return f"{other}:{place.shims}"


PATHS = [twice, copied, symlinked_folder, symlinked_files, hard_linked, another_version, link_farm]


@pytest.mark.parametrize("make_path", PATHS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("home", ["home", "another home"])
def test_the_tool_behind_is_found(place: Place, make_path, home: str) -> None:  # type: ignore[no-untyped-def]
    place.shim("tool")
    path = make_path(place)
    place.tool("tool", '#!/bin/sh\necho "real $*"\nexit 5\n')
    env = place.env | {
        "ORIGINAL_PATH": f"{path}:{place.tools}:/usr/bin:/bin",
        "PATH": f"{path}:/usr/bin:/bin",
    }
    if home == "another home":
        env["HOME"] = str(place.folder)
    done = place.run("tool", "x", env=env)
    assert (done.returncode, done.stdout) == (5, b"real x\n")
    log = Path(env["HOME"]) / ".trace_shell.jsonl"
    assert log.read_text("utf-8").count('"kind":"exec"') == 1


@pytest.mark.parametrize("make_path", PATHS, ids=lambda make: make.__name__)
def test_no_tool_behind_is_127(place: Place, make_path) -> None:  # type: ignore[no-untyped-def]
    place.shim("tool")
    path = make_path(place)
    env = place.env | {"ORIGINAL_PATH": f"{path}:/usr/bin", "PATH": f"{path}:/usr/bin:/bin"}
    done = place.run("tool", env=env, timeout=60)
    assert done.returncode == 127 and b"not found" in done.stderr
    assert place.events() == []


@pytest.mark.parametrize("order", ["ours first", "ours last"])
def test_a_shim_of_another_build(place: Place, order: str) -> None:
    """By the system's compiler, linked dynamically: the mark has to stand in the first page there too."""
    other = place.folder / "dynamic"
    other.mkdir()
    sources = [NATIVE / "caro-shim.c", *(NATIVE / "lib").rglob("*.c"), *(NATIVE / "shim").rglob("*.c")]
    flags = ["-std=c11", "-D_GNU_SOURCE", f"-I{NATIVE}", "-ffunction-sections", "-Wl,--gc-sections"]
    subprocess.run(["cc", *flags, "-o", other / "tool", *sources], check=True)
    place.shim("tool")
    place.tool("tool", "#!/bin/sh\nexit 5\n")
    folders = [place.shims, other] if order == "ours first" else [other, place.shims]
    path = ":".join(map(str, [*folders, place.tools]))
    assert place.run("tool", env=place.env | {"PATH": f"{path}:/usr/bin:/bin"}).returncode == 5
    assert [event["path"] for event in place.events()] == [str(place.tools / "tool")]


# What ccache and the like do: look for the next of their own name on PATH, passing over themselves, and run it.
WRAPPERS = {
    "exec": 'exec "$next" "$@"',
    "spawn": '"$next" "$@"; exit $?',
    "in a subshell": '(cd / && cd - >/dev/null && "$next" "$@")',
}
WRAPPER = """#!/bin/bash
echo . >> "$HOME/wrapped"
IFS=:
for folder in $PATH; do
    [ "$folder/tool" -ef "$0" ] && continue
    [ -x "$folder/tool" ] && next=$folder/tool && break
done
[ "$next" ] || { echo wrapper: no tool >&2; exit 77; }
%s
"""


def wrapped(place: Place) -> int:
    return len((place.home / "wrapped").read_text("utf-8").splitlines())


@pytest.mark.parametrize("way", WRAPPERS)
@pytest.mark.parametrize("panic", [False, True])
def test_a_wrapper_in_front_of_the_tool(place: Place, way: str, panic: bool) -> None:
    place.shim("tool")
    place.tool("tool", WRAPPER % WRAPPERS[way], folder=place.folder / "wrappers")
    place.tool("tool", '#!/bin/sh\necho "real $*"\nexit 5\n')
    path = f"{place.shims}:{place.folder}/wrappers:{place.tools}:/usr/bin:/bin"
    env = place.env | {"PATH": path} | ({"CARO_DISABLE": "1"} if panic else {})
    done = place.run("tool", "x", env=env, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (5, b"real x\n", b"")
    assert wrapped(place) == 1


@pytest.mark.parametrize("way", WRAPPERS)
def test_a_wrapper_in_front_of_the_shims(place: Place, way: str) -> None:
    """It has passed over itself and found the shim: what stands before the shim was not wanted."""
    place.shim("tool")
    place.tool("tool", WRAPPER % WRAPPERS[way], folder=place.folder / "wrappers")
    place.tool("tool", '#!/bin/sh\necho "real $*"\nexit 5\n')
    path = f"{place.folder}/wrappers:{place.shims}:{place.tools}:/usr/bin:/bin"
    done = place.run("bash", "-c", "tool x", env=place.env | {"PATH": path}, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (5, b"real x\n", b"")
    assert wrapped(place) == 1


@pytest.mark.parametrize("way", WRAPPERS)
def test_two_wrappers_in_a_row(place: Place, way: str) -> None:
    place.shim("tool")
    for name in ("one", "two"):
        place.tool("tool", WRAPPER % WRAPPERS[way], folder=place.folder / name)
    place.tool("tool", "#!/bin/sh\nexit 5\n")
    path = f"{place.shims}:{place.folder}/one:{place.folder}/two:{place.tools}:/usr/bin:/bin"
    assert place.run("tool", env=place.env | {"PATH": path}, timeout=60).returncode == 5
    assert wrapped(place) <= 4


@pytest.mark.parametrize("way", WRAPPERS)
def test_a_wrapper_with_no_tool_behind(place: Place, way: str) -> None:
    place.shim("tool")
    place.tool("tool", WRAPPER % WRAPPERS[way])
    done = place.run("tool", "x", timeout=60)
    assert done.returncode == 127 and done.stderr.startswith(b"caro: tool: hidden by a wrapper")
    assert wrapped(place) <= 8  # with as many shims, and no more than 20 processes


@pytest.mark.parametrize("way", WRAPPERS)
def test_a_wrapper_that_adds_an_argument_each_time(place: Place, way: str) -> None:
    place.shim("tool")
    place.tool("tool", WRAPPER % WRAPPERS[way].replace('"$@"', '"$@" more'))
    done = place.run("tool", timeout=60)
    assert done.returncode == 127 and b"again and again" in done.stderr
    assert wrapped(place) <= 9  # with as many shims, and no more than 20 processes


def test_a_name_that_is_made_up_does_not_mislead(place: Place) -> None:
    """argv[0] is the caller's to choose: the tool is the one whose name the file has."""
    place.shim("tool")
    place.tool("tool", "#!/bin/sh\nexit 5\n")
    assert place.run("bash", "-c", "exec -a /bin/sh tool").returncode == 5
    assert place.run("bash", "-c", "exec -a '' tool").returncode == 5
    assert [event["command"] for event in place.events()] == ["tool", "tool"]


def test_a_wrapper_that_hides_how_it_was_found(place: Place) -> None:
    """It gives a path and says a name, as a program in C easily does; nothing but its replacing itself tells it."""
    place.shim("tool")
    place.tool("tool", WRAPPER % 'exec -a tool "$next" "$@" more')
    done = place.run("tool", timeout=60)
    assert done.returncode == 127 and b"again and again" in done.stderr
    assert wrapped(place) <= 20


def test_what_has_no_end_by_itself_ends(place: Place) -> None:
    place.shim("tool")
    place.tool("tool", '#!/bin/sh\necho . >> "$HOME/wrapped"\ntool "$1x"\nexit $?\n')
    done = place.run("tool", timeout=20)
    assert done.returncode == 127 and b"again and again" in done.stderr
    assert wrapped(place) == 400


# A hundred and twenty levels of the same tool, by which they differ from one another.
RECURSIONS = {
    "an argument": 'level=${1:-120}; [ "$level" = 0 ] && exit 5; tool $((level - 1)); exit $?',
    "an argument, exec": 'level=${1:-15}; [ "$level" = 0 ] && exit 5; exec tool $((level - 1))',
    "a variable": '[ "${level:=120}" = 0 ] && exit 5; level=$((level - 1)); export level; tool; exit $?',
    "the folder": 'case $PWD in */d) [ "${#PWD}" -gt "$LONG" ] && exit 5; esac; mkdir d; cd d; tool; exit $?',
}


@pytest.mark.parametrize("way", RECURSIONS)
def test_an_honest_recursion(place: Place, way: str) -> None:
    place.shim("tool")
    place.tool("tool", f"#!/bin/sh\n{RECURSIONS[way]}\n")
    env = place.env | {"LONG": str(len(str(place.folder)) + 238)}
    done = place.run("tool", env=env, cwd=place.folder, timeout=30)
    assert (done.returncode, done.stderr) == (5, b"")
    assert len(place.events()) == (1 if "exec" in way else 121)


def test_make_below_make_and_git_below_git(place: Place) -> None:
    for name in ("make", "git"):
        place.shim(name)
    (place.folder / "Makefile").write_text(
        "all:\n\t@[ $(MAKELEVEL) -ge 110 ] || $(MAKE) --no-print-directory\n"
    )
    done = place.run("make", cwd=place.folder, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    alias = "alias.down=!f() { [ $1 = 0 ] || git down $(($1 - 1)); }; f"
    env = place.env | {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "alias.down",
        "GIT_CONFIG_VALUE_0": alias.partition("=")[2],
    }
    done = place.run("git", "down", "110", env=env, cwd=place.folder, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
