"""The machine: processes, services, users, kernel, firewall, cron."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from caro.parse.pattern import pattern
from caro.safety import flows, targets
from caro.safety.call import Call, decider
from caro.safety.effects import Effect
from caro.safety.instead import typed
from caro.safety.own_process import hits_own_program, names_own_program
from caro.safety.streams import EMPTY, UNKNOWN_STREAM, Stream
from caro.safety.values import HOME, OPEN, Arg, shown

_SIGNALS = pattern(r"-(?:\d+|SIG\w+|[A-Z]{3,6}\d*|s)$")


@decider("kill")
def kill(call: Call) -> Stream | None:
    """Judge kill(1): process -1 means every process that one may signal; -0 and -l send nothing."""
    words = [str(word) for word in call.argv[1:]]
    if words[:1] in (["-l"], ["-L"], ["-0"], ["--list"]):
        return EMPTY
    hard = (
        any(word in ("-9", "-KILL", "-SIGKILL", "-s9") for word in words)
        or "KILL" in words
        or "SIGKILL" in words
        or "9" in words[1:2]
    )
    # the first -N is the signal, a second one is a process group; -1 alone after a signal is everybody
    targets_ = words[1:] if words and _SIGNALS.match(words[0]) and words[0] != "-s" else words
    if words[:1] == ["-s"] or words[:1] == ["-n"]:
        targets_ = words[2:]
    if ("-1" in targets_ and len(words) > 1) or words == ["--", "-1"]:
        call.effect("exhaust", "every process", "", "kill_all")
    elif any(target == "1" for target in targets_) and not _RELOADS.search(" ".join(words)):
        call.effect("exhaust", "process 1", "", "kill_init")
    elif any(target == "4242" for target in targets_) and hard:
        call.effect("tamper_audit", "this shell, before it writes its history", "", "kill_shell")
    elif hard and any(
        word.stream is not None and "data_process" in word.stream.tags for word in call.argv[1:]
    ):
        call.effect("exhaust", "a process that keeps data", "", "kill_vital")
    elif any(word.stream is not None and "vital_process" in word.stream.tags for word in call.argv[1:]):
        call.effect("exhaust", "a process that the machine lives from", "", "kill_vital")
    elif any(word.stream is not None and "every_process" in word.stream.tags for word in call.argv[1:]):
        call.effect("exhaust", "every process", "", "kill_all")
    return EMPTY


_RELOADS = pattern(r"(^|\s)-?(-s\s*|-n\s*)?(SIG)?(HUP|USR1|USR2|CONT|WINCH|1|10|12)\s+1$")
"""Signals at which the first process reads its settings again, or that a container's program gives its own meaning."""

_VITAL_PROCESS = pattern(
    r"^(init|systemd(-\w+)?|sshd|dockerd|containerd|kubelet|Xorg|gdm3?"
    r"|NetworkManager|dbus(-daemon)?|launchd|WindowServer|auditd|rsyslogd"
    r"|falco\w*|crowdstrike\w*|falcon-sensor|osqueryd"
    r"|(ba|z|fi|da)?sh|postgres|mysqld|mongod|redis-server|loginwindow|agetty|cron)$"
)


@decider("pkill")
def pkill(call: Call) -> Stream | None:
    """Judge pkill(1) and killall(1): of everybody, of a whole user, or of what the machine lives from."""
    arguments = call.arguments
    words = [str(word) for word in arguments.positional]
    hard = any(option in arguments.options for option in ("-9", "-KILL", "-SIGKILL")) or arguments.value(
        "-s", "--signal"
    ) in ("9", "KILL", "SIGKILL")
    if arguments.has("-l", "--list", "-0") and not hard:
        return EMPTY
    exact = arguments.has("-x", "--exact") or (call.name == "killall" and not arguments.has("-r", "--regexp"))
    user = arguments.value("-u", "--euid", "-U", "--uid", "--user")
    if user is not None and not words:
        call.effect("exhaust", f"every process of {shown(user)}", "", "kill_user")
    elif (
        ("-1" in arguments.options and hard)
        or any(word in (".", ".*", "", "-1", "*", "^") for word in words)
        or call.name == "killall5"
    ):
        call.effect("exhaust", "every process", "", "kill_all")
    elif _ends_own_program(call, words, exact):
        call.effect("tamper_audit", " ".join(words) or "Caro", "", "own")
    elif any(_VITAL_PROCESS.match(word) for word in words):
        guards = re.compile(r"auditd|rsyslogd|falco|osqueryd|crowdstrike")
        if any(guards.search(word) for word in words):
            call.effect("tamper_audit", " ".join(words), "", "daemon")
        else:
            call.effect("exhaust", " ".join(words), "", "kill_vital")
    return EMPTY


def _ends_own_program(call: Call, words: list[str], exact: bool) -> bool:
    named = any(names_own_program(word) for word in call.argv[1:] if not word.startswith("-"))
    return named or any(hits_own_program(word, exact) for word in words)


_DEFENCE_UNIT = pattern(
    r"^(firewalld|ufw|nftables|iptables\S*|apparmor|fail2ban|clamav\S*|selinux\S*|falco\S*|crowdsec"
    r"|crowdstrike\S*|falcon-sensor|osqueryd|wazuh\S*|aide\S*)(\.service)?$"
)
_AUDIT_UNIT = pattern(r"^(auditd|rsyslog|syslog\S*|systemd-journald\S*|journald|caro\S*)(\.\w+)?$")
_VITAL_UNIT = pattern(
    r"^(sshd?|network\w*|NetworkManager|systemd-networkd|systemd-resolved|dbus|docker|containerd"
    r"|kubelet|gdm3?|lightdm|sddm|display-manager|mysqld?|mariadb|postgresql\S*|mongod|redis\S*|nginx"
    r"|apache2|httpd"
    r"|haproxy|crond?|systemd-logind|getty\S*|wpa_supplicant|networking|\*|multi-user|graphical|etcd"
    r"|k3s|consul|vault|nomad|rabbitmq\S*|kafka\S*|elasticsearch|libvirtd|named|bind9)(\.\w+)?$"
)


@decider("systemctl")
def systemctl(call: Call) -> Stream | None:
    """Judge systemctl(1): units that are stopped, disabled, masked; power verbs; the manager itself."""
    words = [str(word) for word in call.arguments.positional]
    verb, units = (words[0] if words else ""), words[1:]
    user = call.arguments.has("--user")
    if verb in (
        "reboot",
        "poweroff",
        "halt",
        "kexec",
        "rescue",
        "emergency",
        "suspend",
        "hibernate",
        "soft-reboot",
        "exit",
    ):
        if verb not in ("suspend", "hibernate") and (call.state.world.agent or not (user and verb == "exit")):
            call.effect("break_boot", verb, "", "power")
    elif verb == "isolate" or (
        verb == "set-default" and any(u.startswith(("poweroff", "reboot", "halt", "rescue")) for u in units)
    ):
        call.effect("break_boot", " ".join(words), "", "power")
    elif verb in ("stop", "disable", "mask", "kill", "freeze"):
        _stops(call, verb, units, user)
    elif (
        verb in ("enable", "link", "edit", "start", "restart", "reenable")
        and any("/tmp/" in unit or "/dev/shm" in unit or unit.startswith("\ue000") for unit in units)
    ) or (verb == "enable" and any(_was_put_here(call, unit) is not None for unit in units)):
        put = [stream for unit in units if (stream := _was_put_here(call, unit)) is not None]
        own = bool(put) and all("own_job" in stream.tags for stream in put)
        own = own and not call.state.world.agent and not call.arguments.has("--now")
        call.effect("persist", " ".join(units), "", "unit", *(["own_job"] if own else []))
    return EMPTY


def _was_put_here(call: Call, unit: str) -> Stream | None:
    """Return what the line itself wrote or copied as the unit; None where it did not."""
    name = unit if "." in unit else unit + ".service"
    folders = ("/etc/systemd/system/", "/lib/systemd/system/", "/usr/lib/systemd/system/")
    paths = [targets.resolve(unit, call.state.cwd), *(folder + name for folder in folders)]
    return next((call.state.files[path] for path in paths if path in call.state.files), None)


_WAITS = pattern(r"-wait-online(\.service)?$|^systemd-networkd-wait-online@")
"""Units that only hold up the start of others (systemd-networkd-wait-online.service(8))."""


def _stops(call: Call, verb: str, units: list[str], user: bool) -> None:
    core = re.compile(
        r"^(systemd-(logind|udevd|journald|networkd)|dbus|multi-user\.target|default\.target|basic\.target|sysinit\.target)"
    )
    if not user and ("*" in units or (call.arguments.has("--all") and not units)):
        call.effect("exhaust", "every service", "", "kill_vital")
        return
    units = [unit for unit in units if not _WAITS.search(unit)]
    if not user and verb in ("mask", "disable") and any(core.match(unit) for unit in units):
        call.effect("break_boot", " ".join(units), "", verb, instead=f"systemctl status {typed(units)}")
        return
    own = any(fnmatchcase(f"caro{kind}", unit) for unit in units for kind in ("", ".service", "d.service"))
    if own or any(_AUDIT_UNIT.match(unit) for unit in units):
        call.effect("tamper_audit", " ".join(units), "", "daemon")
    elif any(_DEFENCE_UNIT.match(unit) for unit in units):
        call.effect("lower_defence", " ".join(units), "", "unit")
    elif any(_VITAL_UNIT.match(unit) for unit in units) and not user:
        network = any(
            re.match(r"(ssh|network|NetworkManager|systemd-networkd|wpa|networking)", unit) for unit in units
        )
        call.effect("cut_network" if network else "disrupt_service", " ".join(units), "", verb)


@decider("service")
def service(call: Call) -> Stream | None:
    """Judge service(8): `NAME stop` of what others use."""
    words = [str(word) for word in call.arguments.positional]
    if len(words) > 1 and words[1] in ("stop", "disable"):
        _stops(call, words[1], words[:1], False)
    return EMPTY


@decider("power")
def power(call: Call) -> Stream | None:
    """Judge shutdown(8), reboot(8), halt(8), poweroff(8), init(8), telinit(8)."""
    words = [str(word) for word in call.argv[1:]]
    if call.name in ("init", "telinit"):
        if words[:1] and words[0] in ("0", "1", "6", "s", "S", "single"):
            call.effect("break_boot", f"runlevel {words[0]}", "", "power")
        return EMPTY
    if call.name == "shutdown" and (call.arguments.has("-c", "-k", "--show") or not words):
        return EMPTY
    if call.name != "shutdown" and call.arguments.has("-w", "--wtmp-only"):
        return EMPTY
    call.effect("break_boot", call.name, "", "power")
    return EMPTY


@decider("crontab")
def crontab(call: Call) -> Stream | None:
    """Judge crontab(1): -r removes the table, a file or standard input replaces it."""
    arguments = call.arguments
    if arguments.has("-l", "-e", "-V", "-T") and not arguments.has("-r"):
        return UNKNOWN_STREAM
    if arguments.has("-r"):
        call.effect("destroy_resource", "every job in the crontab", "", "crontab")
        return EMPTY
    stream = (
        call.stdin
        if not arguments.positional or arguments.positional[0] == "-"
        else call.reads(arguments.positional[0])
    )
    if stream.text == "" or stream.source == "/dev/null":
        call.effect("destroy_resource", "every job in the crontab", "", "crontab")
        return EMPTY
    foreign = bool(stream.tags) or call.scope(arguments.positional[0] if arguments.positional else "") in (
        "temp",
        "temp_all",
    )
    if stream.text is not None:
        _crontab_lines(call, stream.text)
    whose = call.scope(arguments.positional[0]) if arguments.positional else ""
    known = stream.text is None and whose == "system_part"  # a table that root wrote before
    foreign = foreign or not (known or targets.runs_own_jobs(stream.text))
    call.effect("persist", "crontab", "", "cron", base=None if foreign else 40)
    return EMPTY


def _crontab_lines(call: Call, text: str) -> None:
    for line in text.splitlines():
        match = re.match(r"\s*(?:@\w+|(?:\S+\s+){5})(.*)", line)
        if match and not line.lstrip().startswith("#"):
            call.run_text(shown(match[1]), "crontab", frozenset({"deferred"}))


_GROUPS = frozenset(
    {"sudo", "wheel", "root", "admin", "docker", "adm", "disk", "shadow", "lxd", "libvirt", "kvm_", "sudoers"}
)


def _makes_account(call: Call, words: list[str]) -> None:
    """Note a new user, who can't log in before somebody sets a password (useradd(8)), and the home folder: nobody has
    lived there yet."""
    home = call.arguments.value("-d", "--home", "--home-dir", "-h")
    name = words[-1] if words and call.name == "useradd" else words[0] if words else ""
    if name and not call.arguments.has("-p", "--password"):
        shut = call.arguments.has("--disabled-password", "--disabled-login", "-D", "-u", "--uid")
        call.state.accounts[shown(name)] = "shut" if shut else "open"
    if name and OPEN not in name:
        call.state.created.add(targets.resolve(home or f"/home/{name}", call.state.cwd))


def _joins(call: Call, words: list[str], groups: set[str]) -> None:
    """A user gets a group's rights: of one whom the line made so that nobody can log in, nobody gains any."""
    known = call.state.accounts
    fresh = [word for word in map(shown, words) if known.get(word, "").startswith("shut")]
    known.update((name, known[name] + " privileged") for name in map(shown, words) if name in known)
    facts = ["nobody_yet"] if fresh and call.name != "useradd" else []
    person = not call.state.world.agent and _ONESELF.search(call.state.source)
    if groups == {"docker"} and person:
        facts.append("oneself")
    call.effect("gain_privilege", " ".join(words), "", "group", *facts)


_ONESELF = pattern(
    r"\s[\"']?(\$\{?(USER|LOGNAME|SUDO_USER)\b\}?|\$\((whoami|id -un|logname)\)|`whoami`)[\"']?(\s|;|&|$)"
)
"""The person at the terminal, who joins the group of docker after its installation."""


@decider("users")
def users(call: Call) -> Stream | None:
    """Judge useradd(8), usermod(8), gpasswd(1), adduser(8), passwd(1), userdel(8) …"""
    arguments = call.arguments
    words = [str(word) for word in arguments.positional]
    groups = {
        g
        for value in arguments.all_values("-G", "-aG", "--groups", "-g", "--gid", "-Ga")
        for g in value.split(",")
    }
    makes = call.name in ("adduser", "addgroup") and len(words) < 2
    if call.name in ("gpasswd", "adduser", "addgroup", "groupmems", "dseditgroup", "deluser") and not makes:
        groups |= set(words)
    if call.name == "pw":
        groups |= set(words)
    if call.name in ("userdel", "groupdel", "deluser", "delgroup"):
        remove = arguments.has("-r", "--remove", "--remove-home", "--remove-all-files", "-f", "--force")
        vital = any(word in ("root", "sudo", "wheel", "admin") for word in words)
        call.effect(
            "destroy_resource", " ".join(words), "", "account", *(["with_home"] if remove or vital else [])
        )
        return EMPTY
    if call.name == "useradd" or (call.name == "adduser" and makes):
        _makes_account(call, words)
    if groups & _GROUPS:
        _joins(call, words, groups & _GROUPS)
    if arguments.value("-u", "--uid") == "0" or (arguments.has("-o") and "0" in arguments.all_values("-u")):
        call.effect("gain_privilege", " ".join(words), "", "uid0")
    if call.name == "passwd":
        if words and "privileged" in call.state.accounts.pop(shown(words[0]), ""):
            call.effect("gain_privilege", shown(words[0]), "", "password")
        if arguments.has("-d", "--delete") or arguments.value("-u") == "root":
            call.effect("gain_privilege", " ".join(words), "", "no_password")
        elif arguments.has("-l", "--lock") and "root" in words:
            call.effect("lower_defence", "root", "", "lockout")
        elif call.stdin.text is not None and "root" in words:
            call.effect("gain_privilege", "root", "", "password")
    if call.name == "chpasswd":
        name = shown(call.stdin.text or "").partition(":")[0]
        if "privileged" in call.state.accounts.pop(name, "") or name == "root":
            call.effect("gain_privilege", name, "", "password")
    if call.name == "usermod" and "root" in words and _locks_out(call):
        call.effect("lower_defence", "root", "", "lockout")
    return EMPTY


def _locks_out(call: Call) -> bool:
    """usermod(8) -L, an expiry of today, or a shell that lets nobody in."""
    shell = call.arguments.value("-s", "--shell") or ""
    return call.arguments.has("-L", "--lock") or shell.endswith(("/nologin", "/false"))


@decider("sysctl")
def sysctl(call: Call) -> Stream | None:
    """Judge sysctl(8): settings of the kernel that protect, or that stop the machine."""
    for word in call.arguments.positional:
        name, equals, value = word.partition("=")
        if not equals:
            continue
        if re.match(
            r"kernel\.(panic\w*|sysrq|core_pattern|modprobe)|vm\.(panic_on_oom|overcommit_memory_)", name
        ) and value.strip() not in ("0", ""):
            call.effect(
                "break_boot", word, "", "sysctl"
            ) if "core_pattern" not in name or "|" in value else None
        elif re.search(
            r"randomize_va_space|kptr_restrict|dmesg_restrict|yama\.ptrace|rp_filter|tcp_syncookies"
            r"|protected_(sym|hard)links|unprivileged_bpf|suid_dumpable",
            name,
        ):
            if value.strip() in ("0",) or ("suid_dumpable" in name and value.strip() != "0"):
                call.effect("lower_defence", word, "", "sysctl")
        elif (
            re.search(r"net\.ipv[46].*(forwarding|ip_forward|accept_redirects|disable_ipv6)", name)
            and "disable_ipv6" not in name
        ) or re.search(r"net\.ipv4\.icmp_echo_ignore_all|drop_caches", name):
            call.effect("lower_defence", word, "", "moderate")
    return EMPTY


@decider("firewall")
def firewall(call: Call) -> Stream | None:
    """Judge iptables(8), nft(8), ufw(8), firewall-cmd(1), pfctl(8)."""
    words = [str(word) for word in call.argv[1:]]
    name = call.name
    hit = ""
    if name in ("iptables", "ip6tables", "ebtables", "arptables", "iptables-legacy", "iptables-nft"):
        policy = re.search(r"(?:-P|--policy) \w+ (\w+)", " ".join(words))
        if words[-3:] == ["-P", "FORWARD", "ACCEPT"]:
            call.effect("cut_network", " ".join(words), "", "moderate")
        elif any(word in ("-F", "--flush", "-X", "--delete-chain") for word in words) or policy:
            hit = " ".join(words)
        elif re.fullmatch(
            r"(-t filter )?(-A|-I|--append|--insert) INPUT (1 )?(-j|--jump) ACCEPT", " ".join(words)
        ):
            call.effect("lower_defence", " ".join(words), "", "firewall")
        elif any(word in ("-A", "-I", "--append", "--insert") for word in words) and re.search(
            r"-j (DROP|REJECT)", " ".join(words)
        ):
            narrowed = any(
                word in ("-s", "-d", "--dport", "--source", "--destination", "--dports", "-m")
                for word in words
            )
            if (
                not narrowed
                or (re.search(r"--dport 22\b", " ".join(words)) and "-s" not in words)
                or "0.0.0.0/0" in words
            ):
                hit = " ".join(words)
    elif name == "iptables-restore" and "/dev/null" in call.stdin.source:
        hit = "an empty rule set"
    elif name == "nft" and re.search(r"\b(flush|delete|destroy)\s+(ruleset|table|chain)", " ".join(words)):
        hit = " ".join(words)
    elif name == "ufw":
        verbs = [word for word in words if not word.startswith("-")]
        if (
            verbs[:1] in (["disable"], ["reset"])
            or verbs[:2] == ["default", "allow"]
            or (verbs[:2] == ["default", "deny"] and "outgoing" in verbs)
            or (
                verbs[:1] in (["deny"], ["reject"])
                and any(word in ("22", "ssh", "22/tcp", "OpenSSH") for word in verbs)
            )
            or (verbs[:2] == ["allow", "from"] and "any" in verbs[2:3])
        ):
            hit = " ".join(verbs)
    elif (
        name == "firewall-cmd"
        and any(
            re.match(
                r"--(panic-on|add-port=[01]-65535|complete-reload_|set-target=ACCEPT|remove-service=ssh"
                r"|set-default-zone=(trusted|drop|block))",
                w,
            )
            for w in words
        )
    ) or (name == "pfctl" and (any(word in ("-d", "-F") for word in words))):
        hit = " ".join(words)
    if hit:
        opens = name in ("ufw",) and hit.split()[0] in ("disable", "reset", "allow")
        call.effect("lower_defence" if opens else "cut_network", hit, "", "firewall")
    return EMPTY


@decider("network")
def network(call: Call) -> Stream | None:
    """Judge ip(8), ifconfig(8), nmcli(1), route(8), networksetup(8)."""
    words = [str(word) for word in call.argv[1:]]
    if call.name == "ip" and words[:2] in (["netns", "exec"], ["vrf", "exec"]) and len(words) > 3:
        return call.run_argv(call.argv[4:], " ".join(("ip", *words[:2])))
    text = " ".join(words)
    patterns = {
        "ip": r"\bl(?:ink)?\s+set\s+(?:dev\s+)?\S+\s+down|\broute\s+add\s+blackhole"
        r"|\ba(?:ddr|ddress)?\s+del\s|\brule\s+flush|\blink\s+set\s+down|\b(addr|address"
        r"|a)\s+flush|\broute\s+(flush|del(ete)?\s+default|replace\s+blackhole)|\blink\s+(del"
        r"|delete)\s+(?!veth|br-|docker|dummy|tun|tap|wg|vxlan)|\bl\s+s\s+\S+\s+down",
        "ifconfig": r"^(?!lo\b)\S+\s+(down|0\.0\.0\.0)\b",
        "nmcli": r"\b(n(etworking)?|radio\s+\w+)\s+off|\bconn?\w*\s+(down|del\w*)|\bdev\w*\s+disc\w*",
        "route": r"\bdel(ete)?\s+default|-?\bflush\b",
        "networksetup": r"-set\w+power\s+\S+\s+off|-setnetworkserviceenabled\s+.*\boff",
        "ifdown": r".",
        "rfkill": r"\bblock\s+(all|wifi|wlan)",
        "tc": r"\bnetem\s+.*loss\s+100",
        "dhclient": r"-r\b",
        "resolvectl": r"^revert_",
        "wg-quick": r"^down_",
    }
    pattern = patterns.get(call.name)
    if pattern and re.search(pattern, text):
        call.effect("cut_network", text, "", "interface")
    return EMPTY


@decider("journal")
def journal(call: Call) -> Stream | None:
    """Judge journalctl(1): --vacuum options throw records away."""
    for option, value in call.arguments.options.items():
        if option in ("--vacuum-time", "--vacuum-size", "--vacuum-files"):
            small = re.fullmatch(
                r"0*[0-9](?:s|sec|K|M)?|1(?:s|m|min|h|d|K|M)?|\d{1,2}(?:s|sec|m|min|K|M)", value or "1s"
            )
            if small:
                call.effect("tamper_audit", f"{option}={value}", "", "log")
    return UNKNOWN_STREAM


@decider("audit")
def audit(call: Call) -> Stream | None:
    """Judge auditctl(8) and its kind: auditing switched off, rules deleted."""
    if call.name == "auditctl":
        value = call.arguments.value("-e")
        if (value is not None and value == "0") or call.arguments.has("-D"):
            call.effect("tamper_audit", "the audit rules", "", "audit")
    elif call.name in ("logrotate",) and call.arguments.has("-f", "--force"):
        return EMPTY
    elif call.name == "wevtutil" and "cl" in call.argv:
        call.effect("tamper_audit", "the event log", "", "audit")
    elif call.name == "dmesg" and call.arguments.has("-C", "-c", "--clear", "--read-clear"):
        call.effect("tamper_audit", "the kernel's log", "", "log", "kernel_log")
    elif call.name == "fail2ban-client" and ("stop" in call.argv or {"unban", "--all"} <= set(call.argv)):
        call.effect("lower_defence", "fail2ban", "", "unit")
    elif call.name == "touch" and call.arguments.has("-r", "--reference", "-t", "-d"):
        records = [path for path in call.arguments.positional if call.scope(path) in ("log", "history")]
        if records:
            call.effect("tamper_audit", " ".join(records), "", "timestamps")
    elif call.name == "touch" and any(path.endswith("/caro/disabled") for path in call.arguments.positional):
        call.effect("tamper_audit", "caro's panic switch", "", "own", "off_switch")
    return EMPTY


@decider("modules")
def modules(call: Call) -> Stream | None:
    """Judge insmod(8), modprobe(8), rmmod(8), kexec(8)."""
    words = list(call.arguments.positional)
    if call.name == "insmod" and words:
        call.effect("gain_privilege", words[0], call.scope(words[0]), "kernel_module")
    elif (call.name == "modprobe" and call.arguments.has("-r", "--remove")) or call.name == "rmmod":
        if not call.arguments.has("-n", "--dry-run"):
            call.effect("disrupt_service", " ".join(words), "", "kernel_module", base=50)
    elif call.name == "kexec" and call.arguments.has("-e", "--exec", "-l", "--load"):
        call.effect("break_boot", "kexec", "", "power")
    return EMPTY


_OWN_SWITCHES = frozenset(
    "daemon stop|daemon kill|agent uninstall|privacy delete|privacy erase|privacy forget|shims remove|shims clean"
    "|config edit|config reset|plugin remove".split("|")
)
_OWN_DOORS = frozenset({"plugin add", "policy fetch", "policy remove"})
"""Ways in for what others wrote."""
_GUARDING_KEYS = ("safety", "daemon", "privacy", "agent")
_RECORDING_KEYS = ("trace", "shell", "record", "log", "llm", "fleet", "plugins")
"""What an agent leaves alone as well: what is recorded, where it goes, how Caro gets into shells, which program or
server answers a person."""
_PERSONS_DOORS = frozenset(
    {"sync accept", "sync setup", "sync devices add", "sync devices remove", "fleet run", "fleet retry"}
)
"""What a person alone may do: follow another machine's milder word, let machines in, send the record away."""
_TIGHTENING = frozenset(
    {("safety.mode", "active"), ("safety.agent_mode", "active")}
    | {("privacy.shell_history", word) for word in ("mask", "drop")}
    | {(key, yes) for key in ("privacy.redact", "daemon.auto_start") for yes in ("true", "on", "yes", "1")}
)
_PERSONS_TIGHTENING = frozenset(("safety.undo", yes) for yes in ("true", "on", "yes", "1"))
"""A risky line then runs unasked, with what it takes away kept: a person's choice, no agent's for them."""


@decider("caro")
def caro(call: Call) -> Stream | None:
    """Judge Caro's own switches: to turn the guard off is a step of its own."""
    words = [str(word) for word in call.arguments.positional]
    if words == ["config", "path"]:
        return Stream(HOME + "/.config/caro/config.toml\n")
    if words[:1] in (["disable"], ["uninstall"]) or " ".join(words[:2]) in _OWN_SWITCHES:
        call.effect("tamper_audit", "caro " + " ".join(words), "", "own")
    elif words[:1] == ["trust"] and not call.arguments.has("--list"):
        call.effect("lower_defence", "caro trust", "", "own")
    elif " ".join(words[:2]) in _OWN_DOORS or (
        words[:1] == ["allow"] and len(words) > 1 and words[1] not in ("list", "revoke")
    ):
        call.effect("lower_defence", "caro " + " ".join(words[:2]), "", "own")
    elif call.state.world.agent and _is_persons(call, words):
        call.effect("lower_defence", "caro " + " ".join(words[:3]), "", "own")
    elif words[:2] in (["config", "set"], ["config", "unset"]) and len(words) > 2:
        # With a time behind it, it may end a mode sooner than a person wants.
        lasting = len(words) == 4 or not call.state.world.agent
        said = tuple(word.strip("\"'") for word in words[2:4])
        tightens = lasting and (
            said in _TIGHTENING or (said in _PERSONS_TIGHTENING and not call.state.world.agent)
        )
        recording = call.state.world.agent and words[2].startswith(_RECORDING_KEYS)
        if (recording or words[2].startswith(_GUARDING_KEYS)) and not tightens:
            call.effect("lower_defence", "caro " + " ".join(words[:4]), "", "own")
    return EMPTY


def _is_persons(call: Call, words: list[str]) -> bool:
    """True for what no agent does unasked; `caro undo --forget` loses what was kept for a person."""
    forgets = words[:1] == ["undo"] and call.arguments.has("--forget")
    return forgets or bool({" ".join(words[:2]), " ".join(words[:3])} & _PERSONS_DOORS)


@decider("chown")
def chown(call: Call) -> Stream | None:
    """Judge chown(1) and chgrp(1) (POSIX chown): a whole tree, or what the system lives from."""
    paths = (
        call.arguments.positional[1:]
        if call.arguments.value("--reference") is None
        else call.arguments.positional
    )
    owner: Arg | str = call.arguments.positional[0] if call.arguments.positional else ""
    facts = {"recursive"} if call.arguments.has("-R", "--recursive") else set()
    user = str(owner).split(":")[0]
    if user in ("root", "0") and not facts:
        paths = [path for path in paths if call.scope(path) not in ("system_part", "system", "vital")]
    if user == "root":
        facts.add("to_root")
    if call.name == "chgrp" and owner in ("0", "root"):
        facts.add("adds_rights")
    for path in paths:
        if not _is_owners(call, user, path):
            added = "absolute" if targets.resolve(path, call.state.cwd) in ("/opt", "/srv") else ""
            call.emit(Effect("change_owner", call.name, scope=added, facts=frozenset(facts)), [path])
    return EMPTY


_WEB_USERS = frozenset({"www-data", "apache", "nginx", "http", "httpd", "www"})


_MAY_BE_NEW = frozenset({"system_part", "absolute", "home_part", "home_data_part", "part", "artefact"})


def _is_owners(call: Call, user: str, path: str) -> bool:
    """True if the folder is the new owner's own: their home, one that this line made, a web server's pages."""
    full = targets.resolve(path, call.state.cwd)
    if full in call.state.created:
        return True
    if call.state.names_folder(full) and call.scope(path) in _MAY_BE_NEW:
        return True
    if full in ("/var/www", "/var/www/html"):
        return user in _WEB_USERS
    name = (
        full.removeprefix("/home/").removeprefix("/Users/") if full.startswith(("/home/", "/Users/")) else ""
    )
    own = bool(user) and name.split("/")[0] == user
    oneself = user == call.state.variables.get("USER", "me") or user.startswith(OPEN + "(")
    return own or (oneself and full.startswith(HOME))


def runs(call: Call, stream: Stream) -> Stream:
    return flows.run_stream(call, stream, call.name)


@decider("visudo")
def visudo(call: Call) -> Stream | None:
    """Judge visudo(8): with an editor that writes by itself it is no editing."""
    editor = call.state.variables.get("EDITOR") or call.state.variables.get("VISUAL")
    if isinstance(editor, str) and re.match(r"(tee|sed|cp|sh|bash|ed|cat)\b|/tmp", editor):
        call.effect("gain_privilege", "/etc/sudoers")
    return EMPTY
