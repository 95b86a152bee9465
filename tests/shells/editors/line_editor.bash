# shellcheck shell=bash disable=SC2034,SC2015,SC2016,SC2128,SC2178,SC2064
# A line editor that stands in for ble.sh in tests: it takes the keys from readline, evaluates lines itself at the top
# level, owns the INT and DEBUG traps, expands PS0 and runs PROMPT_COMMAND by its own hand. The names are those of
# ble.sh's interface (its manual, sections 1.2.2 and 8.1), and of the place that each line passes.
BLE_VERSION=0.4.0-stand-in
BLE_ATTACHED=
_ble_edit_exec_lastexit=0
declare -A __editor_hooks=() __editor_advice=()

blehook() { # NAME!=FUNCTION...
    local word
    for word; do
        [[ ${__editor_hooks[${word%%!=*}]-} == *"${word#*!=}"* ]] || __editor_hooks[${word%%!=*}]+="${word#*!=}"$'\n'
    done
}
__editor_fire() { # NAME [LINE]
    local function
    while IFS= read -r function; do
        [[ -z $function ]] || { __editor_setexit; "$function" "${@:2}"; }
    done <<<"${__editor_hooks[$1]-}"
}
__editor_setexit() { return "$_ble_edit_exec_lastexit"; }
ble/function#advice() { # around FUNCTION TEXT
    __editor_advice[$2]=$3
}
ble/function#advice/do() { "${ADVICE_WORDS[0]}:plain" "${ADVICE_WORDS[@]:1}"; }
ble/builtin/bind() { :; }

__editor_lines=()
ble-edit/exec/register() {
    local -a ADVICE_WORDS=(ble-edit/exec/register "$@")
    if [[ -n ${__editor_advice[ble-edit/exec/register]-} ]]; then
        eval "${__editor_advice[ble-edit/exec/register]}"
    else
        ble/function#advice/do
    fi
}
ble-edit/exec/register:plain() { __editor_lines+=("$1"); }

ble-edit/exec:gexec/.TRAPINT() { builtin echo '^C'; }
ble-edit/exec:gexec/.prologue() {
    __editor_fire PREEXEC "$1"
    [[ -z ${PS0-} ]] || builtin printf %s "${PS0@P}"
    return "$_ble_edit_exec_lastexit"
}
ble-edit/exec:gexec/.save-last-arg() { _ble_edit_exec_lastexit=$?; }
ble-edit/exec:gexec/.epilogue() {
    builtin trap -- - DEBUG
    __editor_fire POSTEXEC
}

# One line a key, at the top level as ble.sh does it: `bind -x` evaluates where no function is.
__editor_accept() {
    local text=$READLINE_LINE
    READLINE_LINE='' READLINE_POINT=0
    builtin printf '%s\n' "$text"
    [[ $text != *[![:space:]]* ]] || history -s -- "$text"
    [[ ${__editor_bypass-} ]] && __editor_lines+=("$text") || ble-edit/exec/register "$text"
    local line quoted
    __editor_hook=
    for line in "${__editor_lines[@]}"; do
        builtin printf -v quoted %q "$line"
        __editor_hook+="ble-edit/exec:gexec/.prologue $quoted"$'\n'"$line"$'\n'
        __editor_hook+=$'{ ble-edit/exec:gexec/.save-last-arg; } &>/dev/null\nble-edit/exec:gexec/.epilogue 2>/dev/null\n'
    done
    __editor_lines=()
}
__editor_prompt() {
    local command
    for command in "${PROMPT_COMMAND[@]}"; do
        __editor_setexit
        eval "$command"
    done
    builtin printf %s "${__editor_PS1@P}"
}
ble-attach() {
    BLE_ATTACHED=1 __editor_PS1=$PS1 PS1=''
    builtin trap 'ble-edit/exec:gexec/.TRAPINT' INT
    builtin bind -x '"\C-x\C-y": __editor_accept; eval "$__editor_hook"; __editor_prompt'
    builtin bind '"\C-x\C-z": redraw-current-line'
    builtin bind '"\C-m": "\C-x\C-y\C-x\C-z"'
    builtin bind '"\C-j": "\C-x\C-y\C-x\C-z"'
}
# Attaches in the first prompt, behind whatever stands in PROMPT_COMMAND by then.
__editor_first_prompt() {
    if [[ ! $BLE_ATTACHED ]]; then
        ble-attach
        builtin printf %s "${__editor_PS1@P}"
    fi
}
if [[ ${PROMPT_COMMAND@a} == *a* ]]; then PROMPT_COMMAND+=(__editor_first_prompt); else
    PROMPT_COMMAND="${PROMPT_COMMAND:+$PROMPT_COMMAND; }__editor_first_prompt"
fi
for __editor_code in "${BLE_ONLOAD[@]}"; do eval "$__editor_code"; done
