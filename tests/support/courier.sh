#!/bin/sh
# courier.sh ROOT PACKAGE IMAP IMAPS: runs Courier in a mount namespace of its own, where the unpacked
# package lies over /usr; nothing outside ROOT is written. To be started by
#   unshare --mount --pid --fork --kill-child sh courier.sh ...
# Says "ready", then takes a line on its input as the wish to read the users anew, and ends with its input.
set -eu
root=$1 package=$2 imap=$3 imaps=$4

mkdir -p "$root/over/courier" "$root/etc" "$root/mail" "$root/log"
cp -r "$package/etc/courier/." "$root/etc/"
mount -t overlay overlay -o "lowerdir=$package/usr:/usr" /usr
mount -t overlay overlay -o "lowerdir=$root/over:/etc" /etc
mount --bind "$root/etc" /etc/courier
mount -t tmpfs tmpfs /run
mkdir -p /run/courier/authdaemon
chmod 755 /run/courier /run/courier/authdaemon
export LD_LIBRARY_PATH="$package/usr/lib/x86_64-linux-gnu:$package/lib/x86_64-linux-gnu"

read_users() {
  chmod 700 /etc/courier/userdb
  /usr/sbin/makeuserdb
}

touch /etc/courier/userdb
read_users
sed -i 's/^authmodulelist=.*/authmodulelist="authuserdb"/' /etc/courier/authdaemonrc

# What was sent after login, a file for each session. No tee: its input doesn't wait (EAGAIN).
cat >"$root/record" <<'END'
#!/bin/sh
# It is started in the person's home, which is named as they are.
perl -e '
  open(my $log, ">", $ARGV[0]) or die;
  for (;;) {
    my $ready = "";
    vec($ready, 0, 1) = 1;
    select($ready, undef, undef, undef);
    my $read = sysread(STDIN, my $data, 65536);
    next unless defined $read;
    last unless $read;
    syswrite($log, $data);
    syswrite(STDOUT, $data);
  }
' "$SPRINGBACK_LOG/${PWD##*/}.$(date +%s%N)" | /usr/bin/imapd "$@"
END
chmod 755 "$root/record"
export SPRINGBACK_LOG="$root/log"

set -a
TLS_PROTOCOL= prefix=/usr exec_prefix=/usr sbindir=/usr/sbin bindir=/usr/bin
. /etc/courier/authdaemonrc
. /etc/courier/imapd
. /etc/courier/imapd-ssl
IMAP_IDLE_TIMEOUT=2 IMAP_USELOCKS=0
TLS_CERTFILE=$root/combined.pem TLS_CACHEFILE='' TLS_TRUSTCERTS='' TLS_VERIFYPEER=NONE
IMAP_STARTTLS=NO IMAP_TLS=0
set +a

/usr/lib/courier/courier-authlib/authdaemond </dev/null >&2 &
daemon="/usr/sbin/couriertcpd -address=127.0.0.1 -maxprocs=200 -maxperip=200 -nodnslookup -noidentlookup"
login="/usr/lib/courier/courier/imaplogin $root/record Maildir"
$daemon "$imap" $login </dev/null >&2 &
IMAP_TLS=1 $daemon "$imaps" $COURIERTLS -server -tcpd -user=nobody $login </dev/null >&2 &

until [ -S /run/courier/authdaemon/socket ]; do sleep 0.05; done
chmod 777 /run/courier/authdaemon/socket
echo ready
while read -r _; do
  read_users
  echo ready
done
