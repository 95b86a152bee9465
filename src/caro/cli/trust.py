"""Let a project's own rules (`.caro/`) count below its folder, as they are now."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from caro.cli.asking import says_yes
from caro.cli.tell import answer, answer_json, tell
from caro.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path", nargs="?", metavar="PATH", help="the project (default: the one around this folder)"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--list", action="store_true", help="the trusted projects, and whether they have changed since"
    )
    what.add_argument("--revoke", action="store_true", help="trust it no more")
    parser.add_argument("--json", action="store_true", help="with --list: one JSON document")
    parser.add_argument("--yes", "-y", action="store_true", help="don't ask")


def run(args: argparse.Namespace) -> int:
    from caro.cli.allow import refuse_below_an_agent

    if args.list:
        return _list(args.json)
    refuse_below_an_agent("trust it")
    return _revoke(args.path) if args.revoke else _trust(args.path, args.yes)


def _list(as_json: bool) -> int:
    from dataclasses import asdict

    from caro.paths import Paths
    from caro.plugins.trust import trusted

    found = trusted(Paths.of(os.environ))
    if as_json:
        answer_json({"v": 1, "trusted": [asdict(one) for one in found]})
        return 0
    told = {"holds": "", "changed": "   changed since: what you trusted holds", "gone": "   it is gone"}
    for one in found:
        answer(f"{one.root}   {one.sha256[:12]}{told[one.state]}")
    if not found:
        answer("No project is trusted.")
    return 0


def _trust(path: str | None, yes: bool) -> int:
    from caro.cli.plugin import renew, what_it_brings
    from caro.paths import Paths
    from caro.plugins.check import check
    from caro.plugins.trust import FOLDER, project_above, read_project, trust

    root = _root(path, project_above(Path(path or os.getcwd()).resolve()))
    try:
        addition, files = read_project(root)
    except OSError as error:
        raise UsageError(f"{root / FOLDER} can't be read: {error.strerror}") from None
    result = check(addition)
    for fault in result.faults:
        tell(fault)
    answer(f"{root / FOLDER} brings: {', '.join(what_it_brings(addition)) or 'nothing'}")
    for name, data in sorted(files.items()):
        answer(f"  {name} ({len(data)} bytes)")
    answer("It holds below that folder alone, and can only add and tighten. Changes need your trust again.")
    if not yes and not says_yes("Trust it as it is now? [y/N] "):
        answer("Not trusted.")
        return 1
    digest = trust(Paths.of(os.environ), root, files)
    renew()
    answer(f"Trusted: {digest[:12]}")
    return 0


def _root(path: str | None, found: Path | None) -> Path:
    if found is None:
        raise UsageError(f"{path or 'this folder'} and those above it have no .caro folder")
    return found


def _revoke(path: str | None) -> int:
    from caro.cli.plugin import renew
    from caro.paths import Paths
    from caro.plugins.trust import project_above, revoke

    place = Path(path or os.getcwd()).resolve()
    paths = Paths.of(os.environ)
    root = place if revoke(paths, str(place)) else project_above(place)
    if root is None or (root != place and not revoke(paths, str(root))):
        raise UsageError(f"{path or 'this folder'} is not trusted: `caro trust --list` shows what is")
    renew()
    answer(f"{root} is trusted no more.")
    return 0
