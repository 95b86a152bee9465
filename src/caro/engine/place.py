"""Reads the place where a question's words would run, as the value that the rules look at."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from caro.engine.question import Question
from caro.machine.world_reader import read_world
from caro.paths import Paths
from caro.regular_file import read_text_file
from caro.settings import Settings, log_file, socket_file

if TYPE_CHECKING:
    from caro.safety.world import World


class Place:
    """This machine and user: what holds for every question, and the reader of the rest."""

    def __init__(self, settings: Settings, env: Mapping[str, str]) -> None:
        paths = Paths.of(env)
        self.home = env.get("HOME", "")
        self.host = os.uname().nodename
        own = (str(log_file(settings, paths)), str(socket_file(env, paths)))
        self.own_files = (*own, *hooked_settings(paths))

    def world_of(self, question: Question) -> World:
        """Return folder, repository, mounts, contexts: from files alone, each bounded (world_reader.py)."""
        from caro.safety.world import World

        env = question.env
        if question.nowhere:
            return World(cwd=question.cwd, variables=env, home=env.get("HOME"), agent=question.agent)
        home = env.get("HOME", self.home) or None
        return World(
            cwd=question.cwd,
            home=home,
            root=os.geteuid() == 0,
            agent=question.agent,
            tty=question.tty,
            host=self.host,
            variables=env,
            variables_known=not question.cut,
            aliases=question.aliases,
            own_files=self.own_files,
            created=question.made,
            **read_world(question.words, question.cwd, home, env),
        )


def hooked_settings(paths: Paths) -> list[str]:
    """Return the settings of agents that have Caro's hook, as `caro agent install` has noted them."""
    found = []
    for record in sorted((paths.state / "agents").glob("*.json")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            found.append(str(json.loads(read_text_file(record))["file"]))
    return found
