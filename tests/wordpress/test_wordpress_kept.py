"""Forms of other plugins: whatever happens to a call, each submission becomes one lead, or a person sees it."""

import json
import os
import shutil
import subprocess
import threading
import time
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from form_service import key_of
from wordpress_machine import SLUG

pytestmark = pytest.mark.wordpress

TAGS = "[text* your-name] [email your-email] [tel your-tel] [hidden unit] [textarea your-message]"
MAIL = {"subject": "x", "sender": "a@example.com", "recipient": "b@example.com", "body": "x"}


@pytest.fixture(scope="session")
def cf7(wordpress):
    """A form of Contact Form 7, switched on; the number of its post.

    CONTACT_FORM_7 names a folder with the plugin itself; without it a stand-in with its documented hooks is used,
    as neither Debian, npm nor PyPI have it.
    """
    plugin = Path(os.environ.get("CONTACT_FORM_7") or Path(__file__).parent / "contact-form-7")
    shutil.copytree(plugin, wordpress.folder / "site/wp-content/plugins/contact-form-7")
    wordpress.php(
        "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
        "$error = activate_plugin('contact-form-7/wp-contact-form-7.php');"
        "return is_wp_error($error) ? $error->get_error_message() : null;"
    )
    number = wordpress.php(
        "return wp_insert_post(array('post_type' => 'wpcf7_contact_form', 'post_status' => 'publish',"
        f"'post_title' => 'Poptávka', 'meta_input' => array('_form' => '{TAGS}', '_mail' =>"
        f" array('active' => true, 'additional_headers' => '', 'attachments' => '') + json_decode('{json.dumps(MAIL)}', true))));"
    )
    switch_on(wordpress, f"cf7:{number}", source="cf7-main", key=key_of("cf7-main"))
    return number


def switch_on(wordpress, form, *, source, key):
    """Switch a form on as the settings page does."""
    row = {"on": "1", "source": source, "key": key}
    wordpress.php(
        f"$forms = \\LeadFormEmbed\\Settings::forms(); $all = array('{form}' => json_decode('{json.dumps(row)}', true));"
        "foreach ($forms as $name => $kept) { $all += array($name => $kept + array('on' => '1')); }"
        "return \\LeadFormEmbed\\Settings::save_forms($all);"
    )


@pytest.fixture
def submit(wordpress, cf7):
    """Send the form of Contact Form 7 as its page does, and return the status that its visitor sees."""
    path = wordpress.put_page(f'[contact-form-7 id="{cf7}"]')

    def send(name, *, tel="777 123 456", query="", **fields):
        fields = {
            "your-name": name,
            "your-email": "",
            "your-tel": tel,
            "unit": "A-101",
            "your-message": "",
        } | fields
        fields |= {"_wpcf7": cf7, "_wpcf7_unit_tag": f"wpcf7-f{cf7}-p1-o1", "_wpcf7_container_post": 0}
        boundary = uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        request = urllib.request.Request(  # noqa: S310 - our own
            f"{wordpress.url}/wp-json/contact-form-7/v1/contact-forms/{cf7}/feedback",
            ("".join(parts) + f"--{boundary}--\r\n").encode(),
            {
                "Content-Type": f"multipart/form-data; boundary={boundary}",
                "Referer": f"{wordpress.url}{path}{query}",
            },
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)["status"]

    return send


@pytest.fixture(autouse=True)
def empty_table(wordpress):
    """Begin with nothing kept."""
    wordpress.php('global $wpdb; $wpdb->query("DELETE FROM {$wpdb->prefix}lead_form_embed_kept"); return 1;')


@contextmanager
def down(service):
    """Take the service down for a while."""
    service.stop()
    try:
        yield
    finally:
        service.start()


@contextmanager
def unreachable(wordpress, service):
    """Let WordPress find nobody at the address of the service for a while."""
    wordpress.configure(address="http://127.0.0.1:9")
    try:
        yield
        settled(wordpress)
    finally:
        wordpress.configure(address=service.url)


def settled(wordpress, wait_s=10):
    """Wait until no row is being sent, and return those that are left."""
    deadline = time.monotonic() + wait_s
    while True:
        rows = wordpress.kept()
        if all(int(row["claimed_until"]) <= time.time() for row in rows):
            return rows
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_submission_becomes_one_lead_with_unit_and_campaign(wordpress, service, submit):
    status = submit("Jana Odeslaná", query="?utm_campaign=jaro", **{"your-message": "Kdy? 🏠"})

    leads = service.arrived("Odeslaná")
    assert status == "mail_sent"
    assert [(lead["internalid"], lead["campaign"]) for lead in leads] == [("A-101", "jaro")]
    assert "Kdy? 🏠" in leads[0]["note"]
    assert settled(wordpress) == []


def test_invalid_form_is_not_handed_over(wordpress, submit):
    assert submit("") == "validation_failed"
    assert wordpress.kept() == []


def test_outage_costs_no_lead_and_makes_none_twice(wordpress, service, submit):
    names = ["První", "Druhá", "Třetí"]
    with down(service):
        statuses = [submit(f"Jana {name}", query="?utm_campaign=vypadek") for name in names]
        waiting = settled(wordpress)
        wordpress.run_cron()
        still_waiting = settled(wordpress)
        dashboard = wordpress.php("return \\LeadFormEmbed\\Admin::sentence();")

    wordpress.run_cron()

    assert statuses == ["mail_sent"] * 3
    assert len(waiting) == len(still_waiting) == 3
    assert {row["reason"] for row in still_waiting} == {"unavailable"}
    assert "3 submissions wait" in dashboard
    assert [len(service.arrived(name)) for name in names] == [1, 1, 1]
    assert [service.arrived(name)[0]["campaign"] for name in names] == ["vypadek"] * 3
    assert wordpress.kept() == []
    assert wordpress.php("return \\LeadFormEmbed\\Admin::sentence();") == ""


def test_one_probe_tells_an_outage_not_one_call_for_each_row(wordpress, service, submit):
    with unreachable(wordpress, service):
        for name in ("Sonda A", "Sonda B", "Sonda C"):
            submit(name)
        before = {row["id"]: int(row["tries"]) for row in settled(wordpress)}
        wordpress.run_cron()
        after = {row["id"]: int(row["tries"]) for row in settled(wordpress)}

    assert sum(after.values()) - sum(before.values()) == 1
    wordpress.run_cron()
    assert wordpress.kept() == []


def test_oldest_submission_is_sent_first(wordpress, service, submit):
    with unreachable(wordpress, service):
        for name in ("Pořadí A", "Pořadí B", "Pořadí C"):
            submit(name)
    wordpress.run_cron()
    service.arrived("C", expected=1)

    rows = wordpress.php(
        'global $wpdb; return $wpdb->get_col("SELECT lead_id FROM {$wpdb->prefix}lead_form_embed_kept ORDER BY id");'
    )

    listed = service.leads()
    assert [listed.index(lead) for lead in rows] == sorted(listed.index(lead) for lead in rows)


def test_php_that_dies_after_the_form_was_taken_loses_nothing(wordpress, service, submit):
    wordpress.die_after(
        "\\LeadFormEmbed\\Delivery::accept(array_key_first(\\LeadFormEmbed\\Settings::forms()),"
        " array('your-name' => 'Jan Zabitý', 'your-tel' => '777123456'));"
    )
    [row] = wordpress.kept()

    wordpress.run_cron()

    assert row["tries"] == "0"
    assert len(service.arrived("Zabitý")) == 1
    assert wordpress.kept() == []


def test_php_that_dies_during_the_call_loses_nothing_and_sends_nothing_twice(wordpress, service, submit):
    with unreachable(wordpress, service):
        submit("Jan Uprostřed")
    [row] = settled(wordpress)
    # The call went through, and PHP died before it could write that down.
    wordpress.die_after(
        f"$row = \\LeadFormEmbed\\Outbox::claim({row['id']});"
        "$post = new ReflectionMethod('LeadFormEmbed\\\\Delivery', 'post'); $post->setAccessible(true);"
        "$post->invoke(null, $row->source, \\LeadFormEmbed\\Settings::key($row->source), $row->idempotency_key, $row->body, false);"
    )
    assert len(service.arrived("Uprostřed")) == 1
    wordpress.run_cron()
    [claimed] = wordpress.kept()
    wordpress.php(
        'global $wpdb; $wpdb->query("UPDATE {$wpdb->prefix}lead_form_embed_kept SET claimed_until = 1"); return 1;'
    )

    wordpress.run_cron()

    assert int(claimed["claimed_until"]) > time.time()
    assert wordpress.kept() == []
    time.sleep(1)
    assert len(service.arrived("Uprostřed")) == 1


def test_two_crons_at_once_send_each_row_once(wordpress, service, submit):
    names = [f"Souběh{chr(65 + number)}" for number in range(8)]
    with unreachable(wordpress, service):
        for name in names:
            submit(f"Jan {name}")
    before = {row["id"]: int(row["tries"]) for row in settled(wordpress)}
    run = "\\LeadFormEmbed\\Delivery::run(); return 1;"
    wordpress.make_due()
    threads = [threading.Thread(target=wordpress.php, args=[run]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    tries = wordpress.php(
        'global $wpdb; return $wpdb->get_results("SELECT id, tries FROM {$wpdb->prefix}lead_form_embed_kept");'
    )
    assert wordpress.kept() == []
    assert {row["id"]: int(row["tries"]) - before[row["id"]] for row in tries} == dict.fromkeys(before, 1)
    assert [len(service.arrived(name)) for name in names] == [1] * 8


def test_double_click_makes_one_lead(wordpress, service, submit):
    for _ in range(3):
        submit("Jana Dvojklik")

    assert len(service.arrived("Dvojklik", expected=2, wait_s=2)) == 1


def test_changed_answers_make_another_lead(wordpress, service, submit):
    submit("Jana Změněná")
    submit("Jana Změněná", unit="B-202")

    assert len(service.arrived("Změněná", expected=2)) == 2


def test_wrong_key_waits_for_a_person_and_saving_the_right_one_sends(wordpress, service, submit, cf7):
    switch_on(wordpress, f"cf7:{cf7}", source="cf7-main", key="wrong" * 10)
    submit("Jana Klíčová")
    submit("Jan Klíčový")
    rows = settled(wordpress)
    wordpress.run_cron()
    unmoved = settled(wordpress)
    page = wordpress.php(
        "ob_start(); wp_set_current_user(1); \\LeadFormEmbed\\Kept_Page::show(); return ob_get_clean();"
    )

    switch_on(wordpress, f"cf7:{cf7}", source="cf7-main", key=key_of("cf7-main"))
    wordpress.php("\\LeadFormEmbed\\Outbox::release(array()); \\LeadFormEmbed\\Delivery::run(); return 1;")

    assert [(row["status"], row["reason"]) for row in rows] == [("person", "key")] * 2
    assert [row["tries"] for row in rows] == [row["tries"] for row in unmoved]
    assert "The key of this source is missing or wrong" in page
    assert "Jana Klíčová" in page
    assert [len(service.arrived(name)) for name in ("Klíčová", "Klíčový")] == [1, 1]
    assert wordpress.kept() == []


ACCEPT = (
    "\\LeadFormEmbed\\Delivery::accept(array_key_first(\\LeadFormEmbed\\Settings::forms()),"
    " array('your-name' => '{name}', 'your-tel' => '777123456')); return 1;"
)
NO_INSERT = (
    "add_filter('query', function ($sql) { return 0 === strpos($sql, 'INSERT IGNORE') ? 'REFUSED' : $sql; });"
)


def test_table_that_was_removed_is_made_again(wordpress, service, cf7):
    wordpress.php('global $wpdb; $wpdb->query("DROP TABLE {$wpdb->prefix}lead_form_embed_kept"); return 1;')

    wordpress.php(ACCEPT.format(name="Jana Tabulková"))

    assert len(service.arrived("Tabulková")) == 1
    assert settled(wordpress) == []


def test_what_the_database_refuses_is_sent_at_once(wordpress, service, cf7):
    wordpress.php(NO_INSERT + ACCEPT.format(name="Jana Neuložená"))

    assert len(service.arrived("Neuložená")) == 1
    assert wordpress.php("return get_option('lead_form_embed_unstored');") is False


def test_what_can_neither_be_stored_nor_sent_is_told_to_the_administrator(wordpress, service, cf7):
    with unreachable(wordpress, service):
        wordpress.php(NO_INSERT + ACCEPT.format(name="Jana Ztracená"))
    notice = wordpress.php(
        "require_once ABSPATH . 'wp-admin/includes/admin.php'; wp_set_current_user(1);"
        "ob_start(); \\LeadFormEmbed\\Admin::notice(); return ob_get_clean();"
    )
    wordpress.php("delete_option('lead_form_embed_unstored'); return 1;")

    assert "could neither be stored nor sent" in notice


def test_source_that_was_misspelt_is_corrected_in_the_settings(wordpress, service, submit, cf7):
    switch_on(wordpress, f"cf7:{cf7}", source="cf7-mian", key=key_of("cf7-main"))
    submit("Jana Přejmenovaná")
    [row] = settled(wordpress)

    switch_on(wordpress, f"cf7:{cf7}", source="cf7-main", key=key_of("cf7-main"))
    wordpress.php("\\LeadFormEmbed\\Outbox::release(array()); \\LeadFormEmbed\\Delivery::run(); return 1;")

    assert (row["status"], row["reason"], row["source"]) == ("person", "key", "cf7-mian")
    assert len(service.arrived("Přejmenovaná")) == 1
    assert wordpress.kept() == []


def test_call_that_may_have_arrived_is_never_repeated_under_another_source(wordpress, scripted, submit, cf7):
    scripted.script = [(None, {}, b""), (401, {}, b"{}"), (401, {}, b"{}")]
    submit("Jan Nejistý")
    settled(wordpress)
    wordpress.run_cron()
    settled(wordpress)

    switch_on(wordpress, f"cf7:{cf7}", source="another", key=key_of("cf7-main"))
    wordpress.php("\\LeadFormEmbed\\Outbox::release(array()); \\LeadFormEmbed\\Delivery::run(); return 1;")
    switch_on(wordpress, f"cf7:{cf7}", source="cf7-main", key=key_of("cf7-main"))

    assert [path for path, _, _ in scripted.asked] == ["/in/cf7-main"] * 3


def test_refused_answers_stay_in_front_of_a_person_until_handed_over(wordpress, service, submit):
    submit("Jana Odmítnutá", tel="12 34")
    [row] = settled(wordpress)
    wordpress.run_cron()
    [unmoved] = settled(wordpress)

    wordpress.php(
        f"\\LeadFormEmbed\\Outbox::release(array({row['id']}), true); \\LeadFormEmbed\\Delivery::send({row['id']}); return 1;"
    )

    assert (row["status"], row["reason"], unmoved["tries"]) == ("person", "answers", row["tries"])
    assert row["detail"].startswith("422 ")
    assert wordpress.kept() == []
    lead = service.lead(service.leads()[-1])
    assert lead["status"] == "rejected"
    assert "12 34" in json.dumps(lead, ensure_ascii=False)


class Scripted(BaseHTTPRequestHandler):
    """Answers with what stands in `script`, and keeps what was asked."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, self.headers["Idempotency-Key"], json.loads(body)))
        status, headers, text = self.server.script.pop(0)
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def scripted(wordpress, service):
    """A service that answers as it is told."""
    server = HTTPServer(("127.0.0.1", 0), Scripted)
    server.script, server.asked = [], []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    wordpress.configure(address=f"http://127.0.0.1:{server.server_port}")
    yield server
    wordpress.configure(address=service.url)
    server.shutdown()
    thread.join()
    server.server_close()


ID = json.dumps({"status": "accepted", "id": "4b0c2a0e-5a39-4d1c-a8d4-1a2b3c4d5e6f"}).encode()
PAGE = b"<html>maintenance</html>"


@pytest.mark.parametrize(
    ("answer", "status", "reason", "wait_s"),
    [
        ((201, {}, ID), None, None, 0),
        ((200, {}, ID), None, None, 0),
        ((200, {}, PAGE), "waiting", "unavailable", 60),
        ((503, {"Retry-After": "7"}, b""), "waiting", "unavailable", 7),
        ((500, {}, PAGE), "waiting", "unavailable", 60),
        ((None, {}, b""), "waiting", "unavailable", 60),
        ((429, {"Retry-After": "90"}, b"{}"), "waiting", "limit", 90),
        ((301, {"Location": "https://other.example/"}, b""), "person", "place", 0),
        ((404, {}, PAGE), "person", "place", 0),
        ((401, {}, b"{}"), "person", "key", 0),
        ((400, {}, b'{"error": "bad"}'), "person", "answers", 0),
        ((413, {}, b"{}"), "person", "answers", 0),
        ((422, {}, b'{"errors": {"phone": ["x"]}}'), "person", "answers", 0),
    ],
)
def test_every_answer_has_its_meaning(wordpress, scripted, submit, answer, status, reason, wait_s):
    scripted.script = [answer]
    began = int(time.time())

    assert submit(f"Jan Odpověď{uuid4().hex}") == "mail_sent"

    rows = settled(wordpress)
    left = [(row["status"], row["reason"]) for row in rows]
    assert left == ([] if status is None else [(status, reason)])
    assert len(scripted.asked) == 1
    assert scripted.asked[0][0] == "/in/cf7-main"
    if status == "waiting":
        assert began + wait_s - 1 <= int(rows[0]["due_at"]) <= time.time() + wait_s + 1


def test_every_try_has_the_same_key_and_body(wordpress, scripted, submit):
    scripted.script = [(500, {}, b""), (None, {}, b""), (201, {}, ID)]
    submit("Jan Trojí")
    for _ in range(2):
        settled(wordpress)
        wordpress.run_cron()

    assert len(scripted.asked) == 3
    assert scripted.asked[0] == scripted.asked[1] == scripted.asked[2]
    assert wordpress.kept() == []


def test_times_written_by_a_clock_that_was_ahead_hold_nothing_up(wordpress, service, submit):
    with unreachable(wordpress, service):
        submit("Jana Zítřejší")
    settled(wordpress)
    wordpress.php(
        'global $wpdb; $wpdb->query("UPDATE {$wpdb->prefix}lead_form_embed_kept'
        ' SET due_at = UNIX_TIMESTAMP() + 864000, claimed_until = UNIX_TIMESTAMP() + 864000"); return 1;'
    )

    wordpress.run_cron(due_now=False)
    wordpress.php("\\LeadFormEmbed\\Delivery::run(); return 1;")

    assert wordpress.kept() == []
    assert len(service.arrived("Zítřejší")) == 1


OTHERS = {
    "gravity:7": (
        "do_action('gform_after_submission', array('status' => 'active', 'source_url' => '{page}', '1.3' => 'Jana', '1.6' => '{name}',"
        " '2' => '777123456', '4.1' => '', '4.2' => 'U-7'), array('id' => 7, 'fields' => array("
        " array('id' => 1, 'type' => 'name', 'inputs' => array(array('id' => '1.3'), array('id' => '1.6'))),"
        " array('id' => 2, 'type' => 'phone', 'inputs' => null),"
        " array('id' => 4, 'type' => 'checkbox', 'inputs' => array(array('id' => '4.1'), array('id' => '4.2'))))));"
    ),
    "wpforms:8": (
        "$_POST['page_url'] = '{page}'; do_action('wpforms_process_complete', array("
        " 1 => array('id' => 1, 'type' => 'name', 'value' => 'Jana {name}', 'first' => 'Jana', 'last' => '{name}'),"
        " 2 => array('id' => 2, 'type' => 'phone', 'value' => '777123456'),"
        " 3 => array('id' => 3, 'type' => 'text', 'value' => 'U-7')), array(), array('id' => 8), 0);"
    ),
    "fluent:9": (
        "foreach (array('fluentform/submission_inserted', 'fluentform_submission_inserted') as $hook) {{"
        " do_action($hook, 5, array('names' => array('first_name' => 'Jana', 'last_name' => '{name}'), 'phone' => '777123456',"
        " 'unit' => 'U-7', '_wp_http_referer' => '/byt/?utm_campaign=jini', '_fluentform_9_nonce' => uniqid()), (object) array('id' => 9)); }}"
    ),
    "elementor:abc12": (
        "class Record {{ function get($what) {{ return array('name' => array('id' => 'name', 'value' => 'Jana'),"
        " 'last' => array('id' => 'surname', 'value' => '{name}'), 'tel' => array('id' => 'tel', 'value' => '777123456'),"
        " 'unit' => array('id' => 'unit', 'value' => 'U-7')); }} function get_form_settings($what) {{ return 'abc12'; }} }}"
        "$_POST['referrer'] = '{page}'; do_action('elementor_pro/forms/new_record', new Record(), null);"
    ),
}


@pytest.mark.parametrize("form", OTHERS)
def test_other_form_plugins_hand_over_by_their_documented_hooks(wordpress, service, form):
    source = form.replace(":", "-")
    switch_on(wordpress, form, source=source, key=key_of(source))
    name = form.partition(":")[0].capitalize()

    wordpress.php(
        OTHERS[form].format(name=name, page="https://www.riverside.example/byt?utm_campaign=jini")
        + "return 1;"
    )

    leads = service.arrived(name)
    assert [(lead["name"], lead["internalid"], lead["campaign"]) for lead in leads] == [
        ("Jana", "U-7", "jini")
    ]


def test_what_gravity_takes_for_spam_is_not_handed_over(wordpress, service):
    switch_on(wordpress, "gravity:7", source="gravity-7", key=key_of("gravity-7"))

    wordpress.php(
        OTHERS["gravity:7"].format(name="Spamová", page="").replace("'active'", "'spam'") + "return 1;"
    )

    assert wordpress.kept() == []
    assert service.arrived("Spamová", wait_s=1) == []


def test_exporter_and_eraser_find_what_is_kept_of_a_person(wordpress, service, submit):
    with unreachable(wordpress, service):
        submit("Jana Soukromá", **{"your-email": "Jana@Example.com"})
        submit("Jan Jiný", **{"your-email": "jan@example.com"})
        settled(wordpress)
    exported = wordpress.php("return \\LeadFormEmbed\\Privacy::export('jana@example.com');")

    erased = wordpress.php("return \\LeadFormEmbed\\Privacy::erase('jana@example.com');")

    assert [len(item["data"]) > 3 for item in exported["data"]] == [True]
    assert "Jana Soukromá" in json.dumps(exported, ensure_ascii=False)
    assert (erased["items_removed"], erased["items_retained"]) == (True, False)
    assert ["Jan Jiný" in row["body"] or "Jan Jin" in row["body"] for row in wordpress.kept()] == [True]


def test_uninstalling_leaves_nothing(wordpress, submit):
    submit("Jana Poslední")
    settled(wordpress)
    state = (
        "global $wpdb; return array($wpdb->get_col(\"SELECT option_name FROM {$wpdb->options} WHERE option_name LIKE '%lead_form_embed%'\"),"
        " $wpdb->get_col(\"SHOW TABLES LIKE '%lead_form_embed%'\"),"
        " array_filter(array_map('array_keys', _get_cron_array()), function ($hooks) { return preg_grep('/lead_form_embed/', $hooks); }));"
    )
    kept = wordpress.php(
        "return array(get_option('lead_form_embed_settings'), get_option('lead_form_embed_forms'), get_option('lead_form_embed_keys'));"
    )
    before = wordpress.php(state)

    wordpress.php(
        "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
        f"deactivate_plugins('{SLUG}/{SLUG}.php'); uninstall_plugin('{SLUG}/{SLUG}.php'); return 1;"
    )

    after = wordpress.php(state)
    wordpress.install_plugin()
    wordpress.php(
        f"$kept = json_decode({json.dumps(json.dumps(kept))}, true); foreach (array('settings', 'forms', 'keys') as $index => $name)"
        " { update_option('lead_form_embed_' . $name, $kept[$index]); } return 1;"
    )
    assert len(before[0]) > 3
    assert len(before[1]) == 1
    assert [list(part) for part in after] == [[], [], []]


def test_php_files_are_valid_for_this_php(wordpress):
    for path in (wordpress.folder / f"site/wp-content/plugins/{SLUG}").rglob("*.php"):
        subprocess.run(["php", "-l", str(path)], check=True, capture_output=True)
