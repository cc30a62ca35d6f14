"""Forms on pages of a real WordPress, sent by a real browser, and found in the CRM."""

import re
import ssl
import statistics
import sys
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from visitor import form_in, send
from wordpress_machine import PASSWORD

pytestmark = pytest.mark.wordpress

FORM = "main [data-realpad-form] iframe"


def the_only(leads):
    assert len(leads) == 1, leads
    return leads[0]


def test_shortcode_makes_one_lead_with_unit_and_campaign(wordpress, service, open_page):
    path = wordpress.put_page('[realpad_form project="riverside" lang="en" unit="A-101"]')

    page = open_page(f"{wordpress.url}{path}?utm_campaign=jaro")
    send(form_in(page, FORM), "Shortcode")

    lead = the_only(service.arrived("Shortcode"))
    assert (lead["internalid"], lead["campaign"], lead["language"]) == ("A-101", "jaro", "en")


def test_block_is_inserted_in_the_editor_and_makes_one_lead(wordpress, service, open_page):
    page = open_page(f"{wordpress.url}/wp-login.php")
    sign_in(page, "admin")
    page.goto(f"{wordpress.url}/wp-admin/post-new.php?post_type=page")
    close_welcome(page)
    page.get_by_role("button", name="Toggle block inserter").click()
    page.get_by_placeholder("Search").fill("Lead form")
    page.locator(".editor-block-list-item-lead-form-embed-form").click()
    preview = page.frame_locator("iframe[title='Preview of the form']")
    preview.locator("#q-surname").wait_for()
    page.evaluate(
        "() => { const [block] = wp.data.select('core/block-editor').getBlocks();"
        " wp.data.dispatch('core/block-editor').updateBlockAttributes(block.clientId, {unit: 'B-202', campaign: 'leto'});"
        " wp.data.dispatch('core/editor').editPost({title: 'Byt', status: 'publish'}); }"
    )
    page.evaluate("() => wp.data.dispatch('core/editor').savePost()")
    link = page.evaluate("() => wp.data.select('core/editor').getPermalink()")

    visit = open_page(link)
    send(form_in(visit, FORM), "Blok")

    lead = the_only(service.arrived("Blok"))
    assert (lead["internalid"], lead["campaign"]) == ("B-202", "leto")


def test_pasted_address_is_a_whole_form(wordpress, service, open_page):
    path = wordpress.put_page(f"Text\n\n{service.url}/f/riverside?unit=C-303\n\nText")

    page = open_page(f"{wordpress.url}{path}?utm_campaign=podzim")
    send(form_in(page, FORM), "Adresa")

    lead = the_only(service.arrived("Adresa"))
    assert (lead["internalid"], lead["campaign"]) == ("C-303", "podzim")


def test_address_that_was_a_dead_link_before_becomes_a_form(wordpress, service):
    address = f"{service.url}/f/riverside/en"
    wordpress.configure(address="")
    path = wordpress.put_page(address)
    before = wordpress.get(path)
    wordpress.configure(address=service.url)

    after = wordpress.get(path)

    assert "data-realpad-form" not in before
    assert 'data-realpad-form="riverside" data-lang="en"' in after


def test_embed_block_is_a_whole_form(wordpress, service):
    address = f"{service.url}/f/riverside"
    block = f'<!-- wp:embed {{"url":"{address}","type":"rich"}} --><figure class="wp-block-embed">'
    path = wordpress.put_page(
        f'{block}<div class="wp-block-embed__wrapper">\n{address}\n</div></figure><!-- /wp:embed -->'
    )

    assert 'data-realpad-form="riverside"' in wordpress.get(path)


def test_popup_opens_by_its_button_and_makes_one_lead(wordpress, service, open_page):
    path = wordpress.put_page('[realpad_form mode="popup" label="Mám zájem" unit="D-404" campaign="zima"]')

    page = open_page(wordpress.url + path)
    page.get_by_role("link", name="Mám zájem").click()
    send(page.frame_locator("dialog[open] iframe"), "Popup")

    lead = the_only(service.arrived("Popup"))
    assert (lead["internalid"], lead["campaign"]) == ("D-404", "zima")


def test_author_without_unfiltered_html_puts_up_a_form(wordpress, service, open_page):
    wordpress.php(f"return wp_create_user('autor', '{PASSWORD}', 'autor@example.com');")
    wordpress.php("$user = get_user_by('login', 'autor'); $user->set_role('author'); return 1;")
    block = '<!-- wp:lead-form-embed/form {"unit":"E-505"} /-->'
    path = wordpress.put_page(
        block + '<script src="https://evil.example/x.js"></script>', author="autor", type="post"
    )

    html = wordpress.get(path)
    page = open_page(wordpress.url + path)
    send(form_in(page, FORM), "Autor")

    assert "evil.example" not in html
    assert the_only(service.arrived("Autor"))["internalid"] == "E-505"


def test_page_kept_for_a_day_makes_a_lead_with_the_campaign_of_its_visitor(wordpress, service, open_page):
    path = wordpress.put_page('[realpad_form unit_from="byt"]')
    for expected in ("MISS", "HIT"):
        with urllib.request.urlopen(wordpress.cached_url + path) as answer:  # noqa: S310 - our own
            answer.read()
            assert answer.headers["X-Cache"] == expected
            assert "Set-Cookie" not in answer.headers
            assert "no-store" not in answer.headers.get("Cache-Control", "")

    page = open_page(f"{wordpress.cached_url}{path}?byt=F-606&utm_campaign=cache")
    send(form_in(page, FORM), "Kopie")

    lead = the_only(service.arrived("Kopie"))
    assert (lead["internalid"], lead["campaign"]) == ("F-606", "cache")


def test_strict_policy_of_the_page_is_enough(wordpress, service, open_page):
    path = wordpress.put_page("[realpad_form unit=G-707]")

    page = open_page(wordpress.strict_url + path)
    send(form_in(page, FORM), "Přísná")

    assert the_only(service.arrived("Přísná"))["internalid"] == "G-707"


def test_unit_comes_from_a_custom_field_but_never_from_a_protected_one(wordpress):
    chosen = wordpress.put_page("[realpad_form unit_field=number]", number="H-808", _secret="x1")
    protected = wordpress.put_page("[realpad_form unit_field=_secret]", _secret="x1")
    wordpress.configure(unit_field="number", unit_parameter="byt")
    general = wordpress.put_page("[realpad_form]", number='I"909')
    try:
        assert 'data-unit="H-808"' in wordpress.get(chosen)
        assert "x1" not in wordpress.get(protected)
        assert 'data-unit="I&quot;909" data-unit-from="byt"' in wordpress.get(general)
    finally:
        wordpress.configure(unit_field="", unit_parameter="")


def test_hostile_attributes_stay_text(wordpress):
    path = wordpress.put_page(
        """[realpad_form unit='"><script>alert(1)</script>' campaign='" onload="x' mode=popup label='<b>x</b>']"""
    )

    html = wordpress.get(path)

    assert "<script>alert" not in html
    assert 'onload="x"' not in html
    assert "<b>x</b>" not in html.partition("lead-form-embed-button")[2]


def test_visitors_without_script_get_a_link(wordpress, service, open_page):
    path = wordpress.put_page("[realpad_form unit=J-1]")

    page = open_page(wordpress.url + path, java_script_enabled=False)

    link = page.locator("[data-realpad-form] a")
    assert link.get_attribute("href") == f"{service.url}/f/riverside?unit=J-1"
    assert link.is_visible()


def test_widget_areas_take_block_and_shortcode(wordpress):
    wordpress.php("switch_theme('twentytwentyone'); return 1;")
    try:
        wordpress.php(
            "update_option('widget_block', array(5 => array('content' => '<!-- wp:lead-form-embed/form {\"unit\":\"W-1\"} /-->')));"
            "update_option('widget_text', array(6 => array('title' => '', 'text' => '[realpad_form unit=W-2]', 'filter' => true, 'visual' => true)));"
            "update_option('sidebars_widgets', array('sidebar-1' => array('block-5', 'text-6'), 'array_version' => 3)); return 1;"
        )
        html = wordpress.get(wordpress.put_page("Text"))
    finally:
        wordpress.php("switch_theme('twentytwentythree'); return 1;")

    assert 'data-unit="W-1"' in html
    assert 'data-unit="W-2"' in html
    assert html.count("/embed.js") == 1


def test_page_builders_show_a_placeholder_to_editors_only(wordpress, open_page):
    path = wordpress.put_page("[realpad_form]")
    page = open_page(f"{wordpress.url}/wp-login.php")
    sign_in(page, "admin")

    for mode in ("elementor-preview=1", "et_fb=1", "bricks=run", "breakdance_iframe=true"):
        page.goto(f"{wordpress.url}{path}?{mode}")
        assert page.locator(".lead-form-embed-placeholder").is_visible()
        assert page.locator("script[src*='/embed.js']").count() == 0
        assert "data-realpad-form" in wordpress.get(f"{path}?{mode}")


def test_optimisers_and_consent_tools_are_told_to_leave_the_loader_alone(wordpress, service):
    host = service.url.removeprefix("http://")
    lists = wordpress.php(
        "$all = array(); foreach (array_merge(\\LeadFormEmbed\\Optimisers::LISTS, \\LeadFormEmbed\\Optimisers::HANDLES)"
        " as $name) { $all[$name] = apply_filters($name, array('theirs')); }"
        "$all['text'] = apply_filters('autoptimize_filter_js_exclude', 'theirs.js'); return $all;"
    )
    tag = re.search(r"<script [^>]*/embed\.js[^>]*>", wordpress.get(wordpress.put_page("[realpad_form]")))[0]

    assert lists.pop("text") == f"theirs.js, {host}/embed.js"
    assert {tuple(entries) for entries in lists.values()} == {
        ("theirs", f"{host}/embed.js"),
        ("theirs", "lead-form-embed"),
    }
    for attribute in (
        "async",
        'data-cfasync="false"',
        'data-cookieconsent="ignore"',
        'consent-skip-blocker="1"',
    ):
        assert f" {attribute}" in tag


def test_texts_are_in_the_language_of_the_site(wordpress):
    path = wordpress.put_page("[realpad_form mode=popup]")
    spoken = {}
    for locale in ("cs_CZ", "sk_SK", "de_DE", "uk", "pl_PL", ""):
        # WordPress takes no language that it has no files of its own for.
        wordpress.php(
            f"add_filter('sanitize_option_WPLANG', function () {{ return '{locale}'; }});"
            f"return update_option('WPLANG', '{locale}');"
        )
        spoken[locale] = re.search(r"lead-form-embed-button[^>]*>([^<]*)<", wordpress.get(path))[1]

    assert list(spoken.values()) == [
        "Mám zájem",
        "Mám záujem",
        "Ich habe Interesse",
        "Мене цікавить",
        "Jestem zainteresowany(-a)",
        "I am interested",
    ]


def test_feeds_get_a_link(wordpress, service):
    wordpress.put_page("[realpad_form unit=K-1]", type="post")

    feed = wordpress.get("/feed/")

    assert f"{service.url}/f/riverside?unit=K-1" in feed
    assert "data-realpad-form" not in feed


def test_page_without_a_form_gets_nothing_and_costs_at_most_a_millisecond(wordpress, capsys):
    path = wordpress.put_page("Nothing here")
    taken = {True: [], False: []}
    with wordpress.timed():
        for turn in range(12):
            for is_active in (True, False) if turn % 2 else (False, True):
                wordpress.activate(is_active=is_active)
                times, html = wordpress.time(path, turns=6)
                taken[is_active] += times
                assert "embed.js" not in html
                assert "lead-form" not in html
    wordpress.activate(is_active=True)
    best, usual = (of(taken[True]) - of(taken[False]) for of in (min, statistics.median))
    with capsys.disabled():
        sys.stdout.write(f"\na page without a form: {best:+.2f} ms at best, {usual:+.2f} ms usually\n")

    # Of the two, other programs on this machine disturb now the one, now the other.
    assert min(best, usual) <= 1


def sign_in(page, name):
    page.locator("#user_login").fill(name)
    page.locator("#user_pass").fill(PASSWORD)
    page.locator("#wp-submit").click()
    page.wait_for_url("**/wp-admin/**")


def close_welcome(page):
    page.wait_for_function("() => window.wp?.data?.select('core/editor')?.getCurrentPostId()")
    page.evaluate(
        "() => { const store = 'core/edit-post';"
        " if (wp.data.select(store).isFeatureActive('welcomeGuide'))"
        " wp.data.dispatch(store).toggleFeature('welcomeGuide'); }"
    )


@contextmanager
def broken_tls(folder):
    """Run a server whose certificate nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "both.pem"
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "There is no address yet"),
        ("http://127.0.0.1:9", "refuses the connection"),
        ("https://forms.invalid", "no server of this name"),
        ("{wordpress}", "not the service of your forms"),
        ("{tls}", "secure connection (TLS) failed"),
    ],
)
def test_test_says_in_words_what_is_wrong(wordpress, service, tmp_path, address, said):
    with broken_tls(tmp_path) as tls:
        wordpress.configure(address=address.format(wordpress=wordpress.url, tls=tls))
        try:
            problem = wordpress.php("return \\LeadFormEmbed\\Service::problem();")
        finally:
            wordpress.configure(address=service.url)

    assert said in problem


def test_test_names_the_origin_that_is_not_listed(wordpress):
    problem = wordpress.php(
        "add_filter('home_url', function () { return 'https://www.other.example'; });"
        "return \\LeadFormEmbed\\Service::problem();"
    )

    assert 'adds https://www.other.example under "origins"' in problem


def test_projects_stay_to_choose_from_while_the_service_is_down(wordpress, service):
    before = wordpress.php(
        "delete_transient('lead_form_embed_projects'); return \\LeadFormEmbed\\Service::projects();"
    )
    wordpress.php(
        "$kept = get_transient('lead_form_embed_projects'); $kept['at'] -= 3600;"
        "set_transient('lead_form_embed_projects', $kept); return 1;"
    )
    service.stop()
    try:
        after = wordpress.php("return \\LeadFormEmbed\\Service::projects();")
    finally:
        service.start()

    assert before == after
    assert before[0]["slug"] == "riverside"
