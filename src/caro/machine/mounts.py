"""Where other disks and other machines' files hang in the tree: Linux, from /proc/self/mounts (proc(5)).

Elsewhere the file is missing and nothing is known. What the kernel makes up (proc, cgroups, tmpfs, overlays) is
left out: nothing of a person's lies there.
"""

from __future__ import annotations

import re

from caro.machine.git_state import read_small

MAX_MOUNTS = 200
MOUNTS = "/proc/self/mounts"
_REAL = re.compile(
    r"(ext[234]|xfs|btrfs|zfs|f2fs|jfs|reiserfs|bcachefs|vfat|exfat|ntfs3?|hfs(plus)?|apfs|nfs4?|cifs|smb3|9p|ceph"
    r"|glusterfs|fuse\.(?!portal|gvfsd|snapfuse|lxcfs)[\w.-]+|fuseblk|virtiofs|afs|iso9660|udf|vboxsf|drvfs)"
)
_ESCAPE = re.compile(r"\\([0-7]{3})")


def mount_points(path: str = MOUNTS) -> tuple[str, ...]:
    """Absolute paths, never `/` itself."""
    found = []
    for line in read_small(path).splitlines():
        fields = line.split(" ")
        if len(fields) > 2 and fields[1] != "/" and _REAL.fullmatch(fields[2]):
            found.append(_ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[1]))
        if len(found) == MAX_MOUNTS:
            break
    return tuple(found)
