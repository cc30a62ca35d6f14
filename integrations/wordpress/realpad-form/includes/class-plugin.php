<?php
/**
 * What the plugin attaches to WordPress.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * Hooks only; each one names what answers it, and that is loaded when WordPress calls.
 */
final class Plugin {

	/**
	 * Attach everything to WordPress.
	 */
	public static function register() {
		add_action( 'init', array( __CLASS__, 'init' ) );
		add_action( 'rest_api_init', array( Rest::class, 'register' ) );
		add_shortcode( 'realpad_form', array( Form::class, 'shortcode' ) );
		add_action( Delivery::CRON, array( Delivery::class, 'run' ) );
		add_action( Delivery::SWEEP, array( Delivery::class, 'run' ) );
		add_filter( 'wpmu_drop_tables', array( Lifecycle::class, 'tables_of_site' ), 10, 2 );
		if ( Settings::address() ) {
			Oembed::register();
			add_filter( 'script_loader_tag', array( Loader::class, 'tag' ), 10, 2 );
			add_action( 'wp_enqueue_scripts', array( Loader::class, 'enqueue_everywhere' ) );
			Optimisers::register();
		}
		if ( Settings::forms() ) {
			Forms::register();
		}
		if ( is_admin() ) {
			Admin::register();
		}
		add_filter( 'wp_privacy_personal_data_exporters', array( Privacy::class, 'exporters' ) );
		add_filter( 'wp_privacy_personal_data_erasers', array( Privacy::class, 'erasers' ) );
	}

	/**
	 * Register the block; its script loads in the editor only.
	 */
	public static function init() {
		if ( is_admin() ) {
			self::translate();
		}
		register_block_type( dirname( FILE ) . '/block', array( 'render_callback' => array( Form::class, 'block' ) ) );
	}

	/**
	 * Load the translations, once, where there is something to say.
	 *
	 * WordPress loads those of plugins from its own directory by itself; this one brings its own along.
	 */
	public static function translate() {
		static $is_loaded = false;
		if ( ! $is_loaded ) {
			$is_loaded = true;
			// phpcs:ignore PluginCheck.CodeAnalysis.DiscouragedFunctions.load_plugin_textdomainFound -- 6.1 needs it.
			load_plugin_textdomain( 'lead-form-embed-for-realpad', false, dirname( plugin_basename( FILE ) ) . '/languages' );
		}
	}
}
