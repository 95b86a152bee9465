"""Switch every gate and shim off at once, and on again: `caro disable`, `caro enable`.

The switch is a file, so that `touch` and `rm` do the same when Caro itself is broken.
"""

from __future__ import annotations

import argparse
import os

from caro.errors import CaroError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "By hand: touch ~/.config/caro/disabled, or rm it. CARO_DISABLE=1 does it for one shell."


def run(args: argparse.Namespace) -> int:
    from caro.paths import Paths

    switch = Paths.of(os.environ).disabled
    if args.subcommand == "disable":
        try:
            switch.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            switch.touch(mode=0o600)
        except OSError as error:
            raise CaroError(
                f"cannot make {switch}: {error.strerror}; in this shell: export CARO_DISABLE=1"
            ) from None
        print("Caro is off: shims and hooks only pass through. `caro enable` switches it on again.")
    else:
        switch.unlink(missing_ok=True)
        print("Caro is on.")
    return 0
