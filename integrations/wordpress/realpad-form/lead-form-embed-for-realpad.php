<?php
/**
 * Plugin Name:       Lead Form Embed for Realpad
 * Description:       Puts your realpad-form enquiry forms on pages, and hands over what your own forms collect. No lead is dropped because a call failed.
 * Version:           1.0.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * Author:            The realpad-form authors
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       lead-form-embed-for-realpad
 * Domain Path:       /languages
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

const VERSION = '1.0.0';
const FILE    = __FILE__;

// Nothing is read before it is needed: a page without a form costs a few hooks.
spl_autoload_register(
	static function ( $name ) {
		if ( 0 === strpos( $name, __NAMESPACE__ . '\\' ) ) {
			$part = substr( $name, strlen( __NAMESPACE__ ) + 1 );
			$path = __DIR__ . '/includes/class-' . strtolower( str_replace( '_', '-', $part ) ) . '.php';
			if ( is_file( $path ) ) {
				require $path;
			}
		}
	}
);

register_activation_hook( __FILE__, array( Lifecycle::class, 'activate' ) );
register_deactivation_hook( __FILE__, array( Lifecycle::class, 'deactivate' ) );
Plugin::register();
