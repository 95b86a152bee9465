"""Make, list and remove the shims."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from caro.show.event_text import counted

if TYPE_CHECKING:
    from caro.paths import Paths
    from caro.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("sync", help="follow what was installed or removed since")
    listing = actions.add_parser("list", help="each shim and the program it runs")
    listing.add_argument("--json", action="store_true", help="one JSON document")
    add = actions.add_parser("add", help="shim more tools (`@core`, `@build` are sets)")
    add.add_argument("tool", nargs="+")
    remove = actions.add_parser("remove", help="stop shimming tools")
    remove.add_argument("tool", nargs="*")
    remove.add_argument("--all", action="store_true", help="all of them, and their folder")
    actions.add_parser("path", help="print the shim folder")


def run(args: argparse.Namespace) -> int:
    from caro.paths import Paths
    from caro.settings import load_settings

    paths = Paths.of(os.environ)
    settings = load_settings(os.environ, paths)
    return _ACTIONS[args.action](args, settings, paths)


def _path(args: argparse.Namespace, settings: Settings, paths: Paths) -> int:
    print(paths.shims)
    return 0


def _list(args: argparse.Namespace, settings: Settings, paths: Paths) -> int:
    from caro.trace import search, shims

    folders = shims.tool_folders(os.environ, paths)
    targets = {name: search.find_tool(name, folders) for name in shims.list_shims(paths)}
    if args.json:
        import json

        print(json.dumps({"v": 1, "folder": str(paths.shims), "shims": targets}))
        return 0
    for name, target in targets.items():
        print(f"{name:<16} {target or 'not installed any more: run `caro shims sync`'}")
    if not targets:
        print("There are no shims yet: `caro shims sync` makes them.")
    return 0


def _sync(args: argparse.Namespace, settings: Settings, paths: Paths) -> int:
    import textwrap

    from caro.printable import printable
    from caro.trace import bash_environment, shims

    result = shims.sync_shims(settings["trace.tools"], os.environ, paths)
    bash_environment.install_bashenv(paths)
    for word, names in (
        ("made", result.made),
        ("removed", result.removed),
        ("not installed", result.missing),
    ):
        if names:
            print(textwrap.fill(printable(f"{word}: {' '.join(names)}"), 80, subsequent_indent="  "))
    print(f"{counted(len(result.made) + len(result.kept), 'shim')} in {paths.shims}")
    return 0


def _save_tools(tools: list[str], settings: Settings, paths: Paths) -> Any:
    from caro.config_write import set_values
    from caro.runtime_conf import refresh_runtime_conf
    from caro.settings import config_file, load_settings

    set_values(config_file(os.environ, paths), {"trace.tools": tools})
    refresh_runtime_conf(os.environ, paths)
    return load_settings(os.environ, paths)


def _add(args: argparse.Namespace, settings: Settings, paths: Paths) -> int:
    from caro.errors import UsageError
    from caro.trace import shims

    for name in shims.expand_names(args.tool):
        if (reason := shims.why_refused(name)) is not None:
            raise UsageError(f"shims add: {reason}")
    tools = list(dict.fromkeys([*settings["trace.tools"], *args.tool]))
    return _sync(args, _save_tools(tools, settings, paths), paths)


def _remove(args: argparse.Namespace, settings: Settings, paths: Paths) -> int:
    from caro.errors import UsageError
    from caro.trace import shims

    if args.all:
        removed = shims.remove_shims(paths)
        print(f"removed {counted(len(removed), 'shim')} and {paths.shims}")
        return 0
    if not args.tool:
        raise UsageError("shims remove: which tool? (`--all` removes every shim)")
    # A tool that came with a set can only go when the set is written out.
    gone = set(shims.expand_names(args.tool))
    kept = [name for name in shims.expand_names(settings["trace.tools"]) if name not in gone]
    return _sync(args, _save_tools(kept, settings, paths), paths)


_ACTIONS = {"path": _path, "list": _list, "sync": _sync, "add": _add, "remove": _remove}
