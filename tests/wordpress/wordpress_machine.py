"""Debian's WordPress on this machine: its own MariaDB, PHP-FPM and nginx, all in one folder, none of them a service."""

import json
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from ports import free_port

from realpad_form.web.wordpress import SLUG, plugin_archive

SOURCE = Path("/usr/share/wordpress")
PASSWORD = "long enough for a test"

CONFIG = """<?php
define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:{folder}/db.sock' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'WP_HOME', 'http://' . $_SERVER['HTTP_HOST'] );
define( 'WP_SITEURL', WP_HOME );
define( 'DISABLE_WP_CRON', true );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_ACCESSIBLE_HOSTS', '127.0.0.1,localhost' );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'WP_DEBUG_LOG', '{folder}/debug.log' );
foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $name ) {{
    define( $name . '_KEY', str_repeat( $name, 8 ) );
    define( $name . '_SALT', str_repeat( $name, 9 ) );
}}
$table_prefix = 'wp_';
if ( file_exists( '{folder}/extra.php' ) ) {{ require '{folder}/extra.php'; }}
if ( ! defined( 'ABSPATH' ) ) {{ define( 'ABSPATH', __DIR__ . '/' ); }}
require_once ABSPATH . 'wp-settings.php';
"""

FPM = """[global]
error_log = {folder}/fpm.log
[www]
listen = {folder}/fpm.sock
pm = static
pm.max_children = 5
catch_workers_output = yes
php_admin_value[error_log] = {folder}/php.log
php_admin_value[sendmail_path] = {folder}/sendmail
"""

# Three ports show the same site: as it is; one copy for all visitors, kept for a day; under a policy as strict as can be.
NGINX = """
user root;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ }}
http {{
  include /etc/nginx/mime.types;
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  fastcgi_cache_path {folder}/cache keys_zone=pages:1m;
  map $request_uri $page {{ ~^(?<path>[^?]*) $path; }}
  root {folder}/site;
  index index.php;
  fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
  include /etc/nginx/fastcgi_params;
  fastcgi_param HTTP_HOST $http_host;
  fastcgi_read_timeout 120s;
  server {{
    listen 127.0.0.1:{port};
    location / {{ try_files $uri $uri/ /index.php?$args; }}
    location ~ \\.php$ {{ fastcgi_pass unix:{folder}/fpm.sock; }}
  }}
  server {{
    listen 127.0.0.1:{cached};
    location / {{ try_files $uri $uri/ /index.php?$args; }}
    location ~ \\.php$ {{
      fastcgi_pass unix:{folder}/fpm.sock;
      fastcgi_cache pages;
      fastcgi_cache_key $page;
      fastcgi_cache_valid 200 1d;
      add_header X-Cache $upstream_cache_status;
    }}
  }}
  server {{
    listen 127.0.0.1:{strict};
    add_header Content-Security-Policy "{policy}";
    location / {{ try_files $uri $uri/ /index.php?$args; }}
    location ~ \\.php$ {{ fastcgi_pass unix:{folder}/fpm.sock; }}
  }}
}}
"""


def missing():
    """Return what Debian offers and this machine lacks."""
    parts = {
        "wordpress": SOURCE.is_dir(),
        "wordpress-theme-twentytwentythree": (SOURCE / "wp-content/themes/twentytwentythree").is_dir(),
        "php-fpm": bool(_fpm()),
        "php-cli": bool(shutil.which("php")),
        "mariadb-server": bool(shutil.which("mariadbd") and shutil.which("mariadb-install-db")),
        "nginx-light": bool(shutil.which("nginx")),
    }
    return [name for name, is_there in parts.items() if not is_there]


def _fpm():
    return next(iter(sorted(Path("/usr/sbin").glob("php-fpm*"))), None)


class WordPress:
    """An installed WordPress with the plugin active, as its own installer makes it."""

    def __init__(self, folder, *, service):
        self.folder = folder
        self._ports = {name: free_port() for name in ("port", "cached", "strict")}
        self.url, self.cached_url, self.strict_url = (
            f"http://127.0.0.1:{port}" for port in self._ports.values()
        )
        policy = f"default-src 'self'; script-src {service}; frame-src {service}; style-src 'self'"
        self._processes = []
        _write(
            folder, "nginx.conf", NGINX, policy=f"{policy}; require-trusted-types-for 'script'", **self._ports
        )
        _write(folder, "fpm.conf", FPM)
        _write(folder, "sendmail", "#!/bin/sh\ncat > /dev/null\n")
        (folder / "sendmail").chmod(0o755)
        shutil.copytree(SOURCE, folder / "site", ignore=shutil.ignore_patterns("wp-config.php"))
        _write(folder, "site/wp-config.php", CONFIG)
        _write(folder, "site/run.php", RUN, host=self.url.removeprefix("http://"))

    def start(self):
        """Start its parts, install it, and activate the plugin."""
        data = self.folder / "db"
        install = [
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={data}",
            "--user=root",
            "--skip-test-db",
        ]
        subprocess.run(
            [*install, "--auth-root-authentication-method=normal"], check=True, capture_output=True
        )
        at = f"--socket={self.folder}/db.sock"
        database = ["mariadbd", "--no-defaults", f"--datadir={data}", "--user=root", at, "--skip-networking"]
        self._run([*database, f"--pid-file={self.folder}/db.pid", "--innodb-buffer-pool-size=32M"], "db.out")
        self._run([str(_fpm()), "-R", "-F", "-y", f"{self.folder}/fpm.conf"], "fpm.out")
        self._run(["nginx", "-c", f"{self.folder}/nginx.conf", "-p", str(self.folder)], "nginx.out")
        sql = ["mariadb", "--no-defaults", at, "-u", "root", "-e", "CREATE DATABASE wordpress"]
        _until(lambda: subprocess.run(sql, capture_output=True).returncode == 0)
        _until((self.folder / "fpm.sock").exists)
        _until(lambda: _listens(self._ports["port"]))
        answers = {"weblog_title": "Byty", "user_name": "admin", "admin_email": "admin@example.com"}
        passwords = {"admin_password": PASSWORD, "admin_password2": PASSWORD, "pw_weak": "1"}
        page = self.post("/wp-admin/install.php?step=2", **answers, **passwords)
        assert "Success" in page, page
        self.install_plugin()

    def install_plugin(self):
        """Unpack the plugin's archive, and activate it."""
        with zipfile.ZipFile(BytesIO(plugin_archive())) as archive:
            archive.extractall(self.folder / "site/wp-content/plugins")
        self.php(
            "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
            f"$error = activate_plugin('{SLUG}/{SLUG}.php');"
            "is_wp_error($error) && trigger_error($error->get_error_message(), E_USER_ERROR);"
            "global $wp_rewrite; $wp_rewrite->set_permalink_structure('/%postname%/'); flush_rewrite_rules();"
        )

    def stop(self):
        """End its processes."""
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            process.wait(30)

    def php(self, code):
        """Run code inside WordPress, and return what it returns, by way of JSON."""
        sent = urllib.parse.urlencode({"code": code}).encode()
        try:
            with urllib.request.urlopen(f"{self.url}/run.php", sent, timeout=120) as answer:  # noqa: S310 - our own
                said = answer.read().decode()
        except urllib.error.HTTPError as error:
            raise AssertionError((self.folder / "debug.log").read_text()[-2000:]) from error
        return json.loads(said.rpartition("\x1e")[2])

    def die_after(self, code):
        """Run code in a PHP of its own, and end that as if somebody had pulled the plug."""
        command = ["php", str(self.folder / "site/run.php"), f"{code} posix_kill(getmypid(), SIGKILL);"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == -signal.SIGKILL, done.stderr + done.stdout

    def put_page(self, content, *, author="admin", type="page", **meta):
        """Publish a text as somebody, and return its path."""
        post = {"post_title": f"Seite {time.time_ns()}", "post_status": "publish", "post_type": type}
        return self.php(
            f"wp_set_current_user(get_user_by('login', {_php(author)})->ID);"
            f"$post = {_php(post)}; $post['post_content'] = wp_slash({_php(content)});"
            f"$post['meta_input'] = {_php(meta)};"
            "return wp_parse_url(get_permalink(wp_insert_post($post, true)), PHP_URL_PATH);"
        )

    def configure(self, **settings):
        """Change settings of the plugin."""
        self.php(
            f"$changes = {_php(settings)};"
            "$kept = get_option('lead_form_embed_settings', array());"
            "update_option('lead_form_embed_settings', array_merge(is_array($kept) ? $kept : array(), $changes));"
        )

    def activate(self, *, is_active):
        """Have the plugin active, or not."""
        listed = f"'{SLUG}/{SLUG}.php'" if is_active else ""
        self.php(f"update_option('active_plugins', array({listed})); return 1;")

    @contextmanager
    def timed(self):
        """Let pages say how much of the processor they took from the loading of plugins on, in seconds."""
        folder = self.folder / "site/wp-content/mu-plugins"
        folder.mkdir()
        (folder / "timer.php").write_text(TIMER)
        yield
        shutil.rmtree(folder)

    def time(self, path, *, turns):
        """Return what a page took, in ms, the first time left out, and the page."""
        times = []
        for _ in range(turns):
            with urllib.request.urlopen(self.url + path, timeout=60) as answer:  # noqa: S310 - our own
                html = answer.read().decode()
            times.append(float(answer.headers["X-Took"]) * 1000)
        return times[1:], html

    def kept(self):
        """Return the rows that the service does not have yet."""
        return self.php(
            'global $wpdb; return $wpdb->get_results("SELECT * FROM {$wpdb->prefix}lead_form_embed_kept'
            " WHERE status <> 'sent' ORDER BY id\");"
        )

    def make_due(self):
        """Let the waiting time of what is kept be over."""
        self.php(
            'global $wpdb; $wpdb->query("UPDATE {$wpdb->prefix}lead_form_embed_kept SET due_at = 0"); return 1;'
        )

    def run_cron(self, *, due_now=True):
        """Let cron do its work, as a crontab would; with `due_now`, as if the waiting time were over."""
        if due_now:
            self.make_due()
        self.php(
            "wp_clear_scheduled_hook('lead_form_embed_deliver');"
            "wp_schedule_single_event(time() - 1, 'lead_form_embed_deliver'); return 1;"
        )
        self.get("/wp-cron.php?doing_wp_cron")
        # wp-cron.php answers before it begins: it has ended when nothing is due and nothing runs.
        _until(
            lambda: self.php(
                "wp_cache_flush(); return !get_transient('doing_cron')"
                " && (wp_next_scheduled('lead_form_embed_deliver') ?: PHP_INT_MAX) >= time();"
            )
        )

    def get(self, path, *, base=None):
        """Return a page."""
        with urllib.request.urlopen((base or self.url) + path, timeout=60) as answer:  # noqa: S310 - our own
            return answer.read().decode()

    def post(self, path, **fields):
        """Send a form, and return the page that answers."""
        sent = urllib.parse.urlencode(fields).encode()
        with urllib.request.urlopen(self.url + path, sent, timeout=120) as answer:  # noqa: S310 - our own
            return answer.read().decode()

    def complaints(self):
        """Return what PHP complained about in the plugin's own files."""
        found = []
        for name in ("debug.log", "php.log", "fpm.log"):
            path = self.folder / name
            if path.exists():
                found += [line for line in path.read_text(errors="replace").splitlines() if SLUG in line]
        return found

    def _run(self, command, log):
        with (self.folder / log).open("wb") as output:
            self._processes.append(subprocess.Popen(command, stdout=output, stderr=output))


TIMER = """<?php
function processor_s() {
    $used = getrusage();
    return $used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec'] + ( $used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec'] ) / 1e6;
}
$began_s = processor_s();
ob_start();
add_action( 'shutdown', function () use ( $began_s ) {
    header( 'X-Took: ' . ( processor_s() - $began_s ) );
    ob_end_flush();
}, -1 );
"""

RUN = """<?php
// Runs code inside WordPress, and prints what it returns.
if ( 'cli' === PHP_SAPI ) {{
    $_SERVER['HTTP_HOST'] = '{host}';
    $_SERVER['REQUEST_URI'] = '/';
    $_SERVER['REQUEST_METHOD'] = 'GET';
}}
$code = $_POST['code'] ?? $argv[1];
unset( $_POST['code'] );
require __DIR__ . '/wp-load.php';
echo "\\x1e", json_encode( eval( $code ) );
"""


def _php(value):
    """Return a value as PHP writes it."""
    text = json.dumps(value, ensure_ascii=True).replace("\\", "\\\\").replace("'", "\\'")
    return f"json_decode('{text}', true)"


def _write(folder, name, template, **values):
    (folder / name).write_text(template.format(folder=folder, **values), encoding="utf-8")


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(is_done, *, wait_s=60):
    deadline = time.monotonic() + wait_s
    while not is_done():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.2)
