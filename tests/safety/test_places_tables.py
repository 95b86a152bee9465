"""Tables of places are joined into one pattern each, with the heads they share written once: no entry may mean
something else in there than alone."""

from __future__ import annotations

import re
from re import _constants, _parser  # type: ignore[attr-defined]

from caro.knowledge import places
from caro.safety import targets

TABLES = {
    name: table
    for name, table in vars(places).items()
    if isinstance(table, tuple) and table and all(isinstance(entry, str) for entry in table)
}
PATHS = tuple(
    "/ /tmp/x /etc/shadow /srv/p/.env /srv/p/.env.example ~/.ssh/id_rsa .ssh .npmrc /home/u/.npmrc a.pem /dev/kmem"
    " /var/run/secrets/x /srv/run/secrets/x /home/u/.config/caro/config.toml x/bin/caro-hook /dev/shm/caro-1"
    " /srv/dev/shm/caro-1 .claude/settings.json /home/u/.codex/hooks.json /etc/cron.d/x .bashrc /home/u/.bashrc"
    " /srv/etc/codex/a.toml /etc/codex/a.toml Cookies /x/Cookies".split()
)


def test_no_entry_with_a_head_has_alternatives_beside_it() -> None:
    for name, table in TABLES.items():
        for entry in table:
            parsed = _parser.parse(entry)
            lone = len(parsed) == 1 and parsed[0][0] is _constants.BRANCH
            assert not (lone and entry.startswith(targets.HEADS)), (name, entry)


def test_a_joined_table_matches_where_one_of_its_entries_does() -> None:
    for name in ("SECRETS", "OWN", "AGENT_SETTINGS", "RUN_LATER", "PRIVATE", "PUBLIC"):
        joined = targets.any_of(TABLES[name])
        for path in PATHS:
            alone = any(re.search(entry, path) for entry in TABLES[name])
            assert bool(joined.search(path)) is alone, (name, path)
