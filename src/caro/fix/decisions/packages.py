"""Decisions about packages and the names of programs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from caro.fix.context import Context
from caro.fix.decisions.registry import decision
from caro.fix.decisions.tables import names as all_names
from caro.fix.decisions.tables import packages
from caro.fix.distance import is_plausible, nearest
from caro.fix.evidence import said_missing
from caro.knowledge import Knowledge, Table

_NAMED = r"(?:^|[\s:'`\"«»„“‘’（])(?:line \d+: )?{name}(?:\s?:|\s*$|['`\"«»“”’]|[^\x00-\x7f])"


def _is_missing(context: Context, name: str) -> bool:
    """True if the program is not there. What a shell says counts more than PATH here; a program that ends with 127
    itself is there."""
    output = context.output
    if said_missing(output, name):
        return True
    named = (
        not output.strip() or re.search(_NAMED.replace("{name}", re.escape(name)), output, re.M) is not None
    )
    return named and not context.inventory.has(name)


SAME_VERB = {"add": "install", "-S": "install", "uninstall": "remove"}


@decision
def install_command(context: Context) -> Sequence[str]:
    """Return how this machine's package manager installs a program that isn't there."""
    name = context.simple.words[0].text
    if not _is_missing(context, name):
        return []
    other = packages(context.knowledge)["other"].get(name)
    packaged = _packaged(context.knowledge, name, context.inventory.platform)
    return [line for line in (packaged, other) if line]


def how_to_install(knowledge: Knowledge, name: str, platform: str) -> str:
    """Return the line that installs a program on this platform; "" where none is known."""
    return _packaged(knowledge, name, platform) or packages(knowledge)["other"].get(name, "")


def _packaged(knowledge: Knowledge, name: str, platform: str) -> str:
    by_platform = packages(knowledge)["commands"].get(name)
    if by_platform is None:
        return ""
    platform = platform or "debian"
    package = by_platform.get(platform) or by_platform.get("*") or by_platform.get("debian")
    return f"{all_names(knowledge)['manager'][platform]['installer']} {package}"


@decision
def install_named(context: Context) -> Sequence[str]:
    """Return the package of a program that a script or a build asked for."""
    line = _packaged(context.knowledge, context.groups["name"], context.inventory.platform)
    return [line] if line else []


BUILD_NEEDS = (
    ("pg_config", "libpq-dev"),
    ("mysql_config", "default-libmysqlclient-dev"),
    ("python.h", "python3-dev"),
    ("ffi.h", "libffi-dev"),
    ("libxml", "libxml2-dev libxslt1-dev"),
    ("xslt", "libxml2-dev libxslt1-dev"),
    ("lapack", "liblapack-dev gfortran"),
    ("rust", "cargo"),
    ("opensslv", "libssl-dev"),
    ("jpeg", "libjpeg-dev zlib1g-dev"),
    ("portaudio", "portaudio19-dev"),
    ("cc", "build-essential"),
)
"""What a build misses, and the Debian packages that give it."""


@decision
def build_need(context: Context) -> Sequence[str]:
    said, text = context.groups["name"].lower(), context.simple.text
    package = next((package for mark, package in BUILD_NEEDS if mark in said), None)
    ready = (
        [re.sub(r"\bpsycopg2\b", "psycopg2-binary", text)] if re.search(r"\bpsycopg2(?!-)\b", text) else []
    )
    more = [f"sudo apt install {package} && {text}", f"sudo apt install {package}"] if package else []
    return [*ready, *more]


@decision
def helm_repo(context: Context) -> Sequence[str]:
    name = context.groups.get("name")
    added = (
        [f"helm repo add {name} {all_names(context.knowledge)['helm_repo'].get(name, 'URL')}"] if name else []
    )
    return [*added, "helm repo update", "helm repo list"]


@decision
def install_module(context: Context) -> Sequence[str]:
    """Return the package of a Python module, with the pip that stands beside the python of the line."""
    module = (context.groups.get("missing") or context.groups["module"]).split(".")[0]
    package = meant_package(context, module)
    if module in SYSTEM_MODULES or _is_near_name(context, module):
        return []
    return _with_pip(context, package)


@decision
def install_near_module(context: Context) -> Sequence[str]:
    """Return the well-known package of nearly the module's name, for a name that nobody knows."""
    module = (context.groups.get("missing") or context.groups["module"]).split(".")[0]
    package = meant_package(context, module)
    return (
        _with_pip(context, package) if module not in SYSTEM_MODULES and _is_near_name(context, module) else []
    )


def _is_near_name(context: Context, module: str) -> bool:
    """True if the package that is meant has another name because the module's is a slip of a well-known one."""
    table = packages(context.knowledge)
    known = {*table["pip"].split(), *table["modules"]}
    return module not in known and meant_package(context, module) != module


def _with_pip(context: Context, package: str) -> Sequence[str]:
    python = context.simple.words[0].text
    own = "/bin/python" in python and not python.startswith(("/usr/bin/", "/bin/"))
    if not own and context.inventory.names("externally-managed"):
        made = "" if context.is_folder(".venv") else "python3 -m venv .venv && "
        return [f"{made}.venv/bin/pip install {package}"]
    pip = f"{python.rpartition('/')[0]}/pip" if own else "pip"
    return [f"{pip} install {package}", f"python3 -m pip install {package}"]


def meant_package(context: Context, module: str) -> str:
    """Return the package that brings a module; of a name that nobody knows the well-known one that is near: what lies
    in an index under a misspelt name, somebody may have put there for those who misspell it."""
    table = packages(context.knowledge)
    known = table["pip"].split()
    if module in table["modules"] or module in known:
        return str(table["modules"].get(module, module))
    near = nearest(module, [*known, *table["modules"]], 1) if len(module) > 3 else []
    name = near[0][0] if near and is_plausible(module, near[0][1]) else module
    return str(table["modules"].get(name, name))


@decision
def other_name(context: Context) -> Sequence[str]:
    """Return the same command by the name it has here; names that exist on this machine come first."""
    name = context.simple.words[0].text
    table = all_names(context.knowledge)
    names = table["other_name"].get(name, [])
    if context.inventory.platform != "macos":
        names = names or table["other_name_linux"].get(name, [])
    if not _is_missing(context, name):
        return []
    there = [other for other in names if context.inventory.has(other.split()[0])]
    lines = (_by_other_name(context, name, other, table) for other in dict.fromkeys([*there, *names]))
    return [line for line in lines if line]


def _by_other_name(context: Context, name: str, other: str, table: Table) -> str:
    """Return the line with the other name; "" where a word of it would mean something else there."""
    words = context.simple.words[1:]
    if name in table["fetch"]:
        return _fetched(context, other, table["fetch"][name])
    if words and name in table["no_words_in_common"]["names"].split():
        return ""
    letters = "" if other == "nano" else table["letters_in_common"].get(name)
    for word in words if letters is not None else ():
        if re.match(r"--|/\w(:|$)", word.text) or (
            word.text[:1] == "-" and set(word.text[1:]) - set(letters)
        ):
            return ""
    return f"{other} {context.value('args')}".strip()


def _fetched(context: Context, other: str, equals: Mapping[str, str]) -> str:
    """Return a download by the other program: the address, and options that have an equal; "" where one has none."""
    options: list[str] = []
    rest = list(context.simple.words[1:])
    addresses: list[str] = []
    named = False
    while rest:
        word = rest.pop(0)
        typed = context.simple.line[word.start : word.end]
        if not word.text.startswith("-"):
            addresses.append(typed)
            continue
        for at, letter in enumerate(word.text[1:]):
            equal = equals.get(letter)
            if equal is None or word.quoted:
                return ""
            if "=" in equal:
                if at != len(word.text) - 2 or not rest:
                    return ""
                value = rest.pop(0)
                equal = equal.replace("=", context.simple.line[value.start : value.end])
            named = named or letter in "oO"
            options += [equal] if equal else []
    if len(addresses) != 1:
        return ""
    program, *usual = other.split()
    if named:
        usual = ["-L"] if program == "curl" else ["-q"] if "-O" in " ".join(options) else []
    return " ".join([program, *usual, *options, *addresses])


@decision
def own_package_manager(context: Context) -> Sequence[str]:
    """Return `brew install x` as `sudo apt install x` on Debian, and so on."""
    platform = context.inventory.platform
    own = all_names(context.knowledge)["manager"].get(platform, {})
    manager = own.get("program")
    typed = context.groups["manager"]
    if manager is None or typed == manager or (typed == "apt-get" and manager == "apt"):
        return []
    verb = SAME_VERB.get(context.groups["verb"], context.groups["verb"])
    changes = verb in ("install", "remove", "update", "upgrade") and platform != "macos"
    sudo = "sudo " if changes and not context.simple.prefix else ""
    return [f"{sudo}{manager} {own[verb]}{context.groups.get('rest', '')}"]


@decision
def near_apt_package(context: Context) -> Sequence[str]:
    """Return the nearest package among those that bring programs, and the common `python3-…` and `lib…-dev` ones."""
    table = packages(context.knowledge)["commands"]
    names = {by["debian"] if "debian" in by else by.get("*", "") for by in table.values()} | set(table)
    name = context.groups["name"]
    names |= {f"python3-{package}" for package in packages(context.knowledge)["pip"].split()} | set(
        all_names(context.knowledge)["debian"].split()
    )
    hits = [hit for hit in nearest(name, sorted(names - {""}), 2) if is_plausible(name, hit[1])]
    return [
        re.sub(rf"(?<=\s){re.escape(name)}(?=\s|$)", found, context.simple.text, count=1) for found, _ in hits
    ]


@decision
def apt_verb(context: Context) -> Sequence[str]:
    verb = context.groups["verb"]
    return [context.simple.text.replace(f" {verb}", " " + all_names(context.knowledge)["apt_verb"][verb], 1)]


@decision
def header_package(context: Context) -> Sequence[str]:
    header = context.groups["header"]
    table = packages(context.knowledge)["headers"]
    package = table.get(header) or table.get(header.split("/")[0] + "/")
    return [f"sudo apt install {package}"] if package else []


@decision
def library_package(context: Context) -> Sequence[str]:
    name = context.groups["library"]
    return [
        f"sudo apt install {packages(context.knowledge)['libraries'].get(name, f'lib{name.lower()}-dev')}"
    ]


SYSTEM_MODULES = {
    "tkinter": "python3-tk", "apt_pkg": "python3-apt", "gi": "python3-gi", "lsb_release": "lsb-release",
    "distutils": "python3-setuptools", "ensurepip": "python3-venv", "dbm.gnu": "python3-gdbm", "gdbm": "python3-gdbm",
}  # fmt: skip


@decision
def system_module(context: Context) -> Sequence[str]:
    return [f"sudo apt install {SYSTEM_MODULES[context.groups['module']]}"]


@decision
def runner_add(context: Context) -> Sequence[str]:
    """Return the package of a module, by the program that runs in its environment."""
    module = context.groups["module"]
    verb = "install" if context.simple.name == "pipenv" else "add"
    return [
        f"{context.simple.name} {verb} {meant_package(context, module)}",
        f"{context.simple.name} install",
    ]


CMAKE = {
    "OpenSSL": "libssl-dev", "CURL": "libcurl4-openssl-dev", "ZLIB": "zlib1g-dev", "Boost": "libboost-all-dev",
    "PNG": "libpng-dev", "JPEG": "libjpeg-dev", "SQLite3": "libsqlite3-dev", "LibXml2": "libxml2-dev",
    "Protobuf": "protobuf-compiler libprotobuf-dev", "GTest": "libgtest-dev", "Qt5": "qtbase5-dev",
    "PkgConfig": "pkg-config", "Python3": "python3-dev", "BZip2": "libbz2-dev", "EXPAT": "libexpat1-dev",
    "Freetype": "libfreetype-dev", "LibLZMA": "liblzma-dev", "MPI": "libopenmpi-dev", "OpenGL": "libgl1-mesa-dev",
    "PostgreSQL": "libpq-dev", "Curses": "libncurses-dev", "SDL2": "libsdl2-dev", "Eigen3": "libeigen3-dev",
}  # fmt: skip


@decision
def cmake_package(context: Context) -> Sequence[str]:
    package = CMAKE.get(context.groups["name"])
    return [f"sudo apt install {package}"] if package else []
