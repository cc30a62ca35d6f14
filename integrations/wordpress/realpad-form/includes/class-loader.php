<?php
/**
 * The service's script on a page.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * Puts embed.js on pages that have a form, once, and tells optimisers and consent tools to leave it alone.
 */
final class Loader {

	const HANDLE = 'lead-form-embed';

	/**
	 * Rocket Loader, WP Rocket, LiteSpeed, Autoptimize; Cookiebot, OneTrust, Usercentrics, Real Cookie Banner, CookieYes.
	 *
	 * The form sets no cookie, and contacts nobody but the service.
	 */
	const ATTRIBUTES = 'async data-cfasync="false" nowprocket data-no-optimize="1" data-no-defer="1" data-no-minify="1" data-noptimize="1"'
		. ' data-cookieconsent="ignore" data-ot-ignore data-uc-allowed="true" consent-skip-blocker="1" data-cookieyes="cookieyes-necessary"';

	/**
	 * Load the script at the end of this page.
	 */
	public static function enqueue() {
		// The service says itself how long the script may be kept; a version of ours would only hide that.
		// phpcs:ignore WordPress.WP.EnqueuedResourceParameters.MissingVersion
		wp_enqueue_script( self::HANDLE, Settings::address() . '/embed.js', array(), null, true );
	}

	/**
	 * Load it on every page, for forms that arrive later: pop-ups, endless lists.
	 */
	public static function enqueue_everywhere() {
		if ( Settings::get( 'everywhere' ) && ! Builders::is_editing() ) {
			self::enqueue();
		}
	}

	/**
	 * Give the script its attributes.
	 *
	 * @param string $tag    What WordPress prints.
	 * @param string $handle Which script it is.
	 */
	public static function tag( $tag, $handle ) {
		return self::HANDLE === $handle ? str_replace( '<script ', '<script ' . self::ATTRIBUTES . ' ', $tag ) : $tag;
	}
}
