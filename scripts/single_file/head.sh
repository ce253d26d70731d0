#!/bin/sh
# @program@ @version@ for @target@: one file that needs no Python on the machine.
# These lines unpack what lies behind them, once, into a cache; every later start goes straight to the program.
id=@id@
program=@program@
file=$0
case $file in /*) ;; */*) file=$PWD/$file ;; *) file=$(command -v "$0") || file=$PWD/$0 ;; esac
unset PYTHONHOME PYTHONPATH PYTHONSTARTUP

is_ours() { # what another user owns could be changed under us
    [ -d "$1" ] && [ -O "$1" ] && [ ! -L "$1" ]
}

start() {
    runtime=$1
    shift
    exec "$runtime/bin/python3" -I -B "$runtime/boot.py" @module@ "$file" "$@"
}

homes() { # folders for the unpacked program, best first
    printf '%s\n' "${AI_USAGE_CACHE_DIR-}" "${CACHE_DIRECTORY-}" "${XDG_CACHE_HOME:+$XDG_CACHE_HOME/ai-usage}" \
        "${HOME:+$HOME/.cache/ai-usage}" "${file%/*}/.ai-usage-cache" "${TMPDIR:-/tmp}/ai-usage-$(id -u)"
}

unpack() { # $1: a cache folder; succeeds when the program lies in $1/runtime/$id
    (umask 077 && mkdir -p "$1/runtime") 2>/dev/null && is_ours "$1/runtime" || return 1
    new=$(mktemp -d "$1/runtime/.new.XXXXXX" 2>/dev/null) || return 1
    trap 'rm -rf "$new"' EXIT
    trap 'exit 130' INT TERM HUP
    if tail -n +@lines@ "$file" | (cd "$new" && { gzip -dc || : >broken; } | tar -xf -) 2>"$new/why" &&
        [ ! -e "$new/broken" ] && [ "$(cat "$new/id" 2>/dev/null)" = "$id" ] &&
        "$new/bin/python3" -I -B "$new/settle.py" "$new" "$1/runtime/$id" 2>"$new/why"; then
        trap - EXIT INT TERM HUP
        return 0
    fi
    why=$(cat "$new/why" 2>/dev/null)
    rm -rf "$new"
    trap - EXIT INT TERM HUP
    return 1
}

if [ -n "${AI_USAGE_CACHE_DIR-}" ]; then home=$AI_USAGE_CACHE_DIR
elif [ -n "${CACHE_DIRECTORY-}" ]; then home=$CACHE_DIRECTORY
elif [ -n "${XDG_CACHE_HOME-}" ]; then home=$XDG_CACHE_HOME/ai-usage
else home=${HOME-}/.cache/ai-usage
fi
case $home in
/*) if is_ours "$home/runtime/$id"; then start "$home/runtime/$id" "$@"; fi ;;
esac

why=
old_ifs=$IFS
IFS='
'
for home in $(homes); do
    IFS=$old_ifs
    case $home in /*) ;; *) continue ;; esac
    if is_ours "$home/runtime/$id" || unpack "$home"; then start "$home/runtime/$id" "$@"; fi
done
echo "$program: cannot be unpacked into any of these folders: $(homes | tr '\n' ' ')${why:+($why)}" >&2
echo "$program: the file may be damaged, or the disk full; set AI_USAGE_CACHE_DIR to a folder with 200 MB to spare" >&2
exit 1
