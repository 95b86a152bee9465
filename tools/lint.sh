#!/bin/sh
# lint.sh BIN: every check that needs no running: Python, shell files in their own shells, C warnings.
set -eu
bin=$1
failed=0
check() { "$@" || { printf 'lint: failed: %s\n' "$*" >&2; failed=1; }; }

check "$bin/ruff" check -q .
check "$bin/ruff" format -q --check .
check "$bin/mypy" --no-error-summary
check "$bin/vulture"

files() { git ls-files --cached --others --exclude-standard -- "$@"; }
for file in $(files '*.sh' '*.bash' '.ci/run' 'src/caro/trace/bashenv' 'src/caro/shell/*.bash' 'src/caro/shell/*.sh'); do
    check "$bin/shellcheck" -x "$file"
done
for file in $(files '*.bash' 'src/caro/trace/bashenv'); do check bash -n "$file"; done
for file in $(files '*.sh'); do
    case $(head -n 1 "$file") in
    *bash) check bash -n "$file" ;;
    *) check dash -n "$file" ;;
    esac
done
for file in $(files '*.zsh'); do check zsh -n "$file"; done
for file in $(files '*.fish'); do check fish -n "$file"; done

check make -s -C native strict
# shellcheck disable=SC2046  # no name there has a blank; redact_table.c is generated
check clang-format --dry-run -Werror $(files 'native/*.c' 'native/*.h' | grep -v redact_table.c)
exit $failed
