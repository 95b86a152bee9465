"""Put Caro's hook into an AI agent's settings, take it out, test it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING

from caro.cli.asking import says_yes

if TYPE_CHECKING:
    from caro.agent.hooked import HookedAgent
    from caro.paths import Paths

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
    install = actions.add_parser(
        "install", help="let the agent ask Caro before each command, and each file it touches"
    )
    install.add_argument(
        "name", nargs="*", metavar="NAME", help="default: offers those that are on this machine"
    )
    install.add_argument(
        "--trust",
        action="store_true",
        help="say yes for you where the agent asks whether it may trust the hook (codex)",
    )
    uninstall = actions.add_parser(
        "uninstall", help="take the hook out; everything else in the settings stays"
    )
    uninstall.add_argument("name", nargs=1, metavar="NAME", help="see `caro agent list`")
    for action in (install, uninstall):
        action.add_argument("--dry-run", action="store_true", help="show what would change")
    status = actions.add_parser("status", help="whether the hook is there and really refuses")
    status.add_argument("name", nargs="*", metavar="NAME", help="see `caro agent list`")
    listed = actions.add_parser(
        "list", help="the agents that are known: found, installed, tested, and their settings"
    )
    actions.add_parser(
        "mcp",
        help="answer an agent that speaks the Model Context Protocol, on standard input: check, fix, explain "
        "(pipx install --force '.[mcp]')",
    )
    for action in (status, listed):
        action.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    from caro.agent.hooked import find_agent, hooked_agents
    from caro.paths import Paths

    if args.action == "mcp":
        from caro.cli.agent_mcp import serve

        return serve()
    paths = Paths.of(os.environ)
    if args.action == "list":
        return _list(paths, args.json)
    if args.action == "status":
        return _status([find_agent(name) for name in args.name] or list(hooked_agents().values()), args.json)
    chosen = [find_agent(name) for name in args.name] or _offered(paths)
    for agent in chosen:
        _change(agent, args, paths)
    return 0


def _change(agent: HookedAgent, args: argparse.Namespace, paths: Paths) -> None:
    from caro.agent import install

    putting_in = args.action == "install"
    plan = (install.plan_install if putting_in else install.plan_uninstall)(agent, os.environ, paths)
    if args.dry_run:
        print(plan.edit.diff() if plan.edit else "", end="")
        return
    (install.install if putting_in else install.uninstall)(plan, paths)
    if plan.edit is None:
        print(f"{agent.name}: nothing to do")
    else:
        done = "changed" if plan.edit.before is not None and plan.edit.after is not None else "made"
        print(f"{'removed' if plan.edit.after is None else done} {plan.edit.file}")
    if putting_in:
        _tell_what_holds(agent, args.trust, paths)


def _tell_what_holds(agent: HookedAgent, yes: bool, paths: Paths) -> None:
    from caro.agent.health import mode_in_force

    if agent.trust:
        _lead_through_trust(agent, yes, paths)
    print(IN_FORCE[mode_in_force(os.environ, paths)])
    print(f"Start {agent.program} anew; `caro agent status {agent.name}` tests the hook. "
          f"Undo: caro agent uninstall {agent.name}")  # fmt: skip


def _lead_through_trust(agent: HookedAgent, yes: bool, paths: Paths) -> None:
    """Ask the person for the trust that the agent asks for, and record it; else say what is still to be done."""
    from caro.agent.install import note_written
    from caro.agent.trust import UNTRUSTED, give_trust, trust_of
    from caro.errors import CaroError

    trust = trust_of(agent, os.environ, paths)
    if trust is None or trust.trusted:
        return
    question = f"{agent.program} runs a hook only once you trust it. Let it trust this one? [Y/n] "
    try:
        if yes or _says_yes(question):
            give_trust(agent, os.environ, paths)
            note_written(agent, paths)
            print(f"{agent.program} trusts the hook now, as if you had said so in its /hooks.")
            return
    except CaroError as error:
        print(f"caro: {error}", file=sys.stderr)
    print(f"caro: {agent.program} {UNTRUSTED}, until you say so: caro agent install {agent.name} --trust, or /hooks in "
          f"{agent.program}", file=sys.stderr)  # fmt: skip


def _says_yes(question: str) -> bool:
    from caro.machine.agent_ancestry import agent_above, at_a_terminal

    if not (sys.stdin.isatty() and at_a_terminal(os.getpid())) or agent_above(os.environ):
        return False
    return says_yes(question, default=True)


def _offered(paths: Paths) -> list[HookedAgent]:
    """Return the agents that the person chose of those that are on this machine and have no hook yet."""
    from caro.agent.found import found_agents
    from caro.agent.health import check_agent
    from caro.errors import UsageError

    found = found_agents(os.environ, paths)
    if not found:
        raise UsageError("no agent is found on this machine; name one: see `caro agent list`")
    states = [(agent, check_agent(agent, os.environ, paths)) for agent in found]
    open_ones = [agent for agent, state in states if state.broken or not state.installed]
    for agent, state in states:
        print(f"{agent.name:<12} {state.text}")
    if not open_ones:
        return []
    names = " ".join(agent.name for agent in open_ones)
    if not sys.stdin.isatty():
        raise UsageError(f"which? caro agent install {names}")
    return [
        agent for agent in open_ones if _says_yes(f"Let {agent.name} ask Caro before each command? [Y/n] ")
    ]


def _list(paths: Paths, as_json: bool) -> int:
    from caro.agent.found import found_agents
    from caro.agent.health import check_agent
    from caro.agent.hooked import hooked_agents

    found = {agent.name for agent in found_agents(os.environ, paths)}
    rows = []
    for agent in hooked_agents().values():
        state = check_agent(agent, os.environ, paths)
        tested = "refuses" if state.refuses else "broken" if state.broken else ""
        rows.append(state.fields() | {"found": agent.name in found, "tested": tested})
    if as_json:
        print(json.dumps({"v": 1, "agents": rows}))
        return 0
    print(f"{'AGENT':<12} {'FOUND':<6} {'INSTALLED':<10} {'TESTED':<8} SETTINGS")
    for row in rows:
        words = ("yes" if row["found"] else "-", "yes" if row["installed"] else "-", row["tested"] or "-")
        print(f"{row['agent']:<12} {words[0]:<6} {words[1]:<10} {words[2]:<8} {row['file']}")
    return 0


def _status(chosen: list[HookedAgent], as_json: bool) -> int:
    from caro.agent.health import check_agent
    from caro.paths import Paths

    paths = Paths.of(os.environ)
    states = [check_agent(agent, os.environ, paths) for agent in chosen]
    if as_json:
        print(json.dumps({"v": 1, "agents": [state.fields() for state in states]}))
    else:
        for state in states:
            print(f"{state.agent:<12} {state.text}")
    return int(any(state.broken for state in states))
