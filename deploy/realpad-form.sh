#!/bin/sh
# Runs a command of realpad-form as its user and in its folder, where it finds its settings. As root:
#   install -m 0755 deploy/realpad-form.sh /usr/local/bin/realpad-form
set -e
cd /var/lib/realpad-form
umask 077
exec runuser -u realpad-form -- /opt/realpad-form/venv/bin/realpad-form "$@"
