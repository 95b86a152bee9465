"""Which files hold secrets, by their names and folders."""

from __future__ import annotations

from caro.redact.names import is_secret_key, is_secret_name
from caro.redact.table import table


def names_file(word: str) -> bool:
    """True of the file of a secret, and of a word that names a secret itself."""
    name = word.rpartition("/")[2]
    if word.startswith("/etc/pam.d/"):
        return False
    return is_secret_key(word) or is_secret_key(name) or is_secret_file(name) or is_in_secrets(word)


def is_secret_file(name: str) -> bool:
    """True of `.pw.txt`, `.vault_pass.txt` and `ipsec.secrets`, and of `auth.txt`."""
    stem, _, ending = name.lstrip(".").partition(".")
    files = table().words["secret_files"]
    if stem in files or ending in files or (is_secret_name(stem) and ending in ("txt", "conf", "cfg")):
        return True
    return stem in table().words["login_files"] and ending in ("", "txt", "conf", "cfg")


def is_in_secrets(path: str) -> bool:
    """True of `/run/secrets/db`, not of `secrets/README.md`."""
    folder, slash, name = path.rpartition("/")
    if not slash or name.endswith((".md", '"', "'")) or name[:1] in (".", ""):
        return False
    return folder.rpartition("/")[2].lstrip("\"'") in table().words["secret_folders"]


def folder_start(text: str, at: int) -> int:
    """Return where the folder begins whose file's name stands at `at`."""
    at -= at > 0
    while at > 0 and text[at - 1] not in "/> \t\r\n":
        at -= 1
    return at
