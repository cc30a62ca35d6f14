<?php
/**
 * Plugins that delay, combine or block scripts.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * Names the loader in their lists of exceptions; each filter is called by its plugin only, if that is there.
 */
final class Optimisers {

	/** Lists of parts of addresses. */
	const LISTS = array(
		'rocket_delay_js_exclusions',
		'rocket_exclude_js',
		'rocket_exclude_defer_js',
		'rocket_minify_excluded_external_js',
		'litespeed_optimize_js_excludes',
		'litespeed_optm_js_defer_exc',
		'litespeed_optm_gm_js_exc',
		'sgo_javascript_combine_excluded_external_paths',
		'cmplz_whitelisted_script_tags',
	);

	/** Lists of handles. */
	const HANDLES = array( 'sgo_javascript_combine_exclude', 'sgo_js_minify_exclude', 'sgo_js_async_exclude' );

	/**
	 * Attach to all of them.
	 */
	public static function register() {
		foreach ( self::LISTS as $name ) {
			add_filter( $name, array( __CLASS__, 'add_address' ) );
		}
		foreach ( self::HANDLES as $name ) {
			add_filter( $name, array( __CLASS__, 'add_handle' ) );
		}
		add_filter( 'autoptimize_filter_js_exclude', array( __CLASS__, 'add_to_text' ) );
	}

	/**
	 * Add the address of the loader, without its scheme, as the plugins compare it.
	 *
	 * @param mixed $excluded Their list.
	 */
	public static function add_address( $excluded ) {
		$excluded   = is_array( $excluded ) ? $excluded : array();
		$excluded[] = self::part();
		return $excluded;
	}

	/**
	 * Add the handle of the loader.
	 *
	 * @param mixed $excluded Their list.
	 */
	public static function add_handle( $excluded ) {
		$excluded   = is_array( $excluded ) ? $excluded : array();
		$excluded[] = Loader::HANDLE;
		return $excluded;
	}

	/**
	 * Add the loader to a list with commas, or to a list.
	 *
	 * @param mixed $excluded Autoptimize's.
	 */
	public static function add_to_text( $excluded ) {
		return is_array( $excluded ) ? self::add_address( $excluded ) : trim( $excluded . ', ' . self::part(), ', ' );
	}

	/**
	 * Return host and path of the loader.
	 */
	private static function part(): string {
		return preg_replace( '#^https?://#', '', Settings::address() ) . '/embed.js';
	}
}
