"""One connection to the server, kept open: HTTP/1.1 by the standard library, TLS by the system.

No redirection, no proxy, no cookie. Whatever a server does — refuse, stall, drip, babble — ends within `LONGEST`
seconds and in one of two ways: an `Answer`, or `Unreachable` with a sentence.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from caro.errors import CaroError
from caro.fleet.target import Target

CONNECT = 10.0
LONGEST = 60.0
MOST_ANSWER = 1 << 26
_ERROR_TEXT = 300


@dataclass(frozen=True)
class Answer:
    """What a server said: its status, the body, and how many seconds it asks to be left alone (0: it doesn't)."""

    status: int
    body: bytes
    retry_after: float = 0.0

    @property
    def sentence(self) -> str:
        """The beginning of its words, on one line."""
        return " ".join(self.body[:4000].decode("utf-8", "replace").split())[:_ERROR_TEXT]


class Unreachable(CaroError):
    """No answer came: nobody listens, TLS failed, the connection broke, the time was over."""


class Door:
    """The way to one server; not for several threads."""

    def __init__(self, target: Target, longest: float = LONGEST) -> None:
        self.target = target
        self._longest = longest
        self._kept: http.client.HTTPConnection | None = None

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Return the answer to one request. Raises Unreachable."""
        fresh = self._kept is None
        try:
            return self._try(method, path, body, headers)
        except (ConnectionError, http.client.RemoteDisconnected, BrokenPipeError):
            # A kept connection that the server closed meanwhile says nothing about the server.
            if fresh:
                raise Unreachable(f"{self.target.url}: the connection broke off") from None
        except Unreachable:
            raise
        try:
            return self._try(method, path, body, headers)
        except (ConnectionError, http.client.RemoteDisconnected):
            raise Unreachable(f"{self.target.url}: the connection broke off") from None

    def _try(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        url = self.target.url
        try:
            connection = self._connection()
            with self._time_limit(connection) as over:
                try:
                    connection.request(method, self.target.base + path, body, dict(headers))
                    answer = self._read(connection)
                except (OSError, http.client.HTTPException):
                    if over.is_set():
                        raise TimeoutError from None
                    raise
                # What was cut off can look whole: http.client takes the end of a connection for that of a head.
                if over.is_set():
                    raise TimeoutError
                return answer
        except TimeoutError:
            self.close()
            raise Unreachable(
                f"{url} takes the connection and answers nothing for {self._longest:.0f} s"
            ) from None
        except ssl.SSLError as error:
            self.close()
            reason = getattr(error, "verify_message", "") or error.reason or "failed"
            raise Unreachable(f"{url}: TLS: {reason}; fleet.ca_file names an authority of your own") from None
        except ConnectionRefusedError:
            self.close()
            raise Unreachable(f"{url}: nobody listens there") from None
        except (ConnectionError, http.client.RemoteDisconnected):
            self.close()
            raise
        except socket.gaierror:
            self.close()
            raise Unreachable(f"{url}: there is no such host") from None
        except http.client.HTTPException as error:
            self.close()
            raise Unreachable(f"{url}: what answers there speaks no HTTP ({type(error).__name__})") from None
        except OSError as error:
            self.close()
            raise Unreachable(f"{url}: {error.strerror or error}") from None

    def _connection(self) -> http.client.HTTPConnection:
        if self._kept is None:
            target = self.target
            wait = min(CONNECT, self._longest)
            if target.secure:
                self._kept = http.client.HTTPSConnection(
                    target.host, target.port, timeout=wait, context=tls_context(target)
                )
            else:
                self._kept = http.client.HTTPConnection(target.host, target.port, timeout=wait)
            self._kept.connect()
            if self._kept.sock is not None:
                self._kept.sock.settimeout(self._longest)
                self._kept.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._kept

    @contextlib.contextmanager
    def _time_limit(self, connection: http.client.HTTPConnection) -> Iterator[threading.Event]:
        """Cut the connection off when the whole request takes too long: a server that drips a byte now and then
        passes every limit on a single read."""
        over = threading.Event()
        sock = connection.sock

        def cut() -> None:
            over.set()
            with contextlib.suppress(OSError, AttributeError):
                sock.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self._longest, cut)
        timer.daemon = True
        timer.start()
        try:
            yield over
        finally:
            timer.cancel()

    def _read(self, connection: http.client.HTTPConnection) -> Answer:
        reply = connection.getresponse()
        body = reply.read(MOST_ANSWER)
        after = reply.getheader("Retry-After", "")
        if not reply.isclosed() or reply.will_close:
            self.close()
        return Answer(reply.status, body, float(after) if after.isascii() and after.isdigit() else 0.0)


def tls_context(target: Target) -> ssl.SSLContext:
    """Return what checks the server's certificate, by the system's authorities or `fleet.ca_file` alone."""
    try:
        return ssl.create_default_context(cafile=target.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise CaroError(f"fleet.ca_file {target.ca_file} can't be read as certificates: {error}") from None
