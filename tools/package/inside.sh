#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# inside.sh STAGE: what must hold in a clean root; try.sh calls the stages in order. The first thing that does not hold is told, and ends it.
set -euo pipefail

must() { # must WHAT COMMAND…
	"${@:2}" >/tmp/said 2>&1 || { echo "not so: $1" >&2; cat /tmp/said >&2; exit 1; }
	echo "  $1"
}
is() { [[ $1 == "$2" ]] || { echo "'$1', not '$2'"; return 1; }; }
is_not_there() { [[ ! -e $1 ]] || { echo "$1 is there"; return 1; }; }
status_is() { local got=0; "${@:2}" || got=$?; is "$got" "$1"; }
state_of() { systemctl "$@" 2>/dev/null || true; }
quiet() { "$@" >/tmp/said 2>&1 || { cat /tmp/said >&2; echo "failed: $*" >&2; exit 1; }; }
as() { setpriv --reuid "$1" --regid "$(id -g "$1")" --init-groups "${@:2}"; }

completes() { # completes WORDS… EXPECTED: bash completes the last word so
	local COMP_WORDS=("${@:1:$#-1}") COMP_CWORD=$(($# - 2)) COMPREPLY=()
	# shellcheck disable=SC1091
	. /usr/share/bash-completion/completions/dossier
	_dossier
	is "${COMPREPLY[*]}" "${*: -1}"
}

installed() {
	quiet apt-get update
	quiet apt-get install -y --no-install-recommends /var/try/dossier_*.deb
	must "user dossier, without a shell" is "$(getent passwd dossier | cut -d: -f6,7)" "/var/lib/dossier:/usr/sbin/nologin"
	must "group dossier" getent group dossier
	must "folder of the index" is "$(stat -c '%U:%G %a' /var/lib/dossier)" "dossier:dossier 750"
	must "nothing is indexed" is "$(ls -A /var/lib/dossier)" ""
	must "folder of the socket" is "$(stat -c '%U:%G %a' /run/dossier)" "dossier:dossier 755"
	for unit in dossierd.socket dossierd.service; do
		must "the system's $unit is enabled" is "$(state_of is-enabled $unit)" enabled
		must "the users' $unit is there, not enabled" is "$(state_of --global is-enabled $unit)" disabled
	done
	must "units are sound" systemd-analyze verify --man=no /lib/systemd/system/dossierd.service /lib/systemd/system/dossierd.socket
	for page in man1/dossier.1 man8/dossierd.8 man5/dossier.ini.5; do
		must "man page $page" gzip -t "/usr/share/man/$page.gz"
	done
	must "tables" test -s /usr/share/dossier/leaders.tsv
	must "the configuration is all comments" is "$(grep -cv -e '^#' -e '^$' /etc/dossier/dossier.ini || true)" 0
	must "bash completes commands" completes dossier sea search
	must "bash completes options" completes dossier search --fr --from
	must "zsh and fish complete" test -s /usr/share/zsh/vendor-completions/_dossier -a -s /usr/share/fish/vendor_completions.d/dossier.fish
	must "without a daemon the client ends with 3" status_is 3 dossier status
	must "libevent has the fix for long Unix addresses" dpkg --compare-versions "$(dpkg-query -W -f '${Version}' libevent-core-2.1-7)" ge 2.1.12-stable-8+deb12u1
	quiet apt-get install -y --no-install-recommends dbus dbus-user-session libpam-systemd zsh # a session and a shell to try it in; the package needs none of them
}

# A real zsh at a terminal of its own: what stands there after one TAB.
zsh_completes() {
	cat >/tmp/first-tab.zsh <<-'END'
		zmodload zsh/zpty
		zpty shell 'TERM=dumb PS1="> " zsh -f -i'
		zpty -w shell 'autoload -U compinit && compinit -u -D; echo re''ady'
		zpty -r shell said '*ready*' || exit 1
		zpty -w -n shell $'dossier sea\t'
		zpty -r shell said '*dossier search*' || exit 1
		zpty -w -n shell $'\C-udossier search --lea\t'
		zpty -r shell said '*--leader*' || exit 1
	END
	timeout 20 zsh -f /tmp/first-tab.zsh
}

articles() {
	mkdir -p /srv/articles
	printf 'Putin meets Xi in Moscow\n\nPublished 21 March 2023\n\nRussian President Vladimir Putin received Chinese President Xi Jinping on Tuesday.\n' >/srv/articles/moscow.txt
	printf 'Merkel visits Ottawa\n\nPublished 9 February 2015\n\nGerman Chancellor Angela Merkel spoke with Prime Minister Stephen Harper about trade.\n' >/srv/articles/ottawa.txt
	printf 'Bread is dearer\n\nPublished 3 June 2019\n\nThe price of bread rose again, bakers said on Monday.\n' >/srv/articles/bread.txt
}

says() { # says STATUS WORDS COMMAND…
	local got=0 said
	said=$("${@:3}" 2>&1) || got=$?
	[[ $got == "$1" && $said == *"$2"* ]] || { echo "$got, not $1, and the words '$2' in: $said"; return 1; }
}

# Somebody with a session of her own types what the README says.
newcomer() {
	local line uid lines=()
	useradd --create-home anna
	uid=$(id -u anna)
	cp -r /srv/articles /home/anna/articles
	chown -R anna: /home/anna/articles
	must "a session for a new user" loginctl enable-linger anna
	quiet systemctl start "user@$uid.service"
	types() { as anna env HOME=/home/anna USER=anna XDG_RUNTIME_DIR="/run/user/$uid" DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$uid/bus" bash -c "cd; $1"; }
	must "without a daemon of hers the first hint is her own systemd" says 3 "try: systemctl --user enable --now dossierd.socket" types "dossier search moscow"
	must "and the second how to be let in to the machine's" says 3 "try: sudo adduser \$USER dossier" types "dossier search moscow"
	mapfile -t lines < <(zcat -f /usr/share/doc/dossier/README.md* | sed -n '/^## Your own articles/,/^## A session/s/^    //p')
	must "the README gives three commands" is "${#lines[@]}" 3
	for line in "${lines[@]}"; do must "she types: $line" says 0 "" types "$line"; done
	must "and reads the answer" says 0 "Putin meets Xi" types "${lines[2]}"
	must "her socket is hers alone" is "$(stat -c '%U %a' "/run/user/$uid/dossier/dossier.sock")" "anna 600"
	# shellcheck disable=SC2016  # her shell shall expand it
	must "her daemon runs as herself" is "$(types 'stat -c %U "/proc/$(systemctl --user show -p MainPID --value dossierd)"')" anna
	must "with a field for each value" says 0 "ready process=front" types "journalctl --user -q -o cat -u dossierd DOSSIER_EVENT=ready DOSSIER_PROCESS=front"
	must "her log is hers to read" types "journalctl --user -q -n1 -u dossierd"
	must "she can stop it" says 0 "" types "systemctl --user stop dossierd.socket dossierd.service"
	loginctl disable-linger anna
	systemctl stop "user@$uid.service"
	quiet userdel --remove anna # what she made is hers, and goes with her
}

sandbox() { dossier status --json | sed -n 's/.*"sandbox":"\([^"]*\)".*/\1/p'; }

add_person() { # add_person NAME [GROUP]
	useradd --no-create-home ${2:+--groups "$2"} "$1"
}

# As the unit starts it, in the foreground; it says on its log when it is ready.
serves() {
	articles
	local line daemon
	mkfifo /tmp/log
	setpriv --reuid dossier --regid dossier --init-groups dossierd --system --config /etc/dossier/dossier.ini --source /srv/articles 2>/tmp/log &
	daemon=$!
	exec 3</tmp/log
	while IFS= read -r line <&3; do
		echo "$line" >>/tmp/dossierd.log
		[[ $line != *ready* ]] || break
	done
	cat <&3 >>/tmp/dossierd.log &
	[[ ${line:-} == *ready* ]] || { cat /tmp/dossierd.log >&2; echo "dossierd did not become ready" >&2; exit 1; }
	must "the three articles are read" dossier api GET /v1/progress
	sandbox >/var/try/sandbox
	must "it says how it is confined" test -s /var/try/sandbox
	must "the socket is the group's" is "$(stat -c '%U:%G %a' /run/dossier/dossier.sock)" "dossier:dossier 660"
	must "a search finds the article" is "$(dossier search --csv moscow --leader putin --leader xi-jinping | wc -l)" 2
	must "a search for nothing there ends with 1" status_is 1 dossier search zeppelin
	must "all of them are found" is "$(dossier search --json --limit 0 | sed -n 's/.*"total":\([0-9]*\).*/\1/p')" 3
	must "a stranger is told that the socket is not his" status_is 3 as nobody dossier status --socket /run/dossier/dossier.sock
	must "it listens at no network" is "$(cat /proc/"$daemon"/net/{tcp,udp}{,6} | grep -cv local_address || true)" 0
	kill "$daemon"
	must "it ends well" status_is 0 wait "$daemon"
	must "the index is kept" test -s /var/lib/dossier/index/manifest
	must "the index is sound" as dossier dossierd --system --check
	rm /tmp/log
}

upgraded() {
	echo '# a line of the owner' >>/etc/dossier/dossier.ini
	find /var/lib/dossier -type f -exec sha256sum {} + | sort >/tmp/before
	quiet apt-get install -y --no-install-recommends /var/try/next.deb
	find /var/lib/dossier -type f -exec sha256sum {} + | sort >/tmp/after
	must "the next version is installed" is "$(dpkg-query -W -f '${db:Status-Status} ${Version}' dossier | sed 's/ .*+next/ next/')" "installed next"
	must "the configuration is the owner's" grep -q 'a line of the owner' /etc/dossier/dossier.ini
	must "the index is as it was" cmp /tmp/before /tmp/after
	must "the socket is still enabled" is "$(state_of is-enabled dossierd.socket)" enabled
	# shellcheck disable=SC2016
	must "an upgrade restarts the service and lets the socket be" \
		is "$(grep -o "deb-systemd-invoke .*dossierd.*'" /var/lib/dpkg/info/dossier.postinst | tr -d "'" | sort | tr '\n' ';')" \
		'deb-systemd-invoke $_dh_action dossierd.service;deb-systemd-invoke start dossierd.socket;'
}

# Searches, one after another, until the file is there; says how many answered, and how many did not.
ask_until() {
	local good=0 bad=0
	until [[ -e $1 ]]; do
		if dossier search moscow >/dev/null 2>&1; then good=$((good + 1)); else bad=$((bad + 1)); fi
	done
	echo "$good $bad" >"$1.count"
}

# In a booted system, with the units as they are: who may ask, what an upgrade and a crash do to those who are asking.
boots() {
	local socket=/run/dossier/dossier.sock before pid
	must "zsh completes at the first TAB" zsh_completes
	must "socket and service are active" status_is 0 systemctl is-active dossierd.socket dossierd.service
	must "the service is confined by its unit" is "$(systemctl show -p NoNewPrivileges -p PrivateNetwork --value dossierd | tr '\n' ' ')" "yes yes "
	must "its unit leaves the daemon's own sandbox whole: $(cat /var/try/sandbox)" is "$(sandbox)" "$(cat /var/try/sandbox)"
	articles
	must "the journal has a field for each value" says 0 "$socket" journalctl -q -o cat --output-fields=DOSSIER_SOCKET -u dossierd DOSSIER_EVENT=ready
	must "root adds a folder" dossier add /srv/articles
	must "a search finds the article" dossier search moscow --leader putin
	must "all of them are found" is "$(dossier search --json --limit 0 | sed -n 's/.*"total":\([0-9]*\).*/\1/p')" 3
	mkdir -p /tmp/elsewhere /home/closed/articles
	echo 'Angela Merkel spoke in Berlin.' | tee /tmp/elsewhere/a.txt >/home/closed/articles/a.txt
	chmod 700 /home/closed
	must "a folder in /tmp, which the machine's daemon cannot see, is told to be elsewhere" says 4 "has a /tmp of its own" dossier add /tmp/elsewhere
	must "a folder in a home that is closed: who must be let in, and how" says 4 "setfacl" dossier add /home/closed/articles
	add_person member dossier
	add_person stranger
	newcomer
	must "a member of the group may search" as member dossier search moscow
	must "a member of the group may not add" status_is 4 as member dossier add /srv/articles
	must "a stranger may not search" status_is 3 as stranger dossier search moscow
	before=$(stat -c %i $socket) pid=$(systemctl show -p MainPID --value dossierd)
	ask_until /tmp/upgraded &
	quiet apt-get install -y --reinstall /var/try/next.deb
	touch /tmp/upgraded
	wait $!
	must "an upgrade starts the daemon anew" status_is 1 is "$(systemctl show -p MainPID --value dossierd)" "$pid"
	must "the socket stayed bound" is "$(stat -c %i $socket)" "$before"
	must "nobody who asked meanwhile was turned away: $(cut -d' ' -f1 /tmp/upgraded.count) searches" is "$(cut -d' ' -f2 /tmp/upgraded.count)" 0
	systemctl kill --signal=KILL --kill-who=main dossierd
	must "after a crash the next search is answered" dossier search moscow
	must "because systemd started it again" is "$(systemctl show -p NRestarts --value dossierd)" 1
	cp /etc/dossier/dossier.ini /tmp/ini
	echo 'deadlin = 1' >>/etc/dossier/dossier.ini
	must "a wrong configuration does not start" status_is 1 systemctl restart dossierd
	must "nor is it tried again and again" is "$(systemctl show -p SubState -p NRestarts --value dossierd | sort | tr '\n' ' ')" "0 failed "
	must "the journal names file, line and word" grep -q 'dossier.ini line [0-9]*: deadlin: no such setting' <(journalctl -u dossierd)
	cp /tmp/ini /etc/dossier/dossier.ini
	must "mended, it starts" systemctl restart dossierd
	echo 'deadline = 2500' >>/etc/dossier/dossier.ini
	must "a reload reaches it" systemctl reload dossierd
	until dossier config --csv deadline | grep -q '^deadline,2500 ms,'; do :; done # (it may take it a moment; the stage has its time)
	must "and takes up what has changed, without a restart" is "$(systemctl show -p NRestarts --value dossierd)" 0
	cp /tmp/ini /etc/dossier/dossier.ini
	systemctl stop dossierd.service
	must "while it is stopped, who asks starts it" dossier search moscow
	systemctl stop dossierd.socket dossierd.service
	must "it ends well" is "$(systemctl show -p Result --value dossierd)" success
}

removed() {
	quiet apt-get remove -y dossier
	must "programs are gone" is_not_there /usr/bin/dossierd
	must "the configuration stays" test -s /etc/dossier/dossier.ini
	must "the index stays" test -s /var/lib/dossier/index/manifest
}

purged() {
	quiet apt-get purge -y dossier
	must "nothing is left" is "$(find / -xdev \( -path /proc -o -path /tmp -o -path /var/try \) -prune -o -name '*dossier*' -print)" ""
	must "the articles are whole" is "$(find /srv/articles -type f | wc -l)" 3
}

"$1"
