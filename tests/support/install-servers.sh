#!/bin/sh
# Installs what the tests run against, where that is possible: Dovecot (the IMAP server), neomutt
# and tmux (a mail program and a terminal for it). Elsewhere it says what to install.
set -eu

missing=
for pair in dovecot:dovecot-imapd openssl:openssl neomutt:neomutt tmux:tmux; do
  PATH=$PATH:/usr/sbin command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair##*:}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "The tests against a real server need:$missing" >&2
  echo "On Debian or Ubuntu: sudo apt-get install$missing" >&2
  [ "${CI:-}" != true ] || exit 1
  exit 0
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
