"""List, add, write and check plugins: folders of rules, and programs, that add and tighten."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caro.cli.asking import says_yes
from caro.cli.tell import answer, answer_json, tell
from caro.errors import UsageError

if TYPE_CHECKING:
    from caro.addition import Addition
    from caro.paths import Paths


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="each plugin, trusted project and policy, and what it brings")
    listing.add_argument("--json", action="store_true", help="one JSON document")
    add = actions.add_parser("add", help="put a plugin into use: a folder, or a git address")
    add.add_argument(
        "source",
        metavar="SOURCE",
        help="a folder with a plugin.toml, a git address, or an installed Python plugin",
    )
    add.add_argument(
        "--network", action="store_true", help="let its program use the network, if it asks for that"
    )
    add.add_argument("--yes", "-y", action="store_true", help="do not ask before its program may run")
    add.add_argument("--replace", action="store_true", help="take it instead of the one of that name")
    remove = actions.add_parser("remove", help="take a plugin out of use, and its folder away")
    remove.add_argument("name", metavar="NAME", help="as `caro plugin list` shows it")
    new = actions.add_parser("new", help="write a plugin with a passing case of each sort, to begin with")
    new.add_argument("name", metavar="NAME", help="small letters, digits and hyphens")
    new.add_argument("--folder", help="where (default: ./NAME)")
    new.add_argument(
        "--kind",
        choices=("data", "program", "python"),
        default="data",
        help="rules alone, a program too, or Python",
    )
    check = actions.add_parser("check", help="read a plugin and run its cases")
    check.add_argument("plugin", metavar="PLUGIN", nargs="*", help="folders or names (default: every plugin)")


def run(args: argparse.Namespace) -> int:
    actions = {"list": _list, "add": _add, "remove": _remove, "new": _new, "check": _check}
    return actions[args.action](args)


def _list(args: argparse.Namespace) -> int:
    from caro.additions import additions
    from caro.paths import Paths

    found, wrong, skipped = additions(Paths.of(os.environ))
    problems = [*wrong, *skipped]
    if args.json:
        answer_json({"v": 1, "additions": [_row(one) for one in found], "programs": _programs(),
                     "problems": problems})  # fmt: skip
        return 0
    for one in found:
        state = "" if one.enforced else ", observed only"
        answer(
            f"{one.title:<24} {', '.join(what_it_brings(one)) or 'nothing'}{state}   ({one.root or one.place})"
        )
    if not found:
        answer("There is no plugin. `caro plugin new NAME` writes one to begin with.")
    for row in _programs():
        answer(f"{'program ' + row['name']:<24} {row['state']}{': ' + row['why'] if row['why'] else ''}")
    for problem in problems:
        tell(f"left out: {problem}")
    return 0


def _programs() -> list[dict[str, str]]:
    """Return each program of a plugin that is enabled or installed, and how it is."""
    from caro.paths import Paths
    from caro.plugins.health import states
    from caro.plugins.installed import installed
    from caro.settings import load_settings

    paths = Paths.of(os.environ)
    settings, known = load_settings(os.environ, paths), states(paths)
    enabled = list(map(str, settings["plugins.enabled"]))
    names = [*enabled, *(one.name for one in settings.additions if one.program), *installed(paths)]
    without = {"state": "not running"}
    return [
        {"name": name, "state": one["state"] if name in enabled else "not enabled", "why": one.get("why", "")}
        for name in dict.fromkeys(names)
        for one in (known.get(name, without),)
    ]


def _row(addition: Addition) -> dict[str, Any]:
    from caro.additions import header_of

    header = header_of(addition)
    return {"name": addition.name, "layer": addition.layer, "place": addition.place, "root": addition.root,
            "enforced": addition.enforced, "version": header.get("version", str(header.get("serial", ""))),
            "about": header.get("about", ""), "brings": what_it_brings(addition)}  # fmt: skip


def what_it_brings(addition: Addition) -> list[str]:
    """Return what an addition has, in words."""
    from caro.show.event_text import counted

    safety, table = addition.table.get("safety", {}), addition.table
    lines = len(safety.get("block", ())) + len(safety.get("commands", {}))
    folders = sorted(
        {name.split("/")[0] for name, _ in addition.toml("safety", "fix", "specs", "ask", "explain")}
    )
    parts = [counted(lines, "pattern")] if lines else []
    parts += ["modes"] if safety.get("folders") or table.get("require") or table.get("environments") else []
    parts += ["secrets"] if addition.patterns else []
    parts += (
        ["rules of the guard"] if table.get("rule") or table.get("program") or "safety" in folders else []
    )
    named = {"fix": "fixes", "specs": "names of tools", "ask": "requests in words", "explain": "explanations"}
    parts += ["a program"] if addition.program else []
    return parts + [named[folder] for folder in folders if folder in named]


def _add(args: argparse.Namespace) -> int:
    from caro.cli.allow import refuse_below_an_agent
    from caro.paths import Paths
    from caro.plugins.check import check
    from caro.plugins.folder import put, source_of

    refuse_below_an_agent("do it")
    paths = Paths.of(os.environ)
    if _is_python(args.source, paths):
        return _add_python(args, paths)
    with source_of(args.source) as (addition, files):
        result = check(addition)
        if result.faults:
            _tell_faults(result.faults)
            raise UsageError(f"{addition.name} was not added: {len(result.faults)} of its cases fail")
        answer(
            f"{addition.title}: {', '.join(what_it_brings(addition)) or 'nothing'}; {result.cases} cases hold"
        )
        wants = addition.table.get("executable", {})
        if wants and not _agreed(addition.name, wants.get("hooks", []), args, bool(wants.get("network"))):
            return 1
        target = put(paths, addition.name, files, args.replace)
    if wants:
        _enable(paths, addition.name, args.network and bool(wants.get("network")))
    answer(f"It is in use: {target}")
    renew()
    return 0


def _is_python(source: str, paths: Paths) -> bool:
    from caro.plugins.installed import installed

    return not Path(source).exists() and "/" not in source and source in installed(paths)


def _add_python(args: argparse.Namespace, paths: Paths) -> int:
    if not _agreed(args.source, [], args, args.network):
        return 1
    _enable(paths, args.source, args.network)
    answer("It is in use: the daemon runs it in a process of its own.")
    renew()
    return 0


def _agreed(name: str, hooks: list[str], args: argparse.Namespace, wants_network: bool) -> bool:
    """True if the person lets the program run."""
    asked = f" and is asked about: {', '.join(hooks)}" if hooks else ""
    answer(
        f"{name} has a program. The daemon runs it confined{asked}. It can add and tighten, and sees no secret."
    )
    if wants_network:
        answer(
            "It may use the network." if args.network else "It asks for the network: --network grants that."
        )
    if args.yes or says_yes("Let it run? [y/N] "):
        return True
    answer("Not added.")
    return False


def _enable(paths: Paths, name: str, network: bool) -> None:
    _change_lists(paths, {"plugins.enabled": (name, True), "plugins.network": (name, network)})


def _change_lists(paths: Paths, changes: dict[str, tuple[str, bool]]) -> bool:
    """Put names into lists of the configuration, or take them out; True if that changed one."""
    from caro.config_write import set_values
    from caro.settings import config_file, load_settings

    settings, values = load_settings(os.environ, paths), {}
    for key, (name, wanted) in changes.items():
        old = list(map(str, settings[key]))
        new = [one for one in old if one != name] + ([name] if wanted else [])
        if set(new) != set(old):
            values[key] = new
    if values:
        set_values(config_file(os.environ, paths), values)
    return bool(values)


def renew() -> None:
    """Let the natives and a running daemon know at once."""
    from caro.client import Client
    from caro.errors import CaroError
    from caro.paths import Paths
    from caro.runtime_conf import refresh_runtime_conf
    from caro.settings import socket_file

    paths = Paths.of(os.environ)
    refresh_runtime_conf(os.environ, paths)
    try:
        Client(socket_file(os.environ, paths)).request("reload")
    except (CaroError, OSError):
        pass  # no daemon: the next one reads it


def _remove(args: argparse.Namespace) -> int:
    from caro.cli.allow import refuse_below_an_agent
    from caro.paths import Paths
    from caro.plugins.folder import remove

    refuse_below_an_agent("do it")
    paths = Paths.of(os.environ)
    name = args.name
    disabled = _change_lists(paths, {"plugins.enabled": (name, False), "plugins.network": (name, False)})
    if not remove(paths, name) and not disabled:
        raise UsageError(f"there is no plugin {args.name}: `caro plugin list` shows those that there are")
    renew()
    answer(f"{args.name} is out of use.")
    return 0


def _new(args: argparse.Namespace) -> int:
    from caro.plugins.folder import write_skeleton

    folder = Path(args.folder or args.name)
    for file in write_skeleton(folder, args.name, args.kind):
        answer(str(file))
    if args.kind == "python":
        answer(f"\nTry it: cd {folder}; pip install -e . pytest; pytest; then caro plugin add {args.name}")
    else:
        answer(f"\nTry it: caro plugin check {folder}; then caro plugin add {folder}")
    return 0


def _check(args: argparse.Namespace) -> int:
    from caro.paths import Paths
    from caro.plugins.check import check
    from caro.show.event_text import counted

    faults = 0
    for addition in _named(args.plugin, Paths.of(os.environ)):
        result = check(addition)
        _tell_faults([f"{addition.name}: {fault}" for fault in result.faults])
        for note in result.notes:
            tell(f"{addition.name}: {note}")
        faults += len(result.faults)
        answer(
            f"{addition.title}: {counted(result.cases, 'case')}, {len(result.faults) or 'none'} of them wrong"
        )
    return 1 if faults else 0


def _tell_faults(faults: list[str]) -> None:
    for fault in faults:
        tell(fault)


def _named(names: list[str], paths: Any) -> list[Addition]:
    """Return the plugins of these names or folders; every one that there is for no name."""
    from caro.additions import additions
    from caro.plugins.folder import source_of

    known, _, skipped = additions(paths)
    if not names:
        _tell_faults(list(skipped))
        return [one for one in known if one.layer == "plugin"]
    found = []
    for name in names:
        match = next((one for one in known if one.name == name and "/" not in name), None)
        if match is not None and not Path(name).is_dir():
            found.append(match)
            continue
        with source_of(name) as (addition, _files):
            found.append(addition)
    return found
