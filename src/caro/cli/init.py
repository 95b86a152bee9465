"""Print the lines that a shell's rc file sources."""

from __future__ import annotations

import argparse
import os

from caro.knowledge.shells import names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=names())
    parser.add_argument(
        "--shims-only", action="store_true", help="PATH, BASH_ENV and a session; no prompt hooks"
    )
    parser.epilog = (
        'bash: eval "$(caro init bash --shims-only)" at the end of ~/.bashrc;'
        " fish: caro init fish --shims-only | source"
    )


def run(args: argparse.Namespace) -> int:
    from caro.paths import Paths
    from caro.settings import load_settings
    from caro.shell.init_text import init_text
    from caro.shell.install import write_own_files
    from caro.shell.shims_only import shims_only_text
    from caro.trace.launcher import prepare_home

    paths = Paths.of(os.environ)
    if args.shims_only:
        prepare_home(load_settings(os.environ, paths), os.environ, paths)
        print(shims_only_text(args.shell, paths), end="")
        return 0
    write_own_files(os.environ, paths)
    print(init_text(args.shell, paths), end="")
    return 0
