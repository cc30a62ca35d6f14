<?php
/**
 * Activation, deactivation, removal.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * What the plugin makes in a site, and how all of it goes again.
 */
final class Lifecycle {

	const OPTIONS = array( Settings::OPTION, Settings::FORMS, Settings::KEYS, 'lead_form_embed_schema', 'lead_form_embed_unstored' );

	/**
	 * Make the table of this site, or of all sites of a network. A site that is added later gets it when it needs it.
	 *
	 * @param bool $is_network_wide Whether the whole network activates it.
	 */
	public static function activate( $is_network_wide = false ) {
		self::in_each_site( array( __CLASS__, 'prepare' ), is_multisite() && $is_network_wide );
	}

	/**
	 * Stop the cron; what is kept stays, and goes on when the plugin is active again.
	 *
	 * @param bool $is_network_wide Whether the whole network deactivates it.
	 */
	public static function deactivate( $is_network_wide = false ) {
		self::in_each_site( array( __CLASS__, 'unschedule' ), is_multisite() && $is_network_wide );
	}

	/**
	 * Remove everything from this site, or from all of them.
	 */
	public static function uninstall() {
		self::in_each_site( array( __CLASS__, 'remove' ), is_multisite() );
	}

	/**
	 * Add the table to those that go with a site of a network.
	 *
	 * @param string[] $tables  Names.
	 * @param int      $site_id The site.
	 * @return string[]
	 */
	public static function tables_of_site( $tables, $site_id ) {
		global $wpdb;
		$tables[] = $wpdb->get_blog_prefix( $site_id ) . 'lead_form_embed_kept';
		return $tables;
	}

	/**
	 * Make the table, and the options that every page reads: WordPress asks the database each time for those it lacks.
	 */
	public static function prepare() {
		Outbox::create();
		add_option( Settings::OPTION, Settings::DEFAULTS );
		add_option( Settings::FORMS, array() );
	}

	/**
	 * Remove what cron would do.
	 */
	public static function unschedule() {
		wp_clear_scheduled_hook( Delivery::CRON );
		wp_clear_scheduled_hook( Delivery::SWEEP );
	}

	/**
	 * Remove table, options and cron of the current site.
	 */
	public static function remove() {
		global $wpdb;
		self::unschedule();
		$table = Outbox::table();
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared, PluginCheck.Security.DirectDB.UnescapedDBParameter
		$wpdb->query( "DROP TABLE IF EXISTS {$table}" );
		foreach ( self::OPTIONS as $option ) {
			delete_option( $option );
		}
		delete_transient( Service::CACHE );
		// What somebody was to be told after saving, if they never came back to read it.
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery
		$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->options} WHERE option_name LIKE %s", '_transient%' . $wpdb->esc_like( 'lead_form_embed_results_' ) . '%' ) );
	}

	/**
	 * Do something in this site, or in each site of the network.
	 *
	 * @param callable $action What.
	 * @param bool     $is_all Whether in each.
	 */
	private static function in_each_site( callable $action, bool $is_all ) {
		if ( ! $is_all ) {
			$action();
			return;
		}
		$sites = get_sites(
			array(
				'fields' => 'ids',
				'number' => 0,
			)
		);
		foreach ( $sites as $id ) {
			switch_to_blog( $id );
			$action();
			restore_current_blog();
		}
	}
}
