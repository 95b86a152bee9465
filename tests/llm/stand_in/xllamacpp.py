"""Stands for the package of that name: as much of its server as `caro.llm.serving` uses, on a Unix socket.

Its "model" is a GGUF file with its answer behind the head; `broken` can't be loaded, `dies` ends at the first question.
"""

from __future__ import annotations

import json
import os
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace


class CommonParams:
    def __init__(self) -> None:
        self.model = SimpleNamespace(path="")
        self.hostnames: list[str] = []
        self.cpuparams, self.cpuparams_batch = SimpleNamespace(), SimpleNamespace()


class Server:
    def __init__(self, params: CommonParams) -> None:
        said = Path(params.model.path).read_bytes().rpartition(b"\0")[2].decode()
        if said == "broken":
            raise RuntimeError("can't load")

        class Handler(BaseHTTPRequestHandler):
            wbufsize = 0

            def address_string(self) -> str:
                return "socket"

            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()

            def do_POST(self) -> None:
                if said == "dies":
                    os._exit(9)
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert asked["messages"][-1]["role"] == "assistant" and asked["stop"] == ["\n```"]
                self.send_response(200)
                self.end_headers()
                row = {"choices": [{"delta": {"content": said}, "finish_reason": "stop"}]}
                self.wfile.write(b"data: " + json.dumps(row).encode() + b"\n\ndata: [DONE]\n\n")

        self.server = socketserver.ThreadingUnixStreamServer(params.hostnames[0], Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
