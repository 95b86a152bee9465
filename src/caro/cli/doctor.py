"""Test each part and say what to mend."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.epilog = "Ends with 1 where something has to be mended."


def run(args: argparse.Namespace) -> int:
    from caro.agent.health import check_agents
    from caro.paths import Paths
    from caro.settings import load_settings
    from caro.trace.health import CHECKS, Checkup

    paths = Paths.of(os.environ)
    checkup = Checkup(os.environ, paths, load_settings(os.environ, paths))
    findings = [finding for check in (*CHECKS, check_agents) for finding in check(checkup)]
    bad = any(finding.state == "bad" for finding in findings)
    if args.json:
        import json

        print(json.dumps({"v": 1, "findings": [asdict(finding) for finding in findings]}))
        return int(bad)
    marks = {"ok": "ok  ", "note": "note", "bad": "BAD "}
    for finding in findings:
        print(f"{marks[finding.state]}  {finding.part:<8} {finding.text}")
        if finding.cure:
            print(f"{'':<15} -> {finding.cure}")
    return int(bad)
