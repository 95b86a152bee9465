"""Fetch tldr pages for `caro ask`, or remove them. They are CC BY 4.0, and kept apart from what Caro ships."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from caro.errors import CaroError
from caro.printable import printable

if TYPE_CHECKING:
    from caro.machine.tldr import Fetched, Tldr


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    fetch = actions.add_parser(
        "fetch", help="take the pages from a place that you name, or from the project's release"
    )
    fetch.add_argument(
        "source", nargs="?", help="a folder, a zip file, an https address of one, or a git repository"
    )
    show = actions.add_parser("show", help="which pages are there, and where from")
    for one in (fetch, show):
        one.add_argument("--json", action="store_true", help="print JSON")
    actions.add_parser("remove", help="delete them")


def run(args: argparse.Namespace) -> int:
    return {"fetch": _fetch, "show": _show, "remove": _remove}[args.action](args)


def _tldr() -> Tldr:
    from caro.machine.tldr import Tldr
    from caro.paths import Paths

    return Tldr(Paths.of().tldr)


def _fetch(args: argparse.Namespace) -> int:
    import datetime

    from caro.engine.tldr import with_terms
    from caro.knowledge import shipped
    from caro.machine.tldr import BROKEN
    from caro.machine.tldr_sources import OFFICIAL, pages_from

    source = args.source or OFFICIAL
    if "://" in source:
        print(f"caro: fetching {printable(source)}; nothing but the request is sent", file=sys.stderr)
    pages = pages_from(source, "osx" if sys.platform == "darwin" else "linux")
    where = source if "://" in source or not os.path.exists(source) else os.path.abspath(source)
    try:
        fetched = _tldr().write(
            with_terms((text for _, text in pages), shipped()), where, f"{datetime.date.today()}", len(pages)
        )
    except BROKEN as error:
        raise CaroError(f"the pages can't be kept: {error}") from None
    _tell(fetched, args.json)
    if not args.json:
        print("`caro ask` looks into them from now on; `caro tldr remove` deletes them", file=sys.stderr)
    return 0


def _show(args: argparse.Namespace) -> int:
    fetched = _tldr().about()
    if fetched is None and not args.json:
        print("no tldr pages were fetched: caro tldr fetch", file=sys.stderr)
        return 1
    _tell(fetched, args.json)
    return 0 if fetched else 1


def _remove(args: argparse.Namespace) -> int:
    print("the tldr pages are removed" if _tldr().remove() else "there were no tldr pages")
    return 0


def _tell(fetched: Fetched | None, as_json: bool) -> None:
    from caro.machine.tldr import LICENCE

    if as_json:
        print(json.dumps({"v": 1, "licence": LICENCE, "fetched": asdict(fetched) if fetched else None}))
    elif fetched:
        print(f"{fetched.pages} pages, {fetched.examples} examples ({LICENCE})")
        print(f"    from {printable(fetched.source)}, {fetched.day}")
