# Caro for fish: sees each line before it runs, can refuse it, and tells of failures. Sourced from conf.d.
#
# Sections, as in init.bash, init.zsh and init.sh: guard, state, before a line, at the prompt, keys, start.
# fish's preexec event can't refuse a line, so Enter asks first, and only then executes.

# ---- guard -----------------------------------------------------------------------------------------------------
if status is-interactive; and not builtin contains -- "$CARO_DISABLE" 1 true yes on; and test "$__caro_pid" != $fish_pid

# ---- state -----------------------------------------------------------------------------------------------------
set -g __caro_pid $fish_pid
set -q XDG_DATA_HOME; and set -l __caro_data $XDG_DATA_HOME; or set -l __caro_data $HOME/.local/share
set -q XDG_CONFIG_HOME; and set -l __caro_etc $XDG_CONFIG_HOME; or set -l __caro_etc $HOME/.config
set -q __caro_hook; or set -g __caro_hook $__caro_data/caro/bin/caro-hook
set -q __caro_off; or set -g __caro_off $__caro_etc/caro/disabled
set -q XDG_STATE_HOME; and set -l __caro_state $XDG_STATE_HOME; or set -l __caro_state $HOME/.local/state
set -q __caro_fifo; or set -g __caro_fifo $__caro_state/caro/fifo
set -q __caro_config; or set -g __caro_config $__caro_etc/caro/config.toml
set -q __caro_plain_mark; or set -g __caro_plain_mark '' # a file that the daemon keeps while plain lines need no verdict
set -q __caro_plain_look; or set -g __caro_plain_look '' # what those look like
set -g __caro_folder (string replace -r '/[^/]*$' '' -- $__caro_off)
set -q __caro_ask_key; or set -g __caro_ask_key \cx\cp
set -q __caro_overlay_key; or set -g __caro_overlay_key \cx\ct
set -q __caro_hint_key; or set -g __caro_hint_key \cx\cw
set -q __caro_inline_key; or set -g __caro_inline_key \cx\cg
set -q __caro_inline; or set -g __caro_inline '' # not empty: Caro's grey text is wanted; the relay draws it
set -q __caro_hint_ms; or set -g __caro_hint_ms '' # the pause before a hint; empty: none is wanted
set -g __caro_grey_on 1
set -g __caro_token '' # of the relay that draws grey text
set -q __caro_history; or set -g __caro_history '' # mask, drop, or nothing for keep
set -q __caro_fix_key; or set -g __caro_fix_key \e\e
set -g __caro_home $HOME  # a line that moves it does not move the policy
set -g __caro_n 0        # number of the line, the next ones, and how many tens there were
set -g __caro_numbers 1 2 3 4 5 6 7 8 9
set -g __caro_tens 0
set -g __caro_until 0    # breaker: before this time (epoch seconds) the daemon is not asked
set -g __caro_late 0     # whether a fix comes later than the prompt of its line
set -g __caro_ran 0      # whether the line with that number runs, and has not ended
set -g __caro_status ''  # of the last line that ended, with its duration in microseconds and milliseconds
set -g __caro_us ''
set -g __caro_ms ''
set -g __caro_told ''     # number of the last line that the daemon was only told of, until it is known to have taken it
set -g __caro_told_words # that line, and how the one before it ended
set -g __caro_lost       # lines that it has not taken, and that may still stand in the FIFO
set -g __caro_mark ''    # what tells the relay above this terminal that output begins, up to the line's number
set -g __caro_keys       # what other keys that run the line did
set -g __caro_session '' # made at the first line: fish has no clock, and starting a process costs the start-up

function __caro_is_off
    builtin contains -- "$CARO_DISABLE" 1 true yes on; or test -f $__caro_off -a -O $__caro_off -a ! -L $__caro_off; or not test -x $__caro_hook
end

# ---- before a line ---------------------------------------------------------------------------------------------
function __caro_open_breaker
    set -g __caro_until (builtin math (command date +%s 2>/dev/null) + 30)
end

function __caro_start_session
    set -g __caro_session started
    # `caro run` made one for all that runs below it.
    test -n "$CARO_RUN"; and test "$CARO_RUN" = "$CARO_SESSION_ID"; and return
    set -gx CARO_SESSION_ID ($__caro_hook id 2>/dev/null)
    set -e CARO_PARENT_ID
end

# Whether the daemon has taken the line that it was told of: the session's file has its number. (One at a time: it may be
# kept from one line, by whoever has that file, and not from the next.)
function __caro_was_taken
    test -n "$__caro_told"; or return 0
    set -l file "$__caro_fifo/../sessions/$CARO_SESSION_ID"
    test -f $file; or return
    builtin read -l -d ' ' version number rest <$file
    test "$number" -ge $__caro_told 2>/dev/null; or return
    set -g __caro_told ''
end

# Tells the daemon of a plain line, about which no rule can say anything (src/caro/plain.py): it runs whatever the daemon
# would say. 1: it is none, or can't be told. Not the first one, where caro-hook makes the session, nor where the configuration
# is newer than what the daemon has read, or this environment chooses another one or another record.
#
# fish opens files such that it waits: for a FIFO's reader, and for room in it. So each session has a FIFO of its own, in
# which never more stands than four of these lines (they fit into one page), and it is opened through the daemon's own
# descriptor: who has died has none. SESSION.told leads there; -ef: to that very FIFO, whoever has that process id now.
function __caro_tell # LINE
    test -n "$__caro_plain_look"; and string match -qr -- $__caro_plain_look "$argv[1]"; or return
    test "$__caro_n" -gt 1; and test "$HOME" = "$__caro_home"; and not set -q CARO_POLICY; or return
    test -z "$CARO_ENV$CARO_CONFIG$CARO_SOCKET$CARO_SAFETY_LEVEL$CARO_SAFETY_MODE$TRACE_LOG_FILE$TRACE_SHELL"; or return
    test -e $__caro_off; and return 1
    test -e "$__caro_plain_mark"; and not test $__caro_config -nt $__caro_plain_mark; or return
    test "$__caro_until" = 0; or __caro_is_answered; or return
    string match -qr '^[A-Za-z0-9_./ @%+,=~:-]{1,200}$' -- "$PWD"; or return
    __caro_was_taken; and not set -q __caro_lost[3]; or return
    set -l fifo "$__caro_fifo/$CARO_SESSION_ID"
    test $fifo.told -ef $fifo; or return
    set -l last
    test -n "$__caro_status"; and set last ",\"last\":{\"exit_code\":$__caro_status,\"duration_ms\":$__caro_ms}"
    begin
        builtin echo "{\"v\":1,\"type\":\"preexec\",\"told\":true,\"session\":\"$CARO_SESSION_ID\",\"seq\":$__caro_n,\"shell\":\"fish\",\"pid\":$fish_pid,\"line\":\"$argv[1]\",\"cwd\":\"$PWD\",\"tty\":true$last}" >>$fifo.told
    end 2>/dev/null
    or return
    set -g __caro_told $__caro_n
    set -g __caro_told_words $argv[1] "$__caro_status" "$__caro_us"
    test -z "$__caro_mark"; or builtin printf '%s%s\a' $__caro_mark $__caro_n >/dev/tty
    true
end

# Whether the breaker can be closed: its end would take a process that knows the time, but the file goes when the daemon
# has answered anybody.
function __caro_is_answered
    test -e $__caro_fifo/../breaker; and return 1
    set -g __caro_until 0
end

# The daemon has not taken a line that it was told of: the hook records it.
function __caro_tell_hook
    test "$HOME" = "$__caro_home"; or set -lx HOME $__caro_home
    set -l words -s fish -p $fish_pid -n $__caro_told -e "$__caro_told_words[2]" -d "$__caro_told_words[3]"
    CARO_LINE="$__caro_told_words[1]" $__caro_hook preexec $words -u 99999999999 2>/dev/null
    set -g __caro_told ''
    set -ga __caro_lost x
end

# Where the daemon has answered, nothing stands in the FIFO: it reads what it was told first. Of a plain line it is told.
function __caro_find_lost # VERDICT LINE
    test "$__caro_until" = 0; and test (builtin math $argv[1] % 2) = 0; or return
    string match -qr -- "$__caro_plain_look" $argv[2]; or set -g __caro_lost
end

# Ten at a time: `math` takes a pipe, and so two changes of the thread.
function __caro_count_line
    if not set -q __caro_numbers[1]
        builtin math $__caro_tens + 1 | read -g __caro_tens
        set -g __caro_numbers $__caro_tens{0,1,2,3,4,5,6,7,8,9}
    end
    set -g __caro_n $__caro_numbers[1]
    set -e __caro_numbers[1]
end

# 0: the line may run. A command substitution costs as much as a tenth of the hook, and a pipe into `read` hardly less: fish
# has threads of its own for both. (That Caro is switched off for all shells, the hook sees.)
function __caro_preexec # LINE
    builtin contains -- "$CARO_DISABLE" 1 true yes on; or not test -x $__caro_hook; and return 0
    test -n "$__caro_session"; or __caro_start_session
    __caro_count_line
    __caro_tell "$argv[1]"; and set -g __caro_ran 1; and return 0
    __caro_was_taken; or __caro_tell_hook
    test "$HOME" = "$__caro_home"; or set -lx HOME $__caro_home
    set -l words -s fish -p $fish_pid -n $__caro_n -e "$__caro_status" -d "$__caro_us" -u $__caro_until
    if string match -qr '^[\s\S]{30000}' -- "$argv[1]" # one variable of a new process holds 128 KiB
        builtin printf %s "$argv[1]" | $__caro_hook preexec -w -i $words
    else
        CARO_LINE="$argv[1]" $__caro_hook preexec -w $words
    end
    set -l verdict $status
    if test $verdict -ge 100
        __caro_judge_again "$argv[1]"
        set verdict $status
    end
    set -q __caro_lost[1]; and __caro_find_lost $verdict "$argv[1]"
    test $verdict -eq 0; and set -g __caro_ran 1; or __caro_not_silent $verdict (string collect -- $argv[1])
end

# Without the daemon, and with nothing that the first asking may have stumbled over.
function __caro_judge_again # LINE
    test "$HOME" = "$__caro_home"; or set -lx HOME $__caro_home
    builtin printf %s "$argv[1]" | $__caro_hook preexec -i -w -s fish -p $fish_pid -n $__caro_n -u 99999999999
    set -l verdict $status
    test $verdict -lt 100; and return $verdict
    builtin echo "caro: nobody could judge this line: $__caro_hook did not answer (caro doctor says why)" >/dev/tty
    return 0
end

# What was shown stands below the line: a fresh prompt, with the line in it. To draw it, fish goes up as many rows as
# the cursor stands below the prompt's; they have to be there.
function __caro_fresh_prompt # LINE
    set -l rows (builtin commandline -L)
    set -l columns 80
    string match -qr '^[1-9][0-9]*$' -- "$COLUMNS"; and set columns $COLUMNS
    for text in (string split \n -- $argv[1])
        set rows (builtin math "$rows + floor($(string length -- $text) / $columns)")
    end
    string repeat -N -n (builtin math $rows - 1) \n >/dev/tty
    builtin commandline -f repaint
end

function __caro_not_silent # VERDICT LINE
    set -l verdict $argv[1]
    test $verdict -ge 8; and __caro_fresh_prompt $argv[2]
    set verdict (builtin math $verdict % 8)
    test (builtin math $verdict % 2) = 1; and __caro_open_breaker
    test $verdict -lt 2; and set -g __caro_ran 1; and return 0
    test $verdict -lt 4; and return 1
    set -l text ($__caro_hook transform -s fish -p $fish_pid -n $__caro_n 2>/dev/null | string collect)
    test -n "$text"; and builtin commandline -r -- $text
    return 1
end

# What Enter would expand anyway is expanded first, so that what is asked about is what runs.
function __caro_expand_abbreviation # TOKEN
    set -l token $argv[1]
    set -l name (string escape --style=regex -- (string escape -- $token))
    set -l found (abbr --show | string match -r -- "^abbr -a (.*)-- $name (.*)\$")
    test (builtin count $found) = 3; or return
    string match -q '*--function*' -- $found[2]; and return
    string match -q '*anywhere*' -- $found[2]; or test (builtin commandline -p | string trim) = "$token"; or return
    eval "builtin commandline -t -- $found[3]"
end

# 0: what stands on the line may run, or Enter has other work.
function __caro_ask_first
    set -l IFS \n
    # An answer to `read`, a password too, is no line: there is one at fish's own prompt alone.
    set -l words (builtin status current-command; builtin commandline -t; builtin commandline -b)
    test "$words[1]" = fish; or return 0
    set -l line "$words[3]"
    set -l token "$words[2]"
    if set -q words[4] # of several rows
        builtin commandline -t | read -L token
        builtin commandline -b | read -z line # with a newline at its end
    end
    if test -n "$token"; and abbr -q -- $token
        __caro_expand_abbreviation $token
        builtin commandline -b | read -z line
    end
    # Enter has other work in the pager, and where the command is not complete.
    test -z "$line"; or test "$line" = \n; or builtin commandline --paging-mode; and return 0
    builtin commandline --is-valid
    test $status -eq 2; and return 0
    __caro_preexec $line; and __caro_keep_from_history
end

# A line with a blank in front stays out of the history file, and the next prompt can still recall it.
function __caro_keep_from_history
    test -n "$__caro_history"; or return 0
    builtin commandline -b | read -lz line
    set -l text (printf %s $line | $__caro_hook redact -i 2>/dev/null)
    test $status -eq 1; and return 0
    string match -q ' *' -- $line; or builtin commandline -r -- " "(string collect -- $line)
    # fish 4 can be told of another line; before that a masked one is a dropped one.
    test "$__caro_history" = mask; and string match -qr '^[4-9]' -- $version; and builtin history append -- (string join \n -- $text)
    return 0
end

function __caro_enter
    __caro_ask_first; and builtin commandline -f execute
end

# A key of the person's or of another tool that runs the line: asked first, then it does what it did.
function __caro_key # NUMBER
    __caro_ask_first; or return
    set -l functions (builtin bind --function-names)
    eval "set -l commands $__caro_keys[$argv[1]]"
    for command in $commands
        if builtin contains -- (string split " " -- $command)[1] $functions
            builtin commandline -f $command
        else
            eval $command
        end
    end
end

# Whether one of a binding's commands runs the line, by itself or in a function.
function __caro_runs_line # COMMAND...
    for command in $argv
        string match -qr '(^|\W)execute(\W|$)' -- $command; and return 0
        set -l name (string split " " -- $command)[1]
        builtin functions -q -- $name; or continue
        builtin functions -- $name | string match -qr 'commandline\s.*(-f|--function)\b.*\bexecute\b'; and return 0
    end
    return 1
end

# Each such binding (`bind -M MODE KEY COMMAND...`, as fish lists it) is led through __caro_key.
function __caro_take_keys
    for binding in (builtin bind --user 2>/dev/null)
        string match -q '*__caro_*' -- $binding; and continue
        eval "set -l words $binding"
        set -l mode default
        set -l options
        set -e words[1]
        while string match -qr '^-' -- $words[1]
            switch $words[1]
                case -M
                    set mode $words[2]
                    set -e words[1]
                case -m -k
                    set -a options $words[1]
                    test $words[1] = -m; and set -a options $words[2]; and set -e words[1]
                case '--user' '-s' '--silent' '--preset'
                case '*'
                    break
            end
            set -e words[1]
        end
        test (builtin count $words) -ge 2; or continue
        __caro_runs_line $words[2..]; or continue
        set -ga __caro_keys (string join " " -- (string escape -- $words[2..]))
        builtin bind -M $mode $options $words[1] "__caro_key $(builtin count $__caro_keys)"
    end
end

# A line that nobody was asked about, since a key that Caro does not know ran it: recorded, and said. fish can't stop it.
function __caro_unasked --on-event fish_preexec
    test "$__caro_ran" = 1; and return
    __caro_is_off; and return
    __caro_preexec "$argv[1]"; and return
    set -g __caro_ran 1
    builtin echo "caro: this line runs all the same: fish can't stop what another key than Enter executes" >/dev/tty
end

# ---- at the prompt ---------------------------------------------------------------------------------------------
function __caro_postexec --on-event fish_postexec
    set -l exit_code $status
    set -l duration $CMD_DURATION
    test "$__caro_ran" = 1; or return
    set -g __caro_ran 0
    set -g __caro_status $exit_code
    set -g __caro_us "$duration"000
    set -g __caro_ms $duration
    # ^C and ^Z are no failures; of a success that took a second there may be something to say.
    builtin contains -- $exit_code 130 148; and return
    test $exit_code = 0 -a "$duration" -lt 1000; and return
    __caro_is_off; and return
    $__caro_hook postexec -s fish -p $fish_pid -n $__caro_n -e $exit_code -d $__caro_us -u $__caro_until 2>/dev/null
    set -l told $status
    builtin contains -- $told 1 3; and __caro_open_breaker
    builtin contains -- $told 2 3; and set -g __caro_late 2
end

function __caro_take_files --on-event fish_postexec
    test -s "$__caro_folder/shell/chosen-$CARO_SESSION_ID"; and __caro_take_chosen
    test -s "$__caro_folder/shell/gone-$CARO_SESSION_ID"; and __caro_drop_gone
end

# What was chosen in `caro fix`, once.
function __caro_take_chosen
    set -l file "$__caro_folder/shell/chosen-$CARO_SESSION_ID"
    test -O $file -a ! -L $file; and builtin commandline -r -- (string collect <$file)
    command rm -f -- $file
end

# What was forgotten (a file of texts, NUL behind each) leaves this shell's memory.
function __caro_drop_gone
    set -l file "$__caro_folder/shell/gone-$CARO_SESSION_ID"
    test -s $file; or return
    if test -O $file -a ! -L $file
        while read -lz text
            test -n "$text"; or continue
            builtin history delete --exact --case-sensitive -- $text
            string match -q '*\*\*\**' -- $text; and __caro_drop_hidden $text
        end <$file
        builtin history save
    end
    command rm -f -- $file
end

# What a line was before its secret was hidden.
function __caro_drop_hidden # TEXT
    set -l look (string replace -a '***' \1 -- $argv[1] | string escape --style=regex | string replace -a \1 '.*' | string collect)
    builtin history -z | while read -lz line
        string match -qr "^(?s:$look)\$" -- $line; or continue
        test "$(builtin printf %s $line | $__caro_hook redact -i 2>/dev/null | string collect)" = "$argv[1]"; and builtin history delete --exact --case-sensitive -- $line
    end
end

# The prompt that comes with the failure is the first of these events.
function __caro_show_late --on-event fish_prompt
    test $__caro_late -gt 0; or return
    set -g __caro_late (builtin math $__caro_late - 1)
    test $__caro_late -gt 0; and return
    __caro_is_off; or $__caro_hook late -s fish -p $fish_pid -n $__caro_n 2>/dev/null
    test $status = 2; and set -g __caro_late 1
end

function __caro_exit --on-event fish_exit
    set -l exit_code $status
    test $__caro_n -gt 0; or return
    __caro_is_off; and return
    test "$__caro_ran" = 1; and set -g __caro_status $exit_code
    __caro_was_taken; or __caro_tell_hook
    $__caro_hook session_end -s fish -p $fish_pid -n $__caro_n -e "$__caro_status" -d "$__caro_us" 2>/dev/null
end

# ---- keys ------------------------------------------------------------------------------------------------------
function __caro_fix # the last fix, into an empty line, for review
    test -z (builtin commandline -b | string collect); or return
    __caro_is_off; and return
    set -l text ($__caro_hook fix -s fish -p $fish_pid -n $__caro_n 2>/dev/null | string collect)
    test -n "$text"; and builtin commandline -r -- $text
end

# caro with these words: where PATH has none, by the interpreter that its installation noted. `-m` would take a module of
# the folder one stands in for Caro.
function __caro_program
    if builtin command -q caro
        command caro $argv
        return
    end
    set -l python
    builtin read python 2>/dev/null <(string replace -r '[^/]*$' interpreter -- $__caro_hook)
    if not builtin test -x "$python"
        builtin printf '\r\n\e[Kcaro: this key needs the command caro, which is not on PATH here\r\n' >/dev/tty
        return 127
    end
    $python -c 'import sys; sys.path[:] = filter(None, sys.path); import runpy; runpy.run_module("caro", run_name="__main__", alter_sys=True)' $argv
end

function __caro_ask # Caro's own prompt over the line, which it gives back
    __caro_is_off; and return
    set -l line (builtin commandline -b | string collect)
    set -l text (CARO_LINE="$line" __caro_program prompt --shell fish 2>/dev/tty </dev/tty | string collect --allow-empty)
    and builtin commandline -r -- $text
    builtin commandline -f repaint
end

function __caro_overlay # the record over the line, which stays as it was typed unless one is taken from there
    __caro_is_off; and return
    set -l text (__caro_program tui --over --shell fish 2>/dev/tty </dev/tty | string collect)
    test -n "$text"; and builtin commandline -r -- $text
    builtin commandline -f repaint
end

function __caro_hint # what the word under the cursor means, below the line, which comes anew
    __caro_is_off; and return
    set -l line (builtin commandline -b | string collect)
    set -l text (CARO_LINE="$line" $__caro_hook hint -s fish -p $fish_pid -n $__caro_n -C (builtin commandline -C) 2>/dev/null)
    or set text 'nothing is known of this word here'
    builtin printf '\r\n\e[Kcaro: %s\r\n' $text >/dev/tty
    __caro_fresh_prompt "$line"
end

# Caro's grey text is the relay's, above this terminal: it knows the typed line by two marks around the prompt. fish's own
# is off then, and goes on where the relay is not there.
function __caro_begin_grey
    set -l relay (string split -m 2 : -- "$CARO_RELAY")
    test (builtin count $relay) = 3; and test "$relay[2]" = (builtin realpath /dev/fd/0 2>/dev/null); or return
    set -g __caro_mark \e"]133;C;caro=$relay[1].$fish_pid."
    test -n "$__caro_inline"; and test -n "$TERM"; and test "$TERM" != dumb; or return
    __caro_is_off; and return
    set -g fish_autosuggestion_enabled 0
    set -g __caro_token $relay[1]
    __caro_bind $__caro_inline_key __caro_toggle_grey
    __caro_mark_prompt
end

# Again before each prompt: it may have been chosen anew. (Before the first __caro_begin_grey does it, when all is known.)
function __caro_mark_prompt --on-event fish_prompt
    test -n "$__caro_token"; or return 0
    # It stands in front of the prompt, and whatever it runs, fish keeps $status and $pipestatus for that.
    if not builtin functions fish_mode_prompt 2>/dev/null | string match -q '*__caro_token*'
        builtin functions -e __caro_own_mode_prompt
        builtin functions -q fish_mode_prompt; and builtin functions -c fish_mode_prompt __caro_own_mode_prompt
        function fish_mode_prompt
            builtin printf '\e]133;A;caro=%s.f.%s\a' $__caro_token $__caro_hint_ms
            builtin functions -q __caro_own_mode_prompt; and __caro_own_mode_prompt
        end
    end
    if not builtin functions fish_prompt 2>/dev/null | string match -q '*__caro_token*'
        builtin functions -e __caro_own_prompt
        builtin functions -c fish_prompt __caro_own_prompt
        function fish_prompt
            __caro_own_prompt
            set -l session $CARO_SESSION_ID 0
            builtin printf '\e]133;B;caro=%s.%s\a' $__caro_token $session[1]
        end
    end
end

function __caro_toggle_grey
    set -g __caro_grey_on (builtin math 1 - $__caro_grey_on)
    set -l word off on
    builtin printf '\e]133;O;caro=%s.%s\a\r\n\e[Kcaro: grey text is %s in this shell\r\n' $__caro_token $__caro_grey_on $word[(builtin math $__caro_grey_on + 1)] >/dev/tty
    __caro_fresh_prompt (builtin commandline -b | string collect)
end

function __caro_pick # the search of what was typed, over the line
    set -l line (builtin commandline -b | string collect)
    set -l program (string replace -r '[^/]*$' caro-pick -- $__caro_hook)
    set -l text
    set -l code 4
    if not __caro_is_off; and test -x $program
        set text (CARO_LINE="$line" $program -b -d "$__caro_folder/shell/gone-$CARO_SESSION_ID" $__caro_pick_options </dev/null 2>/dev/tty)
        set code $status
        __caro_drop_gone
    end
    if test $code -eq 3 # no daemon has made a file: what this shell knows
        set text (builtin history -z | CARO_LINE="$line" $program -nbinul $__caro_pick_options 2>/dev/tty)
        set code $status
    end
    switch $code
        case 0 10
            builtin commandline -r -- (string join \n -- $text | string collect)
        case 1
        case '*'
            if builtin contains -- history-pager (builtin bind --function-names)
                builtin commandline -f history-pager
            else
                builtin commandline -f history-search-backward
            end
            return
    end
    builtin commandline -f repaint
    test $code -eq 10; and __caro_enter
end

# A key that somebody bound is never taken; fish's own bindings (preset) are nobody's.
function __caro_bind # KEY FUNCTION
    test -n "$argv[1]"; or return
    for mode in default insert
        builtin bind --user -M $mode $argv[1] >/dev/null 2>&1; or builtin bind -M $mode $argv[1] $argv[2]
    end
end

# Again whenever the key bindings are chosen anew: that erases them.
function __caro_bind_keys --on-variable fish_key_bindings
    __caro_take_keys
    for mode in default insert visual
        for key in \r \n
            builtin bind --user -M $mode $key 2>/dev/null | string match -q '*__caro_*'; or builtin bind -M $mode $key __caro_enter
        end
    end
    __caro_bind $__caro_ask_key __caro_ask
    __caro_bind $__caro_fix_key __caro_fix
    __caro_bind $__caro_hint_key __caro_hint
    __caro_bind $__caro_overlay_key __caro_overlay
    test "$__caro_fix_key" = \cx\cf; or __caro_bind \cx\cf __caro_fix
    test -n "$__caro_pick_options"; and test -n "$TERM"; and test "$TERM" != dumb; and __caro_bind \cr __caro_pick
    true
end

# ---- start -----------------------------------------------------------------------------------------------------
# Tab for caro itself, behind whatever else has completions for it.
set -ga fish_complete_path $__caro_folder/shell/fish

# After the rc files: a person's own bindings are made in fish_user_key_bindings, which runs before the first prompt.
function __caro_first_prompt --on-event fish_prompt
    builtin functions -e __caro_first_prompt
    __caro_bind_keys
    __caro_begin_grey
    # Where no daemon listens, one is started by the time that the first line is typed.
    set -l socket $CARO_SOCKET $__caro_folder/caro.sock
    test -S $socket[1]; or __caro_is_off; or $__caro_hook wake </dev/null >/dev/null 2>&1
end

end
