#!/bin/sh
# Installs ai-usage, or with --server ai-usage-server, as one file that needs nothing else on the machine.
#
#     curl -fsSL https://github.com/SihaoLiu/ai-usage/releases/latest/download/install.sh | sh
#     sh install.sh --server --to /usr/local/bin --version 4.0.1
#
# Run it again to upgrade in place. AI_USAGE_RELEASE_URL names another place of releases.
set -eu

# Public keys of the releases, set when a release is made (scripts/make_release.py).
RELEASE_KEYS=''

program=ai-usage
folder=${AI_USAGE_INSTALL_DIR:-${HOME:+$HOME/.local/bin}}
version=latest
releases=${AI_USAGE_RELEASE_URL:-https://github.com/SihaoLiu/ai-usage/releases}

main() {
    while [ $# -gt 0 ]; do
        case $1 in
        --server) program=ai-usage-server ;;
        --to)
            folder=$(value_of "$@")
            shift ;;
        --version)
            version=$(value_of "$@")
            shift ;;
        -h | --help)
            echo "install.sh [--server] [--to FOLDER] [--version VERSION]"
            return ;;
        *) fail "$1 is no option; known: --server, --to FOLDER, --version VERSION" ;;
        esac
        shift
    done
    case $folder in /*) ;; *) fail "the folder must begin with /: ${folder:-HOME is not set; use --to FOLDER}" ;; esac
    check_address "$releases"

    target=$(find_target)
    asset=$program-$target
    place=$releases/latest/download
    if [ "$version" != latest ]; then
        version=${version#v}
        case $version in *[!0-9.]* | '') fail "$version is no version, as 4.0.1 is" ;; esac
        place=$releases/download/v$version
    fi

    mkdir -p "$folder" 2>/dev/null || fail "$folder cannot be made; choose another with --to FOLDER"
    [ -w "$folder" ] || fail "$folder cannot be written by this user; choose another with --to FOLDER"
    scratch=$(mktemp -d "$folder/.install-ai-usage.XXXXXX") || fail "$folder cannot be written; its disk may be full"
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 130' INT TERM HUP

    fetch SHA256SUMS
    fetch SHA256SUMS.sig
    verify_signature
    signed=$(sed -n '1s/^# ai-usage //p' "$scratch/SHA256SUMS")
    [ -n "$signed" ] || fail "SHA256SUMS does not begin with the version it was made for"
    [ "$version" = latest ] || [ "$version" = "$signed" ] || fail "asked for $version, but the signed sums are of $signed"
    expected=$(sed -n "s/^\([0-9a-f]\{64\}\)  $asset\$/\1/p" "$scratch/SHA256SUMS")
    [ -n "$expected" ] || fail "release $signed has no file $asset for this machine"

    echo "fetching $asset $signed"
    fetch "$asset"
    [ "$(sum_of "$scratch/$asset")" = "$expected" ] || fail "$asset does not match its sum; nothing was installed"
    chmod 755 "$scratch/$asset"
    said=$("$scratch/$asset" --version) || fail "$asset does not run on this machine; nothing was installed"
    case $said in
    *" $signed") ;;
    *) fail "$asset says that it is '$said' instead of $signed; nothing was installed" ;;
    esac
    mv -f "$scratch/$asset" "$folder/$program"
    echo "installed $folder/$program ($signed)"
    case :${PATH:-}: in
    *:"$folder":*) ;;
    *) echo "$folder is not in PATH; add it to find $program" ;;
    esac
}

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

value_of() {
    [ $# -gt 1 ] || fail "$1 needs a value"
    echo "$2"
}

check_address() { # https only; plain http to this machine where tests allow it
    case $1 in
    https://?*) ;;
    http://127.0.0.1:* | http://localhost:*)
        [ "${AI_USAGE_ALLOW_INSECURE_LOOPBACK:-}" = 1 ] || fail "releases come over https:// only, not from $1" ;;
    *) fail "releases come over https:// only, not from $1" ;;
    esac
}

find_target() {
    system=$(uname -s)
    machine=$(uname -m)
    case $machine in
    x86_64 | amd64) machine=x86_64 ;;
    aarch64 | arm64) machine=aarch64 ;;
    esac
    case $system-$machine in
    Linux-x86_64 | Linux-aarch64) echo "$machine-linux-$(find_libc)" ;;
    Darwin-aarch64) echo aarch64-apple-darwin ;;
    Darwin-*) fail "releases have programs for Apple silicon, not for $machine; use: pipx install git+https://github.com/SihaoLiu/ai-usage" ;;
    *) fail "releases have no program for $system on $machine; with Python 3.11 or newer use: pipx install git+https://github.com/SihaoLiu/ai-usage" ;;
    esac
}

find_libc() { # the gnu programs need glibc 2.28; the musl ones bring their C library and run on any Linux
    glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed -n 's/^glibc 2\.\([0-9]*\).*/\1/p')
    if [ "${glibc:-0}" -ge 28 ]; then echo gnu; else echo musl; fi
}

fetch() {
    if command -v curl >/dev/null 2>&1; then
        curl -fsSL --proto-redir '=https' --connect-timeout 30 --max-time 1800 -o "$scratch/$1" "$place/$1" ||
            fail "cannot fetch $place/$1"
    elif command -v wget >/dev/null 2>&1; then
        limit=$(command -v timeout || true)
        ${limit:+"$limit" 1800} wget -q -T 30 -O "$scratch/$1" "$place/$1" || fail "cannot fetch $place/$1"
    else
        fail "curl or wget is needed"
    fi
}

verify_signature() {
    if [ -z "$RELEASE_KEYS" ]; then
        echo "this install.sh carries no release key, so the signature was not verified; take the one of the release"
        return
    fi
    if ! knows_ed25519; then
        echo "no openssl here that knows Ed25519: the checksum is verified, the signature is not;"
        echo "afterwards let the program do it: $program update --check"
        return
    fi
    for key in $RELEASE_KEYS; do
        printf -- '-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n' "$key" >"$scratch/key.pem"
        if openssl pkeyutl -verify -pubin -inkey "$scratch/key.pem" -rawin -in "$scratch/SHA256SUMS" \
            -sigfile "$scratch/SHA256SUMS.sig" >/dev/null 2>&1; then
            echo "the signature is valid"
            return
        fi
    done
    fail "SHA256SUMS.sig is not a valid signature by a release key; nothing was installed"
}

knows_ed25519() { # OpenSSL 1.1.1 has it without -rawin, LibreSSL in part: ask for what is used
    command -v openssl >/dev/null 2>&1 || return 1
    openssl pkeyutl -help 2>&1 | grep -q -e '-rawin' && openssl list -public-key-algorithms 2>/dev/null | grep -qi ed25519
}

sum_of() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum "$1" | cut -d ' ' -f 1
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 256 "$1" | cut -d ' ' -f 1
    else
        fail "sha256sum or shasum is needed"
    fi
}

main "$@"
