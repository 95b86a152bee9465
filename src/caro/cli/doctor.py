"""Test each part and say what to mend."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

from caro.cli.tell import answer, answer_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from caro.trace.health import Checkup, Finding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument(
        "--fix", action="store_true", help="mend what can be mended without a question, then test"
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="show what is fine, too")
    parser.add_argument("--quick", action="store_true", help="leave the tests in real shells out")
    parser.epilog = "Ends with 1 where something has to be mended."


def run(args: argparse.Namespace) -> int:
    from caro.agent.health import check_agents
    from caro.fleet.health import check_fleet
    from caro.paths import Paths
    from caro.settings import load_settings
    from caro.shell.health import check_age, check_daemon, check_grey, check_prompts, check_relay, renew
    from caro.sync.health import check_sync
    from caro.trace.health import CHECKS, HOMELESS_CHECKS, Checkup, check_log, check_shims, mend

    paths = Paths.of(os.environ)
    checkup = Checkup(os.environ, paths, load_settings(os.environ, paths))
    before: list[Finding] = []
    if args.fix:
        before = _to_mend(checkup, (check_log, check_shims, check_age))
        mend(checkup)
        renew(checkup)
    checks = (
        *CHECKS,
        check_age,
        check_daemon,
        check_relay,
        check_grey,
        check_agents,
        check_fleet,
        check_model,
        check_plugins,
        check_sync,
        check_policies,
        *(() if args.quick else (check_prompts,)),
    )
    if paths.no_home:
        checks = HOMELESS_CHECKS
    findings = [finding for check in checks for finding in check(checkup)]
    bad = any(finding.state == "bad" for finding in findings)
    mended = [finding for finding in before if finding not in findings]
    if args.json:
        told = {"mended": [asdict(finding) for finding in mended]} if args.fix else {}
        answer_json({"v": 1, "findings": [asdict(finding) for finding in findings]} | told)
    else:
        for finding in mended:
            answer(f"mended {finding.part:<7} was: {finding.text}")
        _tell(findings, args.verbose)
    return int(bad)


def _to_mend(checkup: Checkup, checks: Iterable[Callable[[Checkup], Iterable[Finding]]]) -> list[Finding]:
    """Return what is amiss of that which `--fix` mends."""
    return [finding for check in checks for finding in check(checkup) if finding.state != "ok"]


def check_plugins(checkup: Checkup) -> Iterator[Finding]:
    """Give the findings of plugins and trusted projects."""
    from caro.plugins.health import plugin_findings
    from caro.trace.health import Finding

    for state, text, cure in plugin_findings(checkup.settings, checkup.paths):
        yield Finding("plugins", state, text, cure)


def check_policies(checkup: Checkup) -> Iterator[Finding]:
    """Give the findings of a team's policies: signature, age."""
    from caro.policy.health import policy_findings
    from caro.trace.health import Finding

    for state, text, cure in policy_findings(checkup.settings, checkup.paths):
        yield Finding("policy", state, text, cure)


def check_model(checkup: Checkup) -> Iterator[Finding]:
    """Give where a language model is asked, what goes there and with which key, and whether a server on this machine
    listens; no model is asked for that."""
    from caro.trace.health import Finding

    if not checkup.settings["llm.enabled"]:
        yield Finding("model", "ok", "no language model is asked")
        return
    from caro.errors import CaroError
    from caro.llm.chosen import is_silent, leaves_machine, told

    try:
        where, sent = told(checkup.settings)
    except CaroError as problem:
        yield Finding("model", "bad", str(problem), "caro config set llm.enabled false, or mend it")
        return
    if is_silent(checkup.settings):
        yield Finding("model", "note", f"nobody answers at {where}; {sent}", "start it, or caro model detect")
        return
    state = "note" if leaves_machine(checkup.settings) else "ok"
    yield Finding("model", state, f"asked: {where}; {sent}")


def _tell(findings: list[Finding], everything: bool) -> None:
    """Print what is to be mended or worth knowing, and one line for the rest."""
    fine = [finding for finding in findings if finding.state == "ok"]
    for finding in findings:
        if everything or finding.state != "ok":
            _show(finding)
    if fine and not everything:
        parts = ", ".join(dict.fromkeys(finding.part for finding in fine))
        answer(f"ok    {len(fine)} of {len(findings)} checks: {parts}   (-v shows each)")


def _show(finding: Finding) -> None:
    marks = {"ok": "ok  ", "note": "note", "bad": "BAD "}
    answer(f"{marks[finding.state]}  {finding.part:<8} {finding.text}")
    if finding.cure:
        answer(f"{'':<15} -> {finding.cure}")
