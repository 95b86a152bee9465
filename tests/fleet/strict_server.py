"""A server that takes what ClickHouse and an OTLP collector take and nothing else; tests say how it fails."""

from __future__ import annotations

import contextlib
import gzip
import json
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

COLUMNS = {
    line.split()[0]
    for line in (Path(__file__).parents[2] / "src/caro/fleet/sql/schema.sql").read_text("utf-8").splitlines()
    if line.startswith("    ")
}


class StrictServer(socketserver.ThreadingTCPServer):
    """What arrived: `rows` of ClickHouse by token, `requests` of OTLP, `bodies` plain. `behave` is asked before each
    request and may answer in its place."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, version: str = "26.9.2.1", port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.version = version
        self.rows: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.wrong: list[str] = []
        self.posts = 0
        self.scheme = "http"
        self.behave: Callable[[_Handler, str], bool] = lambda handler, path: False

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"

    @property
    def ids(self) -> list[str]:
        return [row["id"] for row in self.rows]

    def secure(self, certificate: Path, key: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.scheme = "https"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients are killed here all the time."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: StrictServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.posts += 1
        self.server.bodies.append(body)
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        if self.server.behave(self, self.path):
            return
        parts = urlsplit(self.path)
        try:
            if parts.path.startswith("/v1/"):
                self._collect(parts.path, body)
            else:
                self._insert(parse_qs(parts.query, strict_parsing=True) if parts.query else {}, body)
        except (ValueError, KeyError, AssertionError, TypeError) as error:
            self.server.wrong.append(repr(error))
            self.reply(400, f"Code: 27. refused: {error!r}".encode())

    def _insert(self, options: dict[str, list[str]], body: bytes) -> None:
        if body == b"SELECT version()":
            return self.reply(200, self.server.version.encode() + b"\n")
        if body.startswith(b"SELECT"):
            return self.reply(200, b'{"meta":[{"name":"n"}],"data":[{"n":1}]}')
        assert options["query"] == ["INSERT INTO caro.events FORMAT JSONEachRow"], options
        rows = [json.loads(line) for line in body.splitlines()]
        for row in rows:
            assert set(row) <= COLUMNS | {"truncated"}, set(row) - COLUMNS
            assert isinstance(row["id"], str) and row["ts"].endswith("Z") and row["host"], row
        token = options.get("insert_deduplication_token", [""])[0]
        assert bool(token) == (self.server.version >= "22.2"), token
        if not token or token not in self.server.tokens:
            self.server.rows += rows
            self.server.tokens.add(token)
        return self.reply(200, b"")

    def _collect(self, path: str, body: bytes) -> None:
        assert self.headers["Content-Type"] == "application/json"
        request = json.loads(body)
        name, scope, items = {
            "/v1/logs": ("resourceLogs", "scopeLogs", "logRecords"),
            "/v1/traces": ("resourceSpans", "scopeSpans", "spans"),
        }[path]
        for resource in request[name]:
            assert {pair["key"] for pair in resource["resource"]["attributes"]} >= {
                "service.name",
                "host.name",
            }
            for item in [item for one in resource[scope] for item in one[items]]:
                times = [item[key] for key in item if key.endswith("UnixNano")]
                assert times and all(isinstance(each, str) and each.isdigit() for each in times), item
                assert len(item.get("spanId", "0" * 16)) == 16 and len(item.get("traceId", "0" * 32)) == 32
        self.server.requests.append((path, request))
        self.reply(200, b'{"partialSuccess":{}}')

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def strict_server(version: str = "26.9.2.1", port: int = 0) -> Iterator[StrictServer]:
    server = StrictServer(version, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answering(status: int, body: bytes = b"no", **headers: str) -> Callable[[_Handler, str], bool]:
    """Return a behaviour: this answer to every batch."""

    def behave(handler: _Handler, path: str) -> bool:
        if path == "/":
            return False
        handler.reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return True

    return behave


def stalling(handler: _Handler, path: str) -> bool:
    """Take the request and answer nothing."""
    handler.connection.settimeout(30)
    with contextlib.suppress(OSError):
        handler.connection.recv(1)
    handler.close_connection = True
    return True


def dripping(handler: _Handler, path: str) -> bool:
    """Send a byte of the head now and then."""
    with contextlib.suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(0.02)
    handler.close_connection = True
    return True
