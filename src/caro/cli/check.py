"""Say what a command line would do, and how dangerous that is."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO

from caro.errors import CaroError, UsageError

if TYPE_CHECKING:
    from caro.daemon.verdicts import Verdicts
    from caro.levels import Action
    from caro.safety.verdict import Verdict

MAX_SCRIPT = 4 * 1024 * 1024
EXIT_HIGH, EXIT_CRITICAL = 3, 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("command", nargs="*", help="the command line, as one word (or many: they are joined)")
    parser.add_argument(
        "--batch", action="store_true", help="JSON Lines in, JSON Lines out, one answer a line, in order"
    )
    parser.add_argument(
        "--script", metavar="FILE", help="check a shell script as a whole (`-`: standard input)"
    )
    parser.add_argument(
        "--shell", default="bash", choices=("bash", "zsh", "fish", "sh"), help="whose syntax it is"
    )
    parser.add_argument("--cwd", help="the folder it would run in (default: no folder)")
    parser.add_argument("--mode", choices=("off", "passive", "active"), help="instead of the configured mode")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--sarif", action="store_true", help="print SARIF 2.1.0, for code scanning")


def run(args: argparse.Namespace) -> int:
    if sum((bool(args.command), args.batch, args.script is not None)) != 1:
        raise UsageError("give one of: a command, --batch, --script FILE")
    judge = Judge(args.mode)
    if args.batch:
        return _batch(judge, sys.stdin.buffer)
    if args.script is not None:
        return _script(judge, args)
    verdict = judge.verdict(" ".join(args.command), args.shell, args.cwd)
    if args.sarif:
        print(json.dumps(sarif("command line", [(1, verdict)]), indent=2))
    elif args.json:
        print(_line(answer(verdict)))
    else:
        _tell(verdict)
    return exit_status([verdict])


class Judge:
    """The guard in this process, with the user's settings and rules."""

    def __init__(self, mode: str | None = None) -> None:
        import os
        import time

        from caro.paths import Paths
        from caro.safety.policy import policy_from
        from caro.settings import folder_modes, load_settings

        paths = Paths.of(os.environ)
        settings = load_settings(os.environ, paths)
        values: dict[str, Any] = dict(settings.values)
        if mode:
            values["safety.mode"] = mode
        self.policy = policy_from(values, folder_modes(settings, str(paths.home)))
        self.settings = settings
        self.now = time.time()

    def verdict(
        self, line: str, shell: str = "bash", cwd: str | None = None, env: dict[str, str] | None = None
    ) -> Verdict:
        from caro.safety.verdict import verdict_for
        from caro.safety.world import World

        world = World(cwd=cwd, variables=env or {}, home=(env or {}).get("HOME"))
        return self.decided(verdict_for(line, world, shell), shell, cwd)

    def decided(self, verdict: Verdict, shell: str, cwd: str | None) -> Verdict:
        """With the action that the user's policy and rules ask for."""
        from caro.safety.policy import decide

        return decide(verdict, self.policy, cwd, self.now, self.floor(verdict.command), shell)

    def floor(self, line: str) -> Action:
        """What the user's own rules ask for."""
        from caro.levels import Action

        if not self.settings["safety.block"] and not self.settings["safety.commands"]:
            return Action.ALLOW
        return self.users.of_own_rules(line).action

    @cached_property
    def users(self) -> Verdicts:
        from caro.daemon.verdicts import Verdicts
        from caro.runtime_conf import pattern_problems

        for problem in pattern_problems(self.settings):
            print(f"caro: {problem}", file=sys.stderr)
        return Verdicts(self.settings)


def answer(verdict: Verdict) -> dict[str, Any]:
    """The fields of one answer of `--batch` and `--json`."""
    return {
        "command": verdict.command,
        "level": verdict.level.word,
        "score": verdict.score,
        "action": verdict.action.word,
        "effects": verdict.effects,
        "rules": verdict.rules,
        "why": verdict.why,
        "instead": verdict.instead,
    }


def exit_status(verdicts: list[Verdict]) -> int:
    from caro.levels import Level

    worst = max((verdict.level for verdict in verdicts), default=Level.LOW)
    return {Level.HIGH: EXIT_HIGH, Level.CRITICAL: EXIT_CRITICAL}.get(worst, 0)


def _line(fields: dict[str, Any]) -> str:
    # a lone surrogate is no UTF-8: JSON's own escapes carry it
    return json.dumps(fields, ensure_ascii=True)


def _batch(judge: Judge, stream: BinaryIO) -> int:
    """Each line gets its answer, also one that is no JSON: nothing is lost, nothing is out of order."""
    worst = 0
    for raw in stream:
        if not raw.strip():
            continue
        request, problem = _request(raw)
        if problem:
            print(_line({"error": problem}))
            worst = max(worst, 1)
            continue
        verdict = judge.verdict(
            request["command"], request.get("shell") or "bash", request.get("cwd"), request.get("env")
        )
        print(_line(answer(verdict)))
        worst = max(worst, exit_status([verdict]))
    return worst


def _request(raw: bytes) -> tuple[dict[str, Any], str]:
    try:
        request = json.loads(raw.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError) as error:
        return {}, f"not JSON: {error}"
    if not isinstance(request, dict) or not isinstance(request.get("command"), str):
        return {}, 'no "command" that is a string'
    env = request.get("env")
    if env is not None and not (
        isinstance(env, dict) and all(isinstance(value, str) for value in env.values())
    ):
        return {}, '"env" is not an object of strings'
    if not isinstance(request.get("cwd"), (str, type(None))) or not isinstance(
        request.get("shell"), (str, type(None))
    ):
        return {}, '"cwd" and "shell" are strings'
    return request, ""


def _script(judge: Judge, args: argparse.Namespace) -> int:
    text = _read(args.script)
    found, lines = list(_statements(judge, text, args)), [*text.split("\n"), ""]
    if args.sarif:
        print(json.dumps(sarif(args.script, found), indent=2))
    elif args.json:
        for number, verdict in found:
            print(_line({"line": number, **answer(verdict)}))
    else:
        for number, verdict in found:
            if verdict.level >= 1:
                print(f"{args.script}:{number}: {verdict.level.word} ({verdict.score}): {_safe(verdict.why)}")
                print(f"    {_safe(lines[number - 1].strip()[:160])}")
                if verdict.level >= 2 and verdict.instead:
                    print(f"    instead: {_safe(verdict.instead)}")
        bad = sum(verdict.level >= 2 for _, verdict in found)
        print(f"{len(found)} statements, {bad} of them high or critical")
    return exit_status([verdict for _, verdict in found])


def _read(path: str) -> str:
    try:
        with sys.stdin.buffer if path == "-" else open(path, "rb") as handle:
            data = handle.read(MAX_SCRIPT + 1)
    except OSError as error:
        raise CaroError(f"can't read the script {path}: {error.strerror}") from error
    if len(data) > MAX_SCRIPT:
        raise CaroError(f"the script {path} is larger than 4 MiB: check its parts")
    return data.decode("utf-8", "surrogateescape")


def _statements(judge: Judge, text: str, args: argparse.Namespace) -> Iterator[tuple[int, Verdict]]:
    """(line number, verdict) of each statement; what earlier ones define holds for later ones."""
    from caro.safety.script import dialect_of, verdicts_for_script
    from caro.safety.world import World

    shell = dialect_of(text, args.shell)
    for number, verdict in verdicts_for_script(text, World(cwd=args.cwd), shell):
        yield number, judge.decided(verdict, shell, args.cwd)


def _safe(text: str) -> str:
    """Text from outside, with no control character that a terminal would obey."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _tell(verdict: Verdict) -> None:
    print(f"{verdict.level.word} ({verdict.score} of 100), action: {verdict.action.word}")
    for finding in verdict.findings[:4]:
        if finding.score >= 30:
            print(f"  {_safe(finding.why)}  [{finding.rule.id if finding.rule else finding.effect.name}]")
    for problem in verdict.problems:
        print(f"  could not be read in full: {problem}")
    if verdict.level >= 2 and verdict.instead:
        print(f"  instead: {_safe(verdict.instead)}")
    if verdict.level >= 1:
        print("  `caro explain` with the same words shows how this was found")


def sarif(place: str, found: list[tuple[int, Verdict]]) -> dict[str, Any]:
    """SARIF 2.1.0 (OASIS): one result for each statement that is moderate or above."""
    levels = {1: "note", 2: "warning", 3: "error"}
    results, rules = [], {}
    for number, verdict in found:
        if verdict.level < 1:
            continue
        top = verdict.findings[0] if verdict.findings and verdict.findings[0].score >= 30 else None
        name = top.rule.id if top and top.rule else "unreadable"
        rules[name] = {
            "id": name,
            "shortDescription": {
                "text": (top.rule.why if top and top.rule else verdict.why).replace("{target}", "a target")
            },
        }
        results.append(
            {
                "ruleId": name,
                "level": levels[int(verdict.level)],
                "message": {"text": f"{verdict.why} (score {verdict.score})"},
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": place},
                            "region": {"startLine": number},
                        }
                    }
                ],
            }
        )
    driver = {"name": "caro", "rules": list(rules.values())}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
