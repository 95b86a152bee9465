"""Switch every gate and shim off at once, and on again: `caro disable`, `caro enable`.

The switch is a file, so that `touch` and `rm` do the same when Caro itself is broken.
"""

from __future__ import annotations

import argparse
import os

from caro.errors import CaroError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "By hand: touch ~/.config/caro/disabled, or rm it. export CARO_DISABLE=1 does it in one shell."
    )


def run(args: argparse.Namespace) -> int:
    from caro.paths import Paths

    paths = Paths.of(os.environ)
    switch = paths.disabled
    if args.subcommand == "disable":
        try:
            switch.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            switch.touch(mode=0o600)
        except OSError as error:
            raise CaroError(
                f"cannot make {switch}: {error.strerror}; in this shell: export CARO_DISABLE=1"
            ) from None
        if not paths.switched_off:
            raise CaroError(
                f"{switch} is no regular file of yours, so it switches nothing off: remove it first"
            )
        print("Caro is off: shims and hooks only pass through. `caro enable` switches it on again.")
    else:
        if paths.switched_off:
            switch.unlink()
        print("Caro is on.")
    return 0
