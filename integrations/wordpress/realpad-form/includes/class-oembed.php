<?php
/**
 * Addresses of forms, pasted into a text.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * Makes a pasted address the form itself, with the loader, and without asking the service.
 */
final class Oembed {

	/**
	 * Register the provider, which the editors ask, and what pages show instead of its frame.
	 */
	public static function register() {
		add_filter( 'oembed_providers', array( __CLASS__, 'providers' ) );
		add_filter( 'pre_oembed_result', array( __CLASS__, 'frame' ), 10, 2 );
		add_filter( 'embed_oembed_html', array( __CLASS__, 'form' ), 10, 2 );
		add_filter( 'embed_maybe_make_link', array( __CLASS__, 'form' ), 10, 2 );
	}

	/**
	 * Add the service to the providers that WordPress trusts.
	 *
	 * @param array<string, array> $providers Format to endpoint.
	 */
	public static function providers( $providers ) {
		$providers[ Settings::address() . '/f/*' ] = array( Settings::address() . '/oembed', false );
		return $providers;
	}

	/**
	 * Return the frame that WordPress keeps for an address; pages get the form in its place.
	 *
	 * Pages so ask the service nothing, and no outage of it is kept as "no embed here" for a day.
	 *
	 * @param string|null $html What others made of it.
	 * @param string      $url  The address.
	 */
	public static function frame( $html, $url ) {
		if ( null === self::options( $url ) ) {
			return $html;
		}
		return '<iframe src="' . esc_url( $url ) . '" title="' . esc_attr__( 'Enquiry form', 'lead-form-embed-for-realpad' ) . '" width="100%" height="900"></iframe>';
	}

	/**
	 * Return the form instead of a frame or a link, whatever WordPress has kept for this address before.
	 *
	 * @param string $html What the page would show.
	 * @param string $url  The address.
	 */
	public static function form( $html, $url ) {
		$options = self::options( $url );
		return null === $options ? $html : Form::html( $options );
	}

	/**
	 * Return what an address of a form says, or null for any other address.
	 *
	 * @param mixed $url The address.
	 * @return array<string, string>|null
	 */
	private static function options( $url ) {
		$start = Settings::address() . '/f/';
		$url   = is_string( $url ) ? html_entity_decode( $url, ENT_QUOTES ) : '';
		if ( 0 !== strpos( $url, $start ) ) {
			return null;
		}
		$parts = wp_parse_url( $url );
		if ( ! is_array( $parts ) || ! preg_match( '#^/f/([a-z0-9-]{1,64})(?:/([a-z]{2}))?/?$#', $parts['path'] ?? '', $match ) ) {
			return null;
		}
		$given = array();
		wp_parse_str( $parts['query'] ?? '', $given );
		$fragment = array();
		wp_parse_str( $parts['fragment'] ?? '', $fragment );
		$options = array_filter( $given + $fragment, 'is_string' );
		return array(
			'project' => $match[1],
			'lang'    => $match[2] ?? '',
			'mode'    => 'inline',
		) + $options;
	}
}
