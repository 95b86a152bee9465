"""Find servers of language models on this machine."""

from __future__ import annotations

import argparse
import json

from caro.printable import printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    detect = actions.add_parser("detect", help="ask the usual ports of this machine which models run there")
    detect.add_argument(
        "--port", type=int, action="append", metavar="N", help="ask this port instead; may be repeated"
    )
    detect.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    from caro.llm.detect import PORTS, detect

    ports = [(port, kind) for port in args.port or () for kind in ("ollama", "openai")] or PORTS
    found = detect(ports)
    if args.json:
        rows = [
            {"backend": server.kind, "url": server.url, "models": list(server.models)} for server in found
        ]
        print(json.dumps({"v": 1, "servers": rows}))
        return 0
    for server in found:
        print(f"{server.url}  {server.kind}  {printable(', '.join(server.models) or 'no model')}")
    if found:
        first = found[0]
        print(
            f"\nTo use it:\n  caro config set llm.url {first.url}\n  caro config set llm.backend {first.kind}"
        )
        if first.models:
            print(f"  caro config set llm.model {printable(first.models[0])}")
        print("  caro config set llm.enabled true")
    else:
        print("no server of a model answers on this machine")
    return 0
