"""offer the right command after a failure"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from typing import Any

from caro.errors import CaroError, UsageError
from caro.fix.model import Answer, Failure

MAX_OUTPUT = 64 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--command", metavar="C", help="the command line that failed")
    parser.add_argument("--exit", type=int, metavar="N", help="its exit status")
    parser.add_argument("--output-file", metavar="F", help="what it printed (`-` for standard input)")
    parser.add_argument("--shell", default="bash", help="the shell it was typed in")
    parser.add_argument("--cwd", help="the folder it ran in (default: this one)")
    parser.add_argument(
        "--batch", action="store_true", help="JSON Lines in, JSON Lines out, one answer a line"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--explain", action="store_true", help="say what led to each fix")


def run(args: argparse.Namespace) -> int:
    if args.batch:
        return _batch(sys.stdin.buffer)
    if args.command is None:
        raise UsageError("which command failed? Give it with --command C --exit N, or many with --batch")
    failure = Failure(
        args.command, _status(args.exit), _output(args.output_file), args.shell, args.cwd or os.getcwd()
    )
    answer = Fixer().answer(failure)
    _print(answer, args)
    return 0 if answer.fixes else 1


def _status(status: int | None) -> int:
    return 1 if status is None else status


def _output(path: str | None) -> str | None:
    """Both ends of the file: what was printed last matters most, but a usage text follows its message."""
    if path is None:
        return None
    try:
        with sys.stdin.buffer if path == "-" else open(path, "rb") as handle:
            return _ends(handle.read())
    except OSError as error:
        raise CaroError(f"can't read the output file {path}: {error.strerror}") from error


def _ends(data: bytes) -> str:
    if len(data) > MAX_OUTPUT:
        data = data[: MAX_OUTPUT // 2] + b"\n" + data[-MAX_OUTPUT // 2 :]
    return data.decode(errors="replace")


def as_json(answer: Answer) -> dict[str, Any]:
    """The answer as `caro fix --json` prints it."""
    fixes = [
        {
            "command": fix.command,
            "confidence": round(fix.confidence, 3),
            "level": fix.level.word,
            "why": fix.why,
            "tier": fix.tier,
            **({"raises_risk": True} if fix.raises_risk else {}),
        }
        for fix in answer.fixes
    ]
    return {"command": answer.command, "fixes": fixes, "explanation": answer.explanation}


class Fixer:
    """The engine with this machine, its rules and its guard; make one for many failures."""

    def __init__(self) -> None:
        from caro.machine.rules import load_rules
        from caro.machine.world import Machine

        self.machine = Machine(os.environ.get("PATH", ""))
        self.rules = load_rules(_complain)

    def answer(self, failure: Failure) -> Answer:
        from caro.fix.engine import fixes_for
        from caro.machine.world import MachineWorld

        world = MachineWorld(self.machine, failure.cwd, home=os.environ.get("HOME", ""))
        return fixes_for(failure, world, self.rules)


def _complain(message: str) -> None:
    print(f"caro: {message}", file=sys.stderr)


def _failures(lines: Iterator[bytes]) -> Iterator[Failure]:
    import msgspec

    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line)
            command, status = str(row["command"]), int(row["exit_code"])
        except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
            _complain(f"line {number} is no failure: {error}; it needs `command` and `exit_code`")
            yield Failure("", 0)
            continue
        output, cwd = row.get("output"), row.get("cwd")
        yield Failure(
            command, status, None if output is None else str(output), str(row.get("shell") or "bash"), cwd
        )


def _batch(lines: Any) -> int:
    import msgspec

    fixer = Fixer()
    write = sys.stdout.buffer.write
    for failure in _failures(iter(lines)):
        write(msgspec.json.encode(as_json(fixer.answer(failure))) + b"\n")
        sys.stdout.buffer.flush()
    return 0


def _print(answer: Answer, args: argparse.Namespace) -> None:
    if args.json:
        import msgspec

        sys.stdout.write(msgspec.json.encode(as_json(answer)).decode() + "\n")
        return
    for fix in answer.fixes[:3]:
        print(fix.command)
        if args.explain:
            risk = f", {fix.level.word}" if fix.raises_risk else ""
            print(f"    {fix.why} ({fix.tier}, {fix.confidence:.0%}{risk})")
