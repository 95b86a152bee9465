"""Put Caro's hook into an AI agent's settings, take it out, test it."""

from __future__ import annotations

import argparse
import json
import os

IN_FORCE = {
    "active": "It blocks what is critical; what is high the agent has to ask you about, or is refused it with a "
    "code for `caro allow`. Yours is another setting: [safety] mode. Less: caro config set safety.agent_mode passive",
    "passive": "[safety] agent_mode is passive: it warns and refuses nothing but what your own rules block. More: "
    "caro config set safety.agent_mode active",
    "off": "[safety] agent_mode is off: it judges nothing but your own rules. More: "
    "caro config set safety.agent_mode active",
}
"""What an installed hook does, by the mode that is in force."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, text in (
        ("install", "let the agent ask Caro before each command"),
        ("uninstall", "take the hook out; everything else in the settings stays"),
        ("status", "whether the hook is there and really refuses"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument(
            "name", nargs="*" if name == "status" else 1, metavar="NAME", help="see `caro agent list`"
        )
        if name == "status":
            action.add_argument("--json", action="store_true", help="one JSON document")
        else:
            action.add_argument("--dry-run", action="store_true", help="show what would change")
    actions.add_parser("list", help="the agents that are known, and where their settings are")


def run(args: argparse.Namespace) -> int:
    from caro.agent.hooked import find_agent, hooked_agents
    from caro.paths import Paths

    paths = Paths.of(os.environ)
    if args.action == "list":
        for agent in hooked_agents().values():
            print(f"{agent.name:<12} {agent.settings_file(os.environ, paths)}")
        return 0
    if args.action == "status":
        return _status([find_agent(name) for name in args.name] or list(hooked_agents().values()), args.json)
    from caro.agent import install

    agent = find_agent(args.name[0])
    putting_in = args.action == "install"
    plan = (install.plan_install if putting_in else install.plan_uninstall)(agent, os.environ, paths)
    if args.dry_run:
        print(plan.edit.diff() if plan.edit else "", end="")
        return 0
    (install.install if putting_in else install.uninstall)(plan, paths)
    if plan.edit is None:
        print(f"{agent.name}: nothing to do")
    else:
        done = "changed" if plan.edit.before is not None and plan.edit.after is not None else "made"
        print(f"{'removed' if plan.edit.after is None else done} {plan.edit.file}")
    if putting_in:
        from caro.agent.health import mode_in_force

        print(IN_FORCE[mode_in_force(os.environ, paths)])
        print(f"Start {agent.program} anew; `caro agent status {agent.name}` tests the hook. "
              f"Undo: caro agent uninstall {agent.name}")  # fmt: skip
    return 0


def _status(chosen: list[object], as_json: bool) -> int:
    from caro.agent.health import check_agent
    from caro.paths import Paths

    paths = Paths.of(os.environ)
    states = [check_agent(agent, os.environ, paths) for agent in chosen]  # type: ignore[arg-type]
    if as_json:
        print(json.dumps({"v": 1, "agents": [state.fields() for state in states]}))
    else:
        for state in states:
            print(f"{state.agent:<12} {state.text}")
    return int(any(state.broken for state in states))
