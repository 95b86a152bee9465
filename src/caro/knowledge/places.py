"""Places: which paths are the system's, somebody's home, secrets, logs, devices. Tables for the guard's scopes.

Names are whole path components or whole paths. Patterns are regular expressions of Python's re, one for each place;
`caro.safety.targets` joins them, and says from where on each is matched. The home folder is left out of a path below
it: `.ssh/id_rsa`.
"""

from __future__ import annotations

SYSTEM = (
    "bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys usr var Applications"
    " Library System Users Volumes private nix snap"
).split()
"""Folders at the root of a Unix system (FHS 3.0) and of macOS."""

CORE = frozenset(
    (
        "/bin /boot /dev /etc /home /lib /lib32 /lib64 /opt /proc /root /sbin /srv /sys /usr /var /Users /System"
        " /Library /Applications /private /nix /snap /run /usr/bin /usr/lib /usr/sbin /usr/local /usr/share /usr/lib64"
        " /usr/local/bin /usr/local/lib /var/lib /var/log /var/www /var/spool /etc/ssh /etc/ssl /etc/systemd"
        " /etc/pam.d /etc/init.d /lib/systemd /usr/lib/systemd /lib/modules /System/Library /private/etc /private/var"
    ).split()
)
"""Folders that a system lives from, whole."""

ARTEFACTS = frozenset(
    (
        "node_modules build dist target out bin obj .venv venv env __pycache__ .cache .pytest_cache .mypy_cache"
        " .ruff_cache .tox .nox .next .nuxt .svelte-kit .turbo .parcel-cache coverage htmlcov .coverage .nyc_output"
        " tmp temp .tmp logs log cache .gradle .eggs _build site public/build vendor Pods DerivedData .terraform"
        " .serverless .angular .vite cmake-build-debug cmake-build-release bazel-out storybook-static test-results"
        " playwright-report reports .hypothesis .sass-cache bower_components .dart_tool .expo .output tmp_test .import"
        " .DS_Store package-lock.json yarn.lock pnpm-lock.yaml poetry.lock Cargo.lock uv.lock _site .docusaurus"
        " .ipynb_checkpoints a.out lib64 results output"
    ).split()
)
"""Files and folders of a project that a build or an installer makes again."""

BUILT = frozenset(
    (
        "node_modules build dist target obj .venv venv __pycache__ .cache .next .nuxt .tox .nox .gradle .eggs coverage"
        " _build DerivedData bazel-out cmake-build-debug cmake-build-release"
    ).split()
)
"""Those of them below which everything can be made again."""

BUILD_ROOTS = frozenset(
    "build src source go out dist install installer installers staging wheels deps docker scripts setup"
    " packages patches requirements wheelhouse artifacts bundle vendor bootstrap provision rootfs sysroot".split()
)
"""Folders at the root in which images are built: they hold copies of what came from elsewhere."""

PRECIOUS_ROOTS = frozenset(
    (
        "data backup backups mnt media storage volume volumes srv share shares export exports nas pool tank db database"
        " databases projects work repos archive archives mysql pgdata postgres mongo Users home www web git"
    ).split()
)
"""Folders at the root under which people and services keep what nothing brings back."""

BUILT_NAMES = (
    r"(cmake-)?(build|dist|out|target)([-_][\w.*?-]*|\*)",
    r"\*?\.?egg(-info|s)?\*?",
)
"""Names that people give them: `build-debug`, `dist_old`, `build*`, `*.egg*`."""

ARTEFACT_ENDINGS = tuple(
    (
        ".egg-info .pyc .pyo .o .a .so .class .log .tmp .bak .swp .orig .rej ~ .dSYM .tsbuildinfo .tar.gz .tgz .zip"
        " .tar .pid .lock .sock .old .cache .out .retry .whl .deb .rpm .iso .img .part .crdownload .gcda .gcno"
        " .profraw .asc .sig .sha256 .sha512 .tar.xz .tar.bz2 .tar.zst .tbz2"
        " .apk-new .apk-old .dpkg-old .dpkg-new .dpkg-dist .ucf-old .ucf-dist .rpmnew .rpmsave .rpmorig"
        " .pacnew .pacsave"
    ).split()
)
"""Endings of files that can be made again, or are copies."""

SOURCES = frozenset(
    (
        "src source sources tests data db database databases uploads backups backup migrations packages photos media"
        " storage .github"
    ).split()
)
"""Folders of a project that hold what people made: no build brings them back."""

NULL = (
    "null",
    "stdin",
    "stdout",
    "stderr",
    r"tty\w*",
    r"fd/\d*",
    "full",
    "zero",
    "u?random",
    r"pts/\d+",
    "console",
    "ptmx",
)
"""Devices that hold nothing: what is written there is gone, and nothing else."""

DEVICES = (
    r"r?disk\d",
    "[shv]d[a-z]",
    "xvd[a-z]",
    r"nvme\d",
    "mmcblk",
    r"md\d",
    "md/",
    "dm-",
    "mapper/",
    "disk/",
    r"loop\d",
    r"sr\d",
    "vg",
    "vd",
    "zvol/",
    "nbd",
    r"rbd\d",
    "mem$",
    "kmem",
    "port$",
    "mtd",
    r"ram\d",
    "bcache",
    "drbd",
    r"sg\d",
    r"fd\d",
    "pmem",
    r"zd\d",
    r"st\d",
    r"nst\d",
    "ubi",
    r"[shv]d\?",
    r"[shv]d\*",
    "sd$",
    "nvme$",
    r"\*",
    r"vg\w*/",
)
"""Disks, volumes and memory below /dev."""

TEMPORARY = (
    "/(private/)?(var/)?tmp(/|$)",
    "/dev/shm(/|$)",
    "/(var|run)/lock(/|$)",
    "/var/folders/",
)
"""Folders that anybody may write to, and that are emptied some day."""

HISTORIES = (
    r"(^|/)\.(bash|zsh|sh|ksh|python|mysql|psql|sqlite|node_repl|rediscli|irb|mongo)_?(history|hist)$",
    r"(^|/)\.(zhistory|histfile|history|viminfo|lesshst)$",
    "/fish/fish_history$",
    r"/\.?atuin/(?:data/)?history\.db",
)
"""Histories of shells and of interactive programs."""

LOGS = (
    "/var/(log|audit|account)(/|$)",
    "/Library/Logs(/|$)",
    "/run/log/journal",
    "/run/(u|w)tmp",
    r"\.trace_shell\.jsonl",
)
"""Records of what happened."""

PRECIOUS_HOME = (
    "Documents",
    "Desktop",
    "Pictures",
    "Music",
    "Videos",
    "Movies",
    "Downloads",
    "Library",
    "Library/(Application Support|Keychains|Mail|Messages|Preferences|Mobile Documents|(Group )?Containers|Photos)",
    "Dropbox",
    "OneDrive",
    "Work",
    "Projects",
    "projects",
    "src",
    "code",
    "work",
    "repos",
    "dev",
    r"\.ssh",
    r"\.gnupg",
    r"\.aws",
    r"\.kube",
    r"\.config",
    r"\.local",
    r"\.docker",
    r"\.azure",
    r"\.mozilla",
    r"\.thunderbird",
    r"\.password-store",
    r"\.vim",
    r"\.emacs\.d",
    r"\.oh-my-zsh",
    r"\.gcloud",
    r"\.config/gcloud",
    r"\.terraform\.d",
    r"\.claude",
    r"\.codex",
    r"\.pki",
    r"\.bash\w*",
    r"\.zsh\w*",
    r"\.profile",
    r"\.gitconfig",
    r"\.netrc",
    r"\.npmrc",
    r"\.pypirc",
    r"\.pgpass",
    r"\.my\.cnf",
    r"\.vimrc",
    r"\.tmux\.conf",
    "mail",
    "Mail",
    r"\.mail",
    "data",
    "backups?",
)
"""Below the home folder: what people made, and what lets them in elsewhere."""

KEPT = frozenset(
    (
        "Documents Desktop Pictures Music Videos Movies Downloads Dropbox OneDrive Work Projects projects src code work"
        " repos .ssh .gnupg .aws .kube .password-store .docker .azure .mozilla .thunderbird mail Mail .mail backup"
        " backups data .config .local .bashrc .zshrc .gitconfig .netrc .git"
    ).split()
)
"""Those of them that nobody puts into a folder for temporary files."""

BELOW_PRECIOUS = (
    "Documents",
    "Desktop",
    "Pictures",
    "Music",
    "Videos",
    "Movies",
    "Dropbox",
    "OneDrive",
    "Work",
    "Projects",
    "projects",
    "work",
    "repos",
    "code",
    r"\.ssh",
    r"\.gnupg",
    r"\.aws",
    r"\.kube",
    r"\.password-store",
    "mail",
    "Mail",
    r"\.mail",
    "backups?",
)
"""Those of them in which every single file counts."""

HOME_CACHES = (
    r"\.(cache|npm|gradle|m2|cargo/registry|nuget|yarn|pnpm-store|rustup/tmp|local/share/Trash|expo|android/cache|ivy2|sbt|conda/pkgs|pub-cache|bundle/cache|wget-hsts|lesshst|Trash)(/|$)",
    "Library/(Caches|Developer/Xcode/DerivedData)(/|$)",
    "go/pkg(/|$)",
)
"""Below the home folder: what programs fetch or make again."""

KERNEL = (
    "/proc/(sysrq-trigger|sys/kernel/)",
    "/sys/(power|firmware/efi|kernel/(?!mm/(transparent_hugepage|ksm|hugepages)/))",
    r"/proc/\d+/mem",
    "/sys/block/[^/]+/device/delete",
)
"""Switches of the running kernel."""

SYSTEM_CACHES = (
    "/var/cache(/|$)",
    "/var/crash/",
    "/var/db/repos(/|$)",
    "/run/user/",
    "/var/lib/(apt/lists|pacman/sync|snapd/cache|PackageKit)(/|$)",
    "/opt/(conda|mamba|mini(conda|forge)|anaconda|mambaforge)3?/pkgs(/|$)",
    "/usr/local/bundle/cache(/|$)",
    "/go/pkg(/|$)",
)
"""What package managers fetch, and fetch again: lists of packages, archives (apt-get(8), pacman(8), dnf(8))."""

PACKAGED = (
    "/usr/(local/)?share/(doc|man|info|locale|gtk-doc|help|lintian|nginx/html|i18n/locales)(/|$)",
    "/usr/(local/)?src/.",
    "/usr/local/bundle/.",
    "/usr/(local/)?lib/node_modules/.",
    r"/usr/(local/)?lib/python[\d.]*/(.*/)?(tests?|idle_test|__pycache__|ensurepip|[^/]*\.py[co])$",
    r"/(usr|opt)/(?!(local/)?s?bin/)(.+/)?(tests?|idle_test|(site-)?docs?|examples?|samples?|demos?|man|locale|src\.zip)(/\*)?$",
    r"/(usr|opt)/(.+/)?\*\*/\*\.(l?a|o|[ch]|cc|cpp|hpp|map|js\.map|md|rst|txt|html|gz|pyi?|py[co]|gem|jar|wh[lh])$",
    r"/usr/(local/)?(.+/)?(gems|ruby)/[^/]+/cache(/|$)",
    "/usr/(local/)?include(/|$)",
    r"/usr/(local/)?share/(?!keyrings|ca-certificates|perl|dbus|polkit|pam)[\w.-]+(/[\w./-]+)?$",
    r"/usr/local/lib/(android|R|perl5|julia|hadoop|pkgconfig|cmake|docker|node)(/|$)",
    r"/opt/(?!.*(data|backup|home|instance|repo|upload|storage|volume|git|conf|etc\b|var\b|lib\b|db\b))[\w.-]+/[\w./-]+$",
    r"/(.*/)?\*\*/\*\.(l?a|py[co]|apk-(new|old)|dpkg-(old|new|dist)|ucf-\w+|rpm(new|save|orig)|pac(new|save))$",
    r"/usr/(.+/)?lib\w*/(.+/)?\*\.l?a$",
    "/var/lib/(yum|dnf)(/|$)",
    r"/var/lib/rpm/(__db[.*\w]*|\.rpm\.lock)$",
    "/Library/Developer/CommandLineTools(/|$)",
    r"/var/www/(html/)?index\.(nginx-debian\.)?html$",
    r"/usr/(local/)?lib/python[\d.*]*/(EXTERNALLY-MANAGED|(site|dist)-packages/(pip|setuptools|wheel)[\w.*-]*)$",
    r"/usr/(local/)?lib/(gcc|go|rustlib|jvm/[^/*]+|ruby|R|erlang|llvm-\d+|mono|dotnet|ghc|ocaml|firefox|thunderbird|libreoffice|chromium)(/|$)",
    r"/opt/(jdk|jre|java|open(jdk|logic)|conda|mini(conda|forge)3?|google|ghc|hostedtoolcache|az|microsoft|pipx|android-sdk|gradle|maven|node|nodejs|go|dotnet)(/[^/]*)?$",
    "/etc/(skel/|motd$|issue$|update-motd\\.d/)",
    "/etc/machine-id$",
    r"/(usr/local|opt)/(apache-)?tomcat[^/]*/webapps(\.dist)?(/|$)",
    r"/opt/[\w+]+(-[\w+]+)*[-_]v?\d[\w.+-]*/?$",
    r"/(.*/)?(__pycache__|[^/]*\.py[co])(/\*?)?$",
    r"/var/log/(?!auth|secure|sys|mess|kern|daemon|sudo|[wub]tmp|last|fail|tally|audit|journal|mail|cron|user|debug|account"
    r"|sa/|caro)[\w.-]*\w[\w.-]*(/[^/]*)?$",
    r"/var/log/(.*/)?\*\*/\*\.(gz|xz|zst|bz2|old|\d|\[0-9\])$",
    "/var/lib/apt(/|$)",
    r"/var/log/(apt|installer|(dnf|yum|zypp|dpkg|alternatives|bootstrap|pacman|apt)[\w.*-]*)(/|$)",
)
"""What a package put there and brings back, that nothing runs on: manuals, sources, examples, its own log."""

VITAL = (
    r"/var/lib/(dpkg/status|rpm/(Packages|rpmdb\.sqlite)|pacman/local)$",
    r"/var/lib/(mysql|mariadb)/(ibdata\d*|ib_logfile\d*|mysql\.ibd|aria_log\w*|undo_\d+)$",
    r"/var/lib/(postgresql|pgsql|mongodb?|redis|etcd)/(.*/)?(pg_control|PG_VERSION|WiredTiger[\w.]*|dump\.rdb|appendonly\.aof|snap/db)$",
    r"/etc/(passwd|g?shadow|group|sudoers|hosts|resolv\.conf|nsswitch\.conf|ssh/sshd_config|ssh/ssh_host\w+|ld\.so\.\w+|pam\.d(/.*)?|sudoers\.d(/.*)?|login\.defs|profile|shells|modules|selinux(/.*)?|kubernetes(/.*)?)-?$",
    "/(usr/)?(s?bin)/(ba|da|z)?sh$",
    "/(usr/)?s?bin/(login|sudo|su|mount|init|systemd|ls|cat|cp|mv|rm|chmod|chown|ln|mkdir|python3?|perl|env|awk|sed|grep|tar|find|tee|systemctl|apt|apt-get|yum|pacman|apk|dpkg|rpm|dnf|sshd|ssh)$",
    r"/(usr/)?lib(64|32)?/(x86_64-linux-gnu/|aarch64-linux-gnu/)?(lib(c|pthread|dl|m|crypto|ssl)\.so[.\d]*|ld-linux[\w.-]*|ld-[\d.]+\.so|systemd)$",
)
"""Files without which nobody logs in, or nothing runs."""

BOOT = (
    "/(boot|efi)(/|$)",
    "/sys/firmware/efi/efivars",
    "/usr/lib/(modules|grub)",
    "/etc/(default/)?(fstab|grub|crypttab|inittab)",
)
"""What the machine starts from."""

SECRETS = (
    r"(^|/)\.ssh(/(id_[\w*?]+|\w*key|identity|\*|[\w-]*_(rsa|ed25519|ecdsa|dsa))?)?$",
    r"(^|/)id_(rsa|dsa|ecdsa|ed25519)(_\w+)?$",
    r"(^|/)\.aws(/credentials|/config|/\*|/sso/cache.*)?$",
    r"(^|/)\.kube(/config|/\*)?$",
    r"(^|/)\.gnupg(/|$)",
    r"(^|/)\.netrc$",
    r"(^|/)\.docker(/config\.json)?$",
    r"(^|/)\.npmrc$",
    r"(^|/)\.pypirc$",
    r"(^|/)\.git-credentials$",
    r"(^|/)\.pgpass$",
    r"(^|/)\.my\.cnf$",
    r"(^|/)\.env(\.(?!example|sample|template|dist|test|md)\w+)*$",
    r"(^|/)\.config/gcloud(/|$)",
    r"(^|/)\.azure(/|$)",
    r"(^|/)\.password-store(/|$)",
    "(^|/)etc/g?shadow-?$",
    r"(^|/)\.config/(gh/hosts\.yml|hub|rclone/rclone\.conf|op)(/|$)",
    r"(^|/)\.vault-token$",
    r"(^|/)\.terraform\.d/credentials",
    "(^|/)Login Data$",
    r"(^|/)(cookies|logins)\.(sqlite|json)$",
    r"(^|/)key[34]\.db$",
    r"\.(pem|p12|pfx|keystore|jks|kdbx|ppk|ovpn)$",
    r"(^|/)(credentials|secrets?)(\.(json|ya?ml|toml|ini|env))?$",
    r"(^|/)service[-_]?account[\w-]*\.json$",
    r"(^|/)etc/(ssh/ssh_host_\w+_key|krb5\.keytab|sudoers)$",
    r"/proc/(self|\d+|\*)/environ$",
    r"(^|/)kubernetes\.io/serviceaccount",
    "^/(var/)?run/secrets/",
    "(^|/)Cookies$",
    "^/dev/k?mem$",
    "^/proc/kcore$",
    r"^/proc/(\d+|self)/mem$",
    "(^|/)Keychains(/|$)",
    r"(^|/)wallet\.dat$",
    r"(^|/)\.bitcoin(/|$)",
    r"(^|/)\.electrum(/|$)",
    r"(^|/)etc/kubernetes/(admin\.conf|pki)",
    r"(^|/)\.mozilla(/firefox)?$",
    r"(^|/)\.config/(google-chrome|chromium)(/|$)",
    r"(^|/)(private[-_]?key|server\.key|tls\.key|[\w.-]+\.key)$",
    r"(^|/)terraform\.tfstate$",
    r"(^|/)\.credentials\.json$",
    r"(^|/)\.(api[_-]?(key|token)|access[_-]?token|auth[_-]?token|token|secrets?|credentials)$",
    "(^|/)security/opasswd$",
    r"(^|/)NTDS\.dit$",
    r"(^|/)\.jupyter/jupyter_server_config",
)
"""Files that hold keys, passwords or tokens."""

PUBLIC = (
    r"\.pub$",
    r"(^|[/_.-])(ca|cas|certs?|cacerts?|certificates?|chain|fullchain|bundle|dhparams?|public|pub|root)[\w-]*\.pem$",
    "known_hosts",
    "authorized_keys",
    r"\.env\.(example|sample|template|dist)",
    r"(^|/)\.ssh/config$",
    r"\.(crt|cer)$",
)
"""What looks like one of them and holds none."""

PRIVATE = (
    "^/etc/(passwd|group|hostname|hosts)$",
    r"\.(bash|zsh)_history$",
    "^/var/log/(auth|secure)",
)
"""Nobody's secret, but nobody else's business either."""

GLOBBED_SECRETS = tuple(
    (
        "/etc/shadow /etc/gshadow ~/.ssh/id_rsa ~/.ssh/id_ed25519 ~/.aws/credentials ~/.netrc ~/.git-credentials"
        " ~/.kube/config ~/.docker/config.json ~/.pgpass ~/.vault-token"
    ).split()
)
"""Secrets that a pattern such as `/etc/sh?dow` can only mean."""

RUN_LATER = (
    r"(^|/)\.(bashrc|bash_profile|bash_login|bash_aliases|bash_logout|profile|zshrc|zshenv|zprofile|zlogin|zlogout|kshrc|cshrc|tcshrc|xinitrc|xprofile|xsessionrc|inputrc|envrc)$",
    r"/fish/(config\.fish|conf\.d/)",
    r"/etc/(profile|bash\.bashrc|bashrc|zsh/|zshrc|zshenv|zprofile|environment)",
    r"/etc/profile\.d/",
    "(^|/)authorized_keys2?$",
    r"/etc/(cron[\w.]*|anacrontab)",
    "/var/spool/(cron|at)",
    "systemd/(system|user)(/|$)",
    r"/etc/(rc\.local|init\.d/|rc\d\.d|init/|ld\.so\.preload|ld\.so\.conf|update-motd\.d|xdg/autostart|udev/rules\.d|NetworkManager/dispatcher\.d|apt/apt\.conf\.d|pam\.d|modules-load\.d|inittab)",
    r"/etc/(network/if-[\w-]+\.d|ppp/ip(v6)?-\w+\.d|dhcp/dhclient-\w+-hooks\.d|kernel/\w+\.d|X11/Xsession\.d|grub\.d)/",
    "/autostart/",
    "Library/Launch(Agents|Daemons)",
    "/usr/lib/pam",
    r"^(/usr)?/lib(32|64)?/([\w-]+/)?security/",
    r"(^|/)\.git/hooks/",
    r"(^|/)\.ssh/(rc|environment|config)$",
    r"(^|/)\.(vimrc|emacs|pythonstartup)$",
    r"/etc/(ssh/sshd_config|hosts\.equiv)",
    r"(^|/)\.(rhosts|gitconfig)$",
    r"sitecustomize\.py",
    r"usercustomize\.py",
    r"(^|/)\.config/git/config",
)
"""What runs later by itself: start files, cron, units, hooks, keys that let others in."""

PRIVILEGE = (
    r"/etc/(sudoers|passwd|g?shadow|group|doas\.conf|polkit-1|security(?!/limits)|pam\.d|subuid|subgid)",
)
"""Who may become whom."""

DROP_INS = (
    r"/etc/(\S+/)?[\w.-]+\.d/[^/]+$",
    r"/etc/(nginx|apache2|httpd|caddy|php|mysql|postgresql|redis|haproxy|supervisor|docker)/(\S+/)?(sites|mods|conf)-\w+/[^/]+$",
    "/etc/(apt/keyrings|apt/sources.list.d|bash_completion.d|pki/rpm-gpg)/[^/]+$",
    r"/etc/[\w-]+/([\w.-]+/)*[\w.-]+\.(conf|cnf|ini|ya?ml|json|toml|properties|xml|cfg|env|key|pem|crt|pub|html)$",
    r"/etc/(?!ld\.so|nsswitch|resolv|sysctl|r?syslog|doas|host|dhcpcd|dhclient|mdadm|crypt|krb5|login)[\w-]+\.(conf|cnf|ini|ya?ml|json|toml|properties)$",
    r"/etc/default/(?!grub)[\w-]+$",
    r"/usr/share/[\w.-]+/(.*/)?[\w.-]+\.(asc|gpg|pem|crt)$",
    "/usr/(local/)?share/(keyrings|ca-certificates|bash-completion|zsh|fish|fonts|applications|icons|man|doc)/.+$",
    "/usr/local/(etc|share|src|lib|include)/.+$",
    "/usr/share/nginx/html/.+$",
    r"/etc/(apt/sources\.list|apk/repositories|locale\.gen|locale\.conf|timezone|localtime|docker/daemon\.json|motd|issue)$",
    "/usr/sbin/policy-rc.d$",
    r"/sys/(devices/system/(cpu|node)(?!.*/online$)|class/(backlight|leds|thermal|hwmon|power_supply|gpio|pwm|drm))/.",
    r"/sys/(block/[^/]+/queue|kernel/mm/(transparent_hugepage|ksm|hugepages))/.",
    "/proc/sys/(vm/(?!panic)|fs/|net/core|net/ipv4/tcp_\\w+|net/ipv4/ip_forward|net/ipv6/conf/\\w+/forwarding)",
)
"""Files that administrators are meant to add or to fill in themselves: what stood there before is nobody's loss."""

SYSTEM_CONFIG = (
    r"/etc/(ssh|ssl|pam\.d|security|systemd|kubernetes|selinux|network|netplan|udev|sudoers\.d|lvm|audit|NetworkManager|polkit-1"
    r"|dbus-1|apparmor|apparmor\.d|firewalld|iptables|ufw|ppp|alternatives|etcd)/(?!.*\.d/[^/]+\.(conf|yaml|rules)$)",
)
"""What the system itself is set up by: to replace a file there is more than to set up an application."""

ADDED_TOGETHER = (
    r"/etc/(apt/sources\.list|yum\.repos|(nginx|httpd|apache2)/(conf|vhosts|modules))\.d/[^/]*$",
    r"/etc/(nginx|apache2)/(sites|conf|mods)-enabled/[^/]*$",
    r"/((usr/)?lib|etc)/systemd/(system|user)/[^/]+\.(wants|requires)(/[^/]*)?$",
)
"""Of those, the folders that can be filled again as a whole: links, and lists of where packages come from."""

LOCAL_PROGRAMS = (r"(/usr/local/s?bin|/opt/[^/]+/bin|/usr/s?bin|/s?bin)/[\w.+-]+$",)
"""Where administrators put programs that no package brings (FHS 3.0, 4.9)."""

EVERYDAY_PROGRAMS = frozenset(
    (
        "sh bash zsh dash login sudo su doas mount ls cat cp mv rm chmod chown ps id who top ssh sshd scp passwd"
        " env git python python3 apt apt-get dpkg systemctl netstat ss curl wget find grep sed awk gawk perl tar"
        " gzip rsync nc ncat gpg openssl crontab date df du mount umount ln mkdir touch tee kill killall pkill"
        " pgrep id w last lastb hostname ip ifconfig iptables nft dmesg journalctl crond cron init reboot shutdown"
        " halt useradd usermod userdel groupadd chpasswd visudo sudoedit ld as gcc cc make vi vim nano"
        " less more head tail sort env nohup xargs which whoami users md5sum sha256sum file strings strace lsof yum"
        " dnf rpm apk pacman snap node ruby php"
    ).split()
)
"""Programs whose name another one must not take over."""

OWN = (
    r"(^|/)(\.config|\.local/share|\.local/state|\.cache|Library/[\w ]+)/caro(/|$)",
    r"^/(var/)?(run(/user/[^/]+)?|lib|log|cache|etc|opt|usr/(local/)?(lib|lib64|libexec|share))/caro[d]?(/|$)",
    r"^/dev/shm/caro-",
    r"\.trace_shell\.jsonl",
    r"/caro[\w-]*\.(sock|socket|lock|pid)$",
    r"(^|/)(bin|sbin|shims)/caro(d|-(hook|launch|relay|shim|trace|xtrace|daemon))?$",
    r"/(pipx/venvs|uv/tools|(site|dist)-packages|Cellar|homebrew/opt)/caro(-[\d.]+\.(dist|egg)-info)?(/|$)",
    r"/(Launch(Agents|Daemons)|systemd/(user|system)|autostart|profile\.d|environment\.d)/([\w.@-]+/)?[\w.-]*\bcaro(d|-\w+)?\b[\w.-]*(/|$)",
    r"/fish/(\w+/)?(conf\.d|functions)/(__)?caro[\w-]*\.fish$",
    r"^/sys/fs/cgroup/.*\bcaro(d|-\w+)?\b",
)
"""Caro's own configuration, state, log, socket, programs and package."""

AGENT_SETTINGS = (
    r"(^|/)\.(claude|gemini|augment|qwen|factory)/settings(\.local)?\.json$",
    r"(^|/)\.claude\.json$",
    r"(claude-code|ClaudeCode)/managed-settings\.(json|d)(/|$)",
    r"^/etc/(cursor|codex|gemini-cli|opencode|claude-code)/[\w.-]+\.(json|toml)$",
    r"(^|/)\.(claude|codex|cursor|gemini|copilot|github|factory|augment|windsurf|qwen|cline|kiro|clinerules)/hooks(/|$)",
    r"(^|/)\.(claude|gemini|codex|cursor|qwen)/(plugins|extensions|policies)(/|$)",
    r"(^|/)\.codex/(config\.toml|hooks\.json|requirements\.toml|rules(/.*)?)$",
    r"(^|/)\.cursor/(hooks\.json|cli-config\.json|cli\.json|permissions\.json)$",
    r"(^|/)\.copilot/config\.json$",
    r"(^|/)(\.codeium/)?\.?windsurf/hooks\.json$",
    r"(^|/)\.?opencode/(plugins?(/|$)|opencode\.jsonc?$)",
    r"(^|/)opencode\.jsonc?$",
    r"(^|/)\.aider\.conf\.ya?ml$",
    r"/\.config/(goose/(config|permissions?)\.yaml|(amp|cline|kilo|codex|claude)/\w+\.jsonc?|crush/crush\.json)$",
    r"(^|/)(\.?crush\.json|\.amp/settings\.json|\.goosehints|\.continuerc\.json)$",
    r"(^|/)\.continue/(config|permissions|settings)\.(json|ya?ml|ts)$",
    r"(^|/)\.(cline|kimi|hermes|kiro|roo|junie|openhands|grok|iflow|kilocode|vibe)/([\w-]+/)*(config|settings|hooks|permissions|cli|mcp|\w*[Ss]ettings)\.(json|toml|ya?ml)$",
    r"(^|/)\.factory/(config|hooks)\.json$",
    r"(^|/)\.gemini/antigravity[\w-]*/\w+\.json$",
    r"(^|/)\.openclaw/\w+\.json5?$",
    r"(^|/)\.(kiro|amazonq|aws/amazonq)/(cli-)?agents/[\w.-]+\.json$",
    r"(^|/)\.cline/data/\w+\.json$",
)
"""Settings of AI agents, a person's and a project's: their hooks stand there, and what switches them off."""

AGENT_FOLDERS = (
    r"^(\ue000|/(home|Users)/[^/]+|/root)/(\.claude|\.codex|\.gemini|\.cursor|\.copilot|\.augment|\.codeium(/windsurf)?"
    r"|\.qwen|\.factory|\.continue|\.cline|\.kimi|\.hermes|\.kiro|\.config/(opencode|goose|amp|crush))$",
)
"""Folders that hold them: lost with the whole."""

START_FOLDERS = (r"(^|/)(\.ssh|\.git/hooks|/?etc/cron\.\w+|/etc/profile\.d|\.config/(fish|autostart))$",)
"""Folders of files that run by themselves or let others in."""

HOME_FILES = tuple(
    (
        ".bashrc .bash_profile .bash_login .profile .bash_aliases .bash_logout .zshrc .zshenv .zprofile .zlogin"
        " .config/fish/config.fish .ssh/authorized_keys .ssh/config .claude/settings.json"
        " .claude/settings.local.json .codex/config.toml .codex/hooks.json .gemini/settings.json .cursor/hooks.json"
        " .copilot/hooks/caro.json .config/opencode/plugins/caro.js .augment/settings.json"
        " .codeium/windsurf/hooks.json .config/caro/config.toml .config/caro/runtime.conf .config/caro/disabled"
        " .config/caro/caro.sock .config/caro/caro.lock .local/share/caro/bin/caro-hook"
        " .local/state/caro/breaker .local/bin/caro .trace_shell.jsonl"
    ).split()
)
"""Guarded files below the home folder by name: what a pattern such as `~/.bash[r]c` can mean."""

SET_ASIDE = tuple((".bak .old .orig .disabled .save .dpkg-old ~").split())
"""A copy under such a name is read by nobody."""
