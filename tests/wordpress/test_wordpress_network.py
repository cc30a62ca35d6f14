"""The plugin in a network of sites: each has a table of its own, and uninstalling leaves nothing in any."""

import tempfile
from pathlib import Path

import pytest
from wordpress_machine import SLUG, WordPress

pytestmark = pytest.mark.wordpress

CONSTANTS = """<?php
define( 'MULTISITE', true );
define( 'SUBDOMAIN_INSTALL', false );
define( 'DOMAIN_CURRENT_SITE', '{host}' );
define( 'PATH_CURRENT_SITE', '/' );
define( 'SITE_ID_CURRENT_SITE', 1 );
define( 'BLOG_ID_CURRENT_SITE', 1 );
"""

TABLES = "global $wpdb; return $wpdb->get_col(\"SHOW TABLES LIKE '%lead_form_embed%'\");"


@pytest.fixture(scope="module")
def network(wordpress, service):
    """A network of two sites, the plugin active in all of it; the number of the second site."""
    with tempfile.TemporaryDirectory(prefix="wordpress-network-") as folder:
        site = WordPress(Path(folder), service=service.url)
        try:
            site.start()
            host = site.url.removeprefix("http://")
            site.php(
                "require_once ABSPATH . 'wp-admin/includes/upgrade.php'; require_once ABSPATH . 'wp-admin/includes/schema.php';"
                "global $wpdb; foreach ($wpdb->tables('ms_global') as $table => $prefixed) { $wpdb->$table = $prefixed; }"
                f"install_network(); populate_network(1, '{host}', 'admin@example.com', 'Sites', '/', false); return 1;"
            )
            (site.folder / "extra.php").write_text(CONSTANTS.format(host=host))
            site.number = site.php(f"return wpmu_create_blog('{host}', '/druhy/', 'Druhý', 1);")
            site.php(
                "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
                f"deactivate_plugins('{SLUG}/{SLUG}.php'); activate_plugin('{SLUG}/{SLUG}.php', '', true); return 1;"
            )
            yield site
        finally:
            site.stop()
        assert site.complaints() == []


def test_every_site_keeps_its_own_and_uninstalling_leaves_nothing_in_any(network):
    form = "array('on' => '1', 'source' => 'x', 'key' => 'k')"
    accept = (
        f"\\LeadFormEmbed\\Settings::save_forms(array('cf7:1' => {form}));"
        "\\LeadFormEmbed\\Delivery::accept('cf7:1', array('your-name' => 'Jana'));"
    )
    before = network.php(TABLES)
    network.php(f"switch_to_blog({network.number}); {accept} restore_current_blog(); return 1;")
    kept = network.php(
        f"$first = count(\\LeadFormEmbed\\Outbox::kept()); switch_to_blog({network.number});"
        "return array($first, count(\\LeadFormEmbed\\Outbox::kept()));"
    )

    network.php(
        "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
        f"deactivate_plugins('{SLUG}/{SLUG}.php', false, true); uninstall_plugin('{SLUG}/{SLUG}.php'); return 1;"
    )

    assert len(before) == 2
    assert kept == [0, 1]
    assert network.php(TABLES) == []
    for number in (1, network.number):
        assert (
            network.php(f"switch_to_blog({number}); return get_option('lead_form_embed_settings');") is False
        )
