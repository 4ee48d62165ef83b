#!/bin/sh
# Installs what the tests run against, where that is possible: Dovecot (the IMAP server), neomutt
# and tmux (a mail program and a terminal for it), sqlite3. Elsewhere it says what to install.
# Debian installs one IMAP server at a time, so the other two, Cyrus and Courier, are only unpacked,
# into .cache/servers; the tests start them from there.
set -eu
cd "$(dirname "$0")/../.."

complain() {
  echo "$1" >&2
  [ "${CI:-}" != true ] || exit 1
}

can_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

install_missing() {
  missing=
  for pair in dovecot:dovecot-imapd openssl:openssl neomutt:neomutt tmux:tmux sqlite3:sqlite3; do
    PATH=$PATH:/usr/sbin command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair##*:}"
  done
  [ -n "$missing" ] || return 0
  if ! can_install; then
    complain "The tests against a real server need:$missing
On Debian or Ubuntu: sudo apt-get install$missing"
    return 0
  fi
  # Debian starts a server when it is installed; the tests start a private one themselves.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  echo "Installing$missing ..."
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of package names
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# Names the packages, and the libraries they need that this system hasn't.
wanted() {
  apt-get install --simulate --no-install-recommends "$@" 2>/dev/null |
    sed -n 's/^Inst \([^ ]*\) .*/\1/p' | grep -E '^(lib|cyrus-|courier-|sasl2-|gamin)' |
    grep -Ev -e '-dev$|^libgnutls'
}

# Downloads the packages and what they need into a folder, if the lists of this system still hold.
download() {
  into=$1
  shift
  names=$(wanted "$@") || return 1
  # shellcheck disable=SC2086 # a list of package names
  (cd "$into" && apt-get download -qq $names 2>/dev/null)
}

unpack() {
  name=$1
  folder=.cache/servers/$name
  shift
  [ ! -e "$folder/complete" ] || return 0
  if ! command -v apt-get >/dev/null; then
    complain "The tests against more than one server need apt-get, to download $name"
    return 0
  fi
  echo "Unpacking $name into $folder ..."
  rm -rf "$folder"
  mkdir -p "$folder/packages"
  if download "$folder/packages" "$@" ||
    { can_install && apt-get update -qq && download "$folder/packages" "$@"; }; then
    for package in "$folder"/packages/*.deb; do dpkg -x "$package" "$folder"; done
    rm -rf "$folder/packages"
    touch "$folder/complete"
  else
    complain "Can't download $name; the tests against it are skipped. As root: apt-get update, then again"
  fi
}

install_missing
unpack cyrus cyrus-imapd sasl2-bin
unpack courier courier-imap courier-authlib-userdb
