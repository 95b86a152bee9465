"""Show, verify, sign and fetch a team's policy, and try it on what was typed before."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caro.cli.tell import answer, answer_json, tell
from caro.errors import CaroError, UsageError

if TYPE_CHECKING:
    from caro.addition import Addition


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="the policies that hold here, what they ask for, until when")
    show.add_argument("--json", action="store_true", help="one JSON document")
    verify = actions.add_parser("verify", help="verify the policies that are kept, or a file")
    verify.add_argument("file", nargs="?", metavar="FILE", help="a policy, its signature in FILE.sig")
    verify.add_argument("--signers", help="with FILE: who may sign (ssh-keygen's allowed signers)")
    verify.add_argument("--revoked", help="with FILE: keys that may no more, or a revocation list")
    sign = actions.add_parser("sign", help="check a policy and sign it; the signature goes into FILE.sig")
    sign.add_argument("file", metavar="FILE", help="the policy")
    sign.add_argument(
        "--key", required=True, help="an SSH key: private, or public with the private one in ssh-agent"
    )
    fetch = actions.add_parser("fetch", help="take a policy, or the newest of those that are kept")
    fetch.add_argument(
        "source", nargs="?", metavar="SOURCE", help="a file, a folder, or a git address (URL#FILE)"
    )
    fetch.add_argument("--signers", help="who may sign, at the first time (ssh-keygen's allowed signers)")
    fetch.add_argument("--revoked", help="keys that may no more, or a revocation list")
    remove = actions.add_parser("remove", help="let a policy go")
    remove.add_argument("name", metavar="NAME", help="as `caro policy show` has it")
    replay = actions.add_parser("replay", help="what would it have done to what was typed")
    replay.add_argument("file", metavar="FILE", help="the policy; it needs no signature")
    replay.add_argument("--since", default="30d", help="how far back: 30d, 12h, 2026-11-01")
    replay.add_argument("--json", action="store_true", help="one JSON document")
    diff = actions.add_parser("diff", help="what a policy says that the one which holds does not")
    diff.add_argument("file", metavar="FILE", help="the policy; it needs no signature")


def run(args: argparse.Namespace) -> int:
    actions = {"show": _show, "verify": _verify, "sign": _sign, "fetch": _fetch, "remove": _remove,
               "replay": _replay, "diff": _diff}  # fmt: skip
    return actions[args.action](args)


def _policies() -> list[Addition]:
    from caro.addition import POLICIES
    from caro.additions import additions
    from caro.paths import Paths

    found, wrong, _ = additions(Paths.of(os.environ))
    for problem in wrong:
        tell(problem)
    return [one for one in found if one.layer in POLICIES]


def _show(args: argparse.Namespace) -> int:
    from caro.additions import header_of
    from caro.paths import Paths
    from caro.policy.observed import summary

    found = _policies()
    observed = summary(Paths.of(os.environ))
    if args.json:
        rows = [{"layer": one.layer, "name": one.name, "place": one.place, "enforced": one.enforced,
                 "serial": header_of(one)["serial"], "expires": str(header_of(one).get("expires", "")),
                 "says": _plain(one), "would": observed.get(one.name, {})} for one in found]  # fmt: skip
        answer_json({"v": 1, "policies": rows})
        return 0
    for one in found:
        header = header_of(one)
        until = f", until {header['expires']}" if "expires" in header else ""
        state = "holds" if one.enforced else "is observed only"
        answer(f"{one.title}: {state}, serial {header['serial']}{until}   ({one.place})")
        for line in _sayings(one):
            answer(f"  {line}")
        if would := observed.get(one.name):
            answer(
                "  would have: " + ", ".join(f"{action} {count}" for action, count in sorted(would.items()))
            )
    if not found:
        answer("No policy holds here.")
    return 0


def _plain(one: Addition) -> dict[str, Any]:
    return {key: value for key, value in one.table.items() if key != "policy"}


def _sayings(one: Addition) -> list[str]:
    """Return what a policy says, one line each."""
    lines = []
    tables = {"": one.table} | {f"where CARO_ENV is {name}: ": table
                                for name, table in one.table.get("environments", {}).items()}  # fmt: skip
    for where, table in tables.items():
        safety, require = table.get("safety", {}), table.get("require", {})
        lines += [f"{where}block {pattern}" for pattern in safety.get("block", ())]
        lines += [f"{where}{action} {pattern}" for pattern, action in safety.get("commands", {}).items()]
        lines += [f"{where}mode {mode} below {folder}" for folder, mode in safety.get("folders", {}).items()]
        lines += [f"{where}requires {key} {value}" for key, value in require.items()]
    lines += [f"keeps out secrets like {pattern}" for pattern in one.patterns]
    lines += [f"rule {rule.get('id')}: {rule.get('why')}" for rule in one.table.get("rule", ())]
    return lines + [f"program {name}" for name in one.table.get("program", {})]


def _checked(file: str) -> Addition:
    """Return a policy that is no more than a file yet. Raises UsageError where it is none, or its cases fail."""
    from caro.addition import TEAM
    from caro.additions import policy_of
    from caro.plugins.check import check
    from caro.policy.source import read_source

    data, _ = read_source(file)
    try:
        addition = policy_of(data, TEAM, file)
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from None
    faults = check(addition).faults
    if faults:
        raise UsageError(f"{file}: {faults[0]}" + (f", and {len(faults) - 1} more" if faults[1:] else ""))
    return addition


def _content(name: str | None) -> bytes:
    from caro.regular_file import read_regular_file

    if not name:
        return b""
    try:
        return read_regular_file(Path(name).expanduser())
    except OSError as error:
        raise UsageError(f"{name} can't be read: {error.strerror}") from None


def _verify(args: argparse.Namespace) -> int:
    from caro.paths import Paths
    from caro.policy.signature import verify
    from caro.policy.source import read_source
    from caro.policy.store import every

    if args.file:
        if not args.signers:
            raise UsageError("say with --signers who may sign it")
        data, signature = read_source(args.file)
        answer(
            f"{args.file}: signed by {verify(data, signature, _content(args.signers), _content(args.revoked))}"
        )
        return 0
    wrong = 0
    for one in every(Paths.of(os.environ)):
        try:
            answer(
                f"{one.addition.name}: signed by {verify(one.text, one.signature, one.signers, one.revoked)}"
            )
        except CaroError as error:
            tell(f"{one.addition.name}: {error}")
            wrong = 1
    return wrong


def _sign(args: argparse.Namespace) -> int:
    from caro.atomic import write_whole
    from caro.policy.signature import sign
    from caro.policy.source import read_source

    _checked(args.file)
    data, _ = read_source(args.file)
    target = Path(args.file + ".sig")
    write_whole(target, sign(data, Path(args.key).expanduser()))
    answer(f"Signed: {target}")
    return 0


def _fetch(args: argparse.Namespace) -> int:
    from caro.additions import header_of
    from caro.cli.allow import refuse_below_an_agent
    from caro.cli.plugin import renew
    from caro.paths import Paths
    from caro.policy.health import age_of
    from caro.policy.source import read_source
    from caro.policy.store import Kept, every, note_refused, take

    paths = Paths.of(os.environ)
    known = list(every(paths))
    if args.source is None and not known:
        raise UsageError("no policy is kept: say where it comes from, and with --signers who may sign it")
    sources = [one.source for one in known] if args.source is None else [_settled(args.source)]
    failed = 0
    for source in sources:
        before = next((one for one in known if one.source == source), None)
        if before is None or args.signers or args.revoked:
            refuse_below_an_agent("do it")
        if before is None and not args.signers:
            raise UsageError("say with --signers who may sign it (the form of ssh-keygen's allowed signers)")
        signers = _content(args.signers) or (before.signers if before else b"")
        revoked = _content(args.revoked) or (before.revoked if before else b"")
        try:
            data, signature = read_source(source)
            new, changed = take(paths, Kept(data, signature, signers, revoked, source))
            note_refused(paths, new.addition.name, "")
            answer(f"{new.addition.title}: serial {new.serial}, signed by {new.principal}"
                   f"{'' if changed else '; it is the one that holds'}")  # fmt: skip
            state, age, _cure = age_of(new.addition.title, header_of(new.addition), new.addition.enforced)
            if state != "ok":
                tell(age)
        except CaroError as error:
            why = str(error).removeprefix(f"{source} ")
            tell(f"{source}: {why}{'' if before is None else '; the last good one goes on holding'}")
            if before is not None:
                note_refused(paths, before.addition.name, str(error))
            failed = 1
    renew()
    return failed


def _settled(source: str) -> str:
    """Return a source as any folder can ask for it again."""
    path = Path(source).expanduser()
    return str(path.absolute()) if path.exists() else source


def _remove(args: argparse.Namespace) -> int:
    from caro.cli.allow import refuse_below_an_agent
    from caro.cli.plugin import renew
    from caro.paths import Paths
    from caro.policy.store import remove

    refuse_below_an_agent("do it")
    if not remove(Paths.of(os.environ), args.name):
        raise UsageError(f"no policy {args.name} is kept here: `caro policy show` has those that are")
    renew()
    answer(f"{args.name} holds no more.")
    return 0


def _diff(args: argparse.Namespace) -> int:
    new = _checked(args.file)
    old = next((one for one in _policies() if one.name == new.name), None)
    before, after = _sayings(old) if old else [], _sayings(new)
    changes = [f"- {line}" for line in before if line not in after] + [
        f"+ {line}" for line in after if line not in before
    ]
    for line in changes or ["They say the same."]:
        answer(line)
    return 0


def _replay(args: argparse.Namespace) -> int:
    from collections import Counter

    from caro.cli.filters import progress_line
    from caro.paths import Paths
    from caro.policy.replay import lines_of, replay
    from caro.policy.verdict_cache import VerdictCache
    from caro.record.times import parse_when
    from caro.runtime_conf import file_settings
    from caro.settings import load_settings, log_file

    paths = Paths.of(os.environ)
    log = log_file(load_settings(os.environ, paths), paths)
    left_out: Counter[str] = Counter()
    lines = lines_of((paths.imported, log), parse_when(args.since), left_out)
    cache = VerdictCache(paths.cache / "verdicts.db")
    policy, settings = _checked(args.file), file_settings(os.environ, paths)
    found = replay(policy, settings, lines, cache, progress_line("judging lines"))
    found.untimed = left_out["untimed"]
    if args.json:
        answer_json({"v": 1, **found.row()})
    else:
        answer("\n".join(found.told()))
    return 0
