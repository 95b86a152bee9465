"""Take Caro out of your shells; the rest stays as it is."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from caro.cli.asking import says_yes
from caro.cli.tell import tell

if TYPE_CHECKING:
    from caro.paths import Paths


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="show what would change; change nothing")
    parser.add_argument("--purge", action="store_true", help="remove the configuration and the log too")
    parser.add_argument(
        "--keep-stubs",
        action="store_true",
        help="leave links to the tools where the shims were, for files that hold those paths",
    )
    parser.add_argument("--yes", "-y", action="store_true", help="don't ask")
    parser.epilog = "Your files get back what they were, byte for byte; what you changed in them since stays."


def run(args: argparse.Namespace) -> int:
    from caro.agent.install import plan_uninstall_all, uninstall_all
    from caro.errors import CaroError, UsageError
    from caro.paths import Paths
    from caro.settings import load_settings, log_file
    from caro.shell import uninstall
    from caro.shell.manual import remove_page
    from caro.show.event_text import counted
    from caro.trace.left_paths import files_with_shim_paths, leave_stubs

    if args.purge and args.keep_stubs:
        raise UsageError("uninstall: --purge leaves nothing, --keep-stubs links: say one of them")
    paths = Paths.of(os.environ)
    if paths.no_home:
        raise CaroError(f"uninstall: {paths.no_home}; set HOME, then again")
    edits, refused = uninstall.plan(os.environ, paths)
    agent_plans, more_refused = plan_uninstall_all(os.environ, paths)
    refused += more_refused
    agent_edits = [plan.edit for plan in agent_plans if plan.edit is not None]
    files = _own_files(paths, args.purge, args.keep_stubs)
    holding = files_with_shim_paths(log_file(load_settings(os.environ, paths), paths), paths)
    if args.dry_run:
        print("".join(edit.diff() for edit in [*edits, *agent_edits]), end="")
        for file in files:
            print(f"would remove {file}")
        _name_holders(holding, args.keep_stubs)
        return _tell(refused)
    nothing = not edits and not agent_edits and not files
    if not args.yes and not nothing:
        if sys.stdin.isatty() and sys.stdout.isatty():
            if not _agreed(
                [str(edit.file) for edit in [*edits, *agent_edits]], [str(file) for file in files]
            ):
                print("Nothing was changed.")
                return 1
            if not args.purge and not args.keep_stubs and _wants_purge(paths):
                args.purge, files = True, _own_files(paths, True, False)
        elif args.purge:
            raise UsageError("uninstall: --purge erases the log and cannot be undone; say --yes too")
    whole = uninstall.own_files(os.environ, paths, purge=True)
    uninstall.stop_daemon(os.environ, paths)
    shims = paths.shims.is_dir()
    if args.purge:
        _forget_undo(paths)
    more, kept = uninstall.uninstall(edits, paths)
    more += uninstall_all(agent_plans, paths)
    remove_page(paths)
    for file in files:
        if size := _large(file):
            print(f"removing {file} ({size}); that may take a while", flush=True)
    more += uninstall.remove_own_files(files, paths)
    if args.keep_stubs and (stubs := leave_stubs(os.environ, paths)):
        print(f"kept     {paths.shims}: links to {counted(len(stubs), 'tool')}")
    for edit in [*edits, *agent_edits]:
        print(f"{'restored' if edit.after is not None else 'removed':<8} {edit.file}")
    for copy in kept:
        print(f"         kept {copy}: the file was changed since")
    if nothing:
        print("Caro was not installed.")
    elif args.purge and files:
        print("Gone: Caro's own files, what was learned, the configuration and the log.")
    elif not args.purge:
        _name_left(whole, paths)
    if not nothing:
        print(f"The program itself stays: {_own_uninstaller(sys.prefix)}")
    if shims and not paths.shims.exists():
        print(
            "Shells that are open still look for the shims: `hash -r` in bash and sh, `rehash` in zsh, or new ones."
        )
    _name_holders(holding, args.keep_stubs)
    return _tell(refused + more)


def _name_left(whole: list[Path], paths: Paths) -> None:
    """Say what is still there of all that Caro ever made."""
    from caro.undo.entry import Entries

    left = [file for file in whole if file.exists()]
    if not left:
        print("Gone: all that Caro made here.")
        return
    what = {
        paths.config: "your configuration",
        paths.data: "imported lines, recordings, what `caro undo` brings back",
    }
    print("Gone: Caro's own files and what was learned. Kept:")
    for file in left:
        print(
            f"  {file}  ({what.get(file, 'copies of your files' if file == paths.state else 'the record')})"
        )
    entries = Entries(paths.undo).all()
    for top in dict.fromkeys(entry.git["top"] for entry in entries if entry.git.get("top")):
        print(f"  refs/caro/undo in {top}")
    for folder in dict.fromkeys(folder for entry in entries for folder in entry.elsewhere):
        print(f"  {folder}  (what `caro undo` brings back)")
    print("`caro uninstall --purge` removes those too.")


def _forget_undo(paths: Paths) -> None:
    """Drop what was kept for `caro undo`: on other file systems and in repositories, too."""
    from caro.undo.entry import Entries
    from caro.undo.keep import forget

    for entry in Entries(paths.undo).all():
        forget(entry)


def _own_files(paths: Paths, purge: bool, keep_stubs: bool) -> list[Path]:
    from caro.shell import uninstall

    made = uninstall.own_files(os.environ, paths, purge, keep_stubs)
    return [file for file in made if file.exists() or file.is_symlink()]


def _wants_purge(paths: Paths) -> bool:
    """Ask what becomes of the log and the configuration; they stay where nobody says otherwise."""
    from caro.settings import load_settings, log_file

    log = log_file(load_settings(os.environ, paths), paths)
    if not log.exists():
        return False
    return says_yes(f"Remove the log ({log}) and the configuration too? [y/N]: ")


def _name_holders(files: list[Path], stubs: bool) -> None:
    """Name the files in which other tools noted a shim's path."""
    if not files:
        return
    print(
        "These files of other tools hold paths of Caro's shims"
        + (", which the links serve:" if stubs else ":")
    )
    for file in files:
        print(f"  {file}")
    if not stubs:
        print("Make them anew, or have links left at those paths: caro uninstall --keep-stubs")


LARGE = 10_000_000
"""Bytes from which a folder's size is worth a word, and its removal takes a while."""


def _large(folder: Path) -> str:
    """Return how much a large folder holds, `13,963 files, 347 MB`; "" for anything smaller."""
    if folder.is_symlink():
        return ""
    count = size = 0
    for top, _, names in os.walk(folder):
        count += len(names)
        size += sum(os.lstat(os.path.join(top, name)).st_size for name in names)
    return f"{count:,} file{'s' * (count != 1)}, {size / 1e6:.0f} MB" if size >= LARGE else ""


def _own_uninstaller(prefix: str) -> str:
    """Return the command that removes what was installed below `prefix`, as far as that can be told."""
    if "/pipx/" in prefix:
        return "pipx uninstall caro"
    if "/uv/tools/" in prefix:
        return "uv tool uninstall caro"
    return "remove it as you installed it (pipx uninstall caro, uv tool uninstall caro, or its folder)"


def _agreed(edits: list[str], files: list[str]) -> bool:
    print("Caro's lines go out of:" if edits else "No file of yours has Caro's lines.")
    for name in edits:
        print(f"  {name}")
    if files:
        print("These of Caro's own files go:")
        for name in files:
            size = _large(Path(name))
            print(f"  {name}" + (f" ({size})" if size else ""))
    return says_yes("Go on? [Y/n]: ", default=True)


def _tell(refused: list[str]) -> int:
    for reason in refused:
        tell(reason)
    return 1 if refused else 0
