"""Disks and volumes: which operand is written to."""

from __future__ import annotations

import re

from caro.safety.call import Call, decider, file_stream
from caro.safety.deciders.reading import read_secret
from caro.safety.effects import Effect
from caro.safety.streams import EMPTY, Stream
from caro.safety.values import OPEN, Arg, arg, shown


def _operand(call: Call, key: str) -> Arg | None:
    for word in call.argv[1:]:
        if word.startswith(key + "="):
            value = arg(word[len(key) + 1 :], word.glob)
            value.stream = word.stream
            return value
    return None


@decider("dd")
def dd(call: Call) -> Stream | None:
    """Judge dd(1) (POSIX dd): operands without dashes; `of=` is written, `if=` is read."""
    source, target = _operand(call, "if"), _operand(call, "of")
    stream = file_stream(source, call.state) if source is not None else call.stdin
    if _operand(call, "count") is not None and "noise" in stream.tags:
        stream = EMPTY
    if target is None:
        if source is not None:
            read_secret(call, [source])
        return Stream(None, stream.tags, (), stream.source)
    if OPEN in target and target.startswith(("/dev/", OPEN)):
        call.effect("write_device", target, "variable")
        return EMPTY
    if source == "/dev/null" and not target.startswith("/dev/"):
        call.emit(Effect("overwrite", "dd", facts=frozenset({"empty", "explicit"})), [target])
    call.write(target, stream)
    return EMPTY


@decider("fallocate")
def fallocate(call: Call) -> Stream | None:
    """Judge fallocate(1) (util-linux): a file of a terabyte or more fills nearly every disk."""
    if call.arguments.has("-p", "--punch-hole", "-z", "--zero-range", "-c", "--collapse-range"):
        facts = frozenset({"empty", "explicit"})
        call.emit(Effect("overwrite", call.name, facts=facts), call.arguments.positional)
    size = call.arguments.value("-l", "--length") or ""
    match = re.fullmatch(r"(\d+)\s*([KMGTPE]?)i?B?", size)
    if match and int(match[1]) * 1024 ** " KMGTPE".index(match[2] or " ") >= 10**12:
        call.effect("exhaust", size, "", "fills_disk")
    return EMPTY


@decider("device")
def device(call: Call) -> Stream | None:
    """Judge mkfs(8), wipefs(8) and their kind: a device loses what it holds, an image file does not matter."""
    operands = call.arguments.positional
    paths = [word for word in operands if word.startswith(("/dev/", OPEN)) or call.scope(word) == "device"]
    named = [
        word for word in operands if re.search(r"\.(img|iso|raw|qcow2|vmdk|bin|ext4|fs|disk|squashfs)$", word)
    ]
    if paths:
        for path in paths:
            call.effect("write_device", path, "device", *call.state.facts)
    elif operands and not named and call.name == "mkfs" and not operands[0].startswith((".", "/tmp")):
        return EMPTY
    return EMPTY


_SHOWS: dict[str, tuple[str, ...]] = {
    "fdisk": ("-l", "--list", "-s", "-x", "-V", "-v"),
    "parted": ("-l", "--list", "-v"),
    "sgdisk": ("-p", "--print", "-v", "--verify", "-i", "--info", "-b", "--backup", "-E", "-F", "-L", "-V"),
    "gdisk": ("-l",),
    "sfdisk": (
        "-d",
        "--dump",
        "-l",
        "--list",
        "-J",
        "--json",
        "-g",
        "-s",
        "-T",
        "-V",
        "--verify",
        "-n",
        "--no-act",
        "-F",
    ),
    "gpart": ("show", "list", "status", "backup"),
}
_CHANGES = (
    "-Z",
    "--zap-all",
    "-o",
    "--clear",
    "--zap",
    "--delete",
    "-d",
    "-n",
    "-t",
    "-G",
    "-R",
    "-g",
    "-l",
    "-u",
    "-m",
)


@decider("partition")
def partition(call: Call) -> Stream | None:
    """Judge fdisk(8), parted(8), sgdisk(8), sfdisk(8): showing is harmless, anything scripted is not."""
    arguments = call.arguments
    words = [str(word) for word in arguments.positional]
    shows = arguments.has(*_SHOWS.get(call.name, ("-l", "--list")))
    if shows and not (call.name == "sgdisk" and arguments.has(*_CHANGES)):
        return EMPTY
    if call.name == "parted" and (len(words) < 2 or words[1] in ("print", "unit", "help", "align-check")):
        changing = {"mklabel", "rm", "mkpart", "mktable", "resizepart"}
        if not changing & set(words):
            return EMPTY
    devices = [word for word in words if word.startswith("/dev/")]
    scripted = call.stdin is not EMPTY
    if devices and (len(words) > 1 or len(call.argv) > 2 or scripted):
        call.effect("write_device", devices[0], "device")
    return EMPTY


@decider("hdparm")
def hdparm(call: Call) -> Stream | None:
    """Judge hdparm(8): the security-erase options and those that the manual calls dangerous."""
    if any(
        word.startswith(
            (
                "--security-erase",
                "--trim-sector",
                "--write-sector",
                "--make-bad",
                "--fwdownload",
                "--security-set-pass",
                "--dco-restore",
                "--sanitize",
            )
        )
        for word in call.argv
    ):
        call.effect(
            "write_device", call.arguments.positional[-1] if call.arguments.positional else "", "device"
        )
    return EMPTY


@decider("diskutil")
def diskutil(call: Call) -> Stream | None:
    """Judge diskutil(8) of macOS: its verbs that erase or partition."""
    verb = call.argv[1].lower() if len(call.argv) > 1 else ""
    if verb.startswith(("erase", "secureerase", "zero", "random", "partition", "reformat")) or (
        verb in ("apfs", "cs", "corestorage")
        and any(w.lower().startswith(("delete", "erase")) for w in call.argv[2:3])
    ):
        call.effect("write_device", shown(call.argv[-1]), "device")
    return EMPTY


@decider("mount")
def mount(call: Call) -> Stream | None:
    """Judge mount(8): a folder mounted over one that the system lives from, or remounted writable."""
    options = " ".join(call.arguments.all_values("-o", "--options"))
    operands = call.arguments.positional
    if re.search(r"(^|,)suid\b", options):
        call.effect("gain_privilege", " ".join(operands), "", "setuid")
    elif "remount" in options and re.search(r"\bro\b", options) and "/" in operands:
        call.effect("break_boot", "/", "", "unmount")
    elif "remount" in options and re.search(r"\brw\b", options) and "/" in operands:
        call.effect("lower_defence", "/", "root", "remount")
    elif (
        (call.arguments.has("--bind", "-B", "--rbind") or re.search(r"(^|,)r?bind\b", options))
        and len(operands) == 2
        and call.scope(operands[1]) in ("system", "system_part", "vital")
    ):
        call.effect("overwrite", operands[1], "system_part")
    elif (
        "tmpfs" in call.arguments.all_values("-t", "--types")
        and operands
        and call.scope(operands[-1]) == "system"
    ):
        call.effect("overwrite", operands[-1], "system")
    return EMPTY


_LIVED_IN = frozenset("/home /var /usr /boot /boot/efi /opt /srv /var/lib /Users".split())


@decider("umount")
def umount(call: Call) -> Stream | None:
    """Judge umount(8): of what everything stands on."""
    if call.arguments.has("-a", "--all") or "/" in call.arguments.positional:
        call.emit(Effect("break_boot", "umount", facts=frozenset({"unmount"})), [])
    elif call.arguments.has("-f", "--force", "-l", "--lazy"):
        lived_in = [path for path in call.arguments.positional if path in _LIVED_IN]
        if lived_in:
            call.emit(Effect("break_boot", "umount", base=55), lived_in)
    return EMPTY
