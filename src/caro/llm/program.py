"""Any program as a backend: the words on its standard input, the command on its standard output."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process, SubprocessStreamProtocol
from collections.abc import AsyncIterator, Sequence

from caro.llm.backend import NoAnswer, Turn

LIMIT = 1 << 16


class Program:
    """`command` is the program and its words, split as a shell would, run without one."""

    def __init__(self, command: str) -> None:
        self._command = command

    @property
    def address(self) -> str:
        return f"the program {self._command}"

    async def pieces(self, turns: Sequence[Turn], prose: bool = False) -> AsyncIterator[str]:
        if prose:
            raise NoAnswer("a program gives command lines alone")
        words = next((turn.text for turn in reversed(turns) if turn.role == "user"), "")
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.subprocess_exec(
            lambda: SubprocessStreamProtocol(LIMIT, loop), *shlex.split(self._command), stdin=PIPE, stdout=PIPE,
            stderr=DEVNULL, start_new_session=True,
        )  # fmt: skip
        process = Process(transport, protocol, loop)
        assert process.stdin is not None and process.stdout is not None
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                process.stdin.write(words.encode())
                await process.stdin.drain()
            process.stdin.close()
            said = b""
            while part := await process.stdout.read(4096):
                said += part
                if len(said) > LIMIT:
                    raise NoAnswer("it says more than a command line")
            yield said.decode("utf-8", "replace")
            status = await process.wait()
            if status:
                raise NoAnswer(f"{self._command}: it ended with status {status}")
        finally:
            # Its children too: one that prints on would keep the pipe open.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            transport.close()
            await process.wait()
