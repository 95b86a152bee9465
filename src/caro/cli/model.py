"""Add, choose and forget models for `caro ask`; find servers of models on this machine."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from caro.printable import printable

if TYPE_CHECKING:
    from caro.llm.models import Model, Models


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add a GGUF file that you have; it stays where it is")
    add.add_argument("file", help="the file; its licence and SHA-256 are shown")
    add.add_argument("--name", help="what to call it (default: as the file)")
    listed = actions.add_parser("list", help="the models that were added")
    for one in (add, listed):
        one.add_argument("--json", action="store_true", help="print JSON")
    use = actions.add_parser("use", help="let `caro ask` ask this model, in a process of the daemon")
    use.add_argument("name")
    forget = actions.add_parser("rm", help="forget a model; its file stays")
    forget.add_argument("name")
    detect = actions.add_parser("detect", help="ask the usual ports of this machine which models run there")
    detect.add_argument(
        "--port", type=int, action="append", metavar="N", help="ask this port instead; may be repeated"
    )
    detect.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    return _ACTIONS[args.action](args)


def _models() -> Models:
    from caro.llm.models import Models
    from caro.paths import Paths

    return Models(Paths.of().models)


def _add(args: argparse.Namespace) -> int:
    model = _models().add(Path(args.file), args.name or "")
    _show([model], args.json)
    if not args.json:
        print(f"\nTo use it:\n  caro model use {model.name}", file=sys.stderr)
    return 0


def _list(args: argparse.Namespace) -> int:
    models = _models().all()
    _show(models, args.json)
    if not models and not args.json:
        print("no model was added: caro model add FILE.gguf", file=sys.stderr)
    return 0


def _use(args: argparse.Namespace) -> int:
    from caro.cli.config import set_key
    from caro.paths import Paths
    from caro.settings import load_settings

    model, paths = _models().checked(args.name), Paths.of()
    set_key("llm.backend", ["embedded"], paths)
    set_key("llm.model", [model.name], paths)
    print(f"{model.name} answers from now on, in a process of the daemon")
    if find_spec("xllamacpp") is None:
        print("caro: llama.cpp is not installed here: pipx install --force '.[model]'", file=sys.stderr)
    if not load_settings(os.environ)["llm.enabled"]:
        print("caro: models are switched off: caro config set llm.enabled true", file=sys.stderr)
    return 0


def _rm(args: argparse.Namespace) -> int:
    gone = _models().remove(args.name)
    print(f"{gone.name} is forgotten; {printable(gone.file)} stays")
    return 0


def _show(models: Sequence[Model], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"v": 1, "models": [asdict(model) for model in models]}))
        return
    for model in models:
        title = printable(f"{model.title or model.name}, {model.architecture or 'architecture unknown'}")
        print(f"{model.name}  {model.size / 1e6:.0f} MB  {title}")
        print(f"    licence: {printable(model.licence or 'the file names none')}")
        print(f"    sha256:  {model.sha256}")
        print(f"    file:    {printable(model.file)}")


def _detect(args: argparse.Namespace) -> int:
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


_ACTIONS = {"add": _add, "list": _list, "use": _use, "rm": _rm, "detect": _detect}
