<?php
/**
 * What a site has chosen.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * Reads and writes the options; whatever comes from a form is cleaned here.
 */
final class Settings {

	const OPTION = 'lead_form_embed_settings';
	const FORMS  = 'lead_form_embed_forms';
	const KEYS   = 'lead_form_embed_keys';

	const SLUG = '/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/';

	const LANGUAGES = array( 'cs', 'sk', 'en', 'de', 'uk', 'pl' );

	const DEFAULTS = array(
		'address'        => '',
		'project'        => '',
		'unit_field'     => '',
		'unit_parameter' => '',
		'phone'          => '',
		'email'          => '',
		'everywhere'     => '',
	);

	/**
	 * Return one setting, or what it is without being set.
	 *
	 * @param string $name A key of DEFAULTS.
	 */
	public static function get( string $name ): string {
		$all = get_option( self::OPTION, array() );
		return is_array( $all ) && isset( $all[ $name ] ) && is_string( $all[ $name ] ) ? $all[ $name ] : self::DEFAULTS[ $name ];
	}

	/**
	 * Return the address of the service, without a slash at its end; empty until somebody enters it.
	 *
	 * LEAD_FORM_EMBED_SERVICE in wp-config.php comes first: one line for every site of a network.
	 */
	public static function address(): string {
		return defined( 'LEAD_FORM_EMBED_SERVICE' ) ? self::clean_address( (string) LEAD_FORM_EMBED_SERVICE ) : self::get( 'address' );
	}

	/**
	 * Return the origin of this site, as project files list it.
	 */
	public static function origin(): string {
		$parts = wp_parse_url( home_url() );
		$port  = isset( $parts['port'] ) ? ':' . $parts['port'] : '';
		return strtolower( $parts['scheme'] . '://' . $parts['host'] ) . $port;
	}

	/**
	 * Return the origin of an address, or an empty text if the service cannot be there.
	 *
	 * Whatever comes after the host goes: people paste the address of a form or of the inbox. Only https is taken, and
	 * http on this machine.
	 *
	 * @param string $typed As somebody typed it.
	 */
	public static function clean_address( string $typed ): string {
		$typed = trim( $typed );
		if ( '' !== $typed && false === strpos( $typed, '://' ) ) {
			$typed = 'https://' . $typed;
		}
		$parts = wp_parse_url( $typed );
		if ( empty( $parts['host'] ) || isset( $parts['user'] ) || ! preg_match( '/^(\[[0-9a-f:]+\]|[a-z0-9.-]+)$/i', $parts['host'] ) ) {
			return '';
		}
		$host     = strtolower( $parts['host'] );
		$is_local = in_array( $host, array( '127.0.0.1', '[::1]', 'localhost' ), true );
		$scheme   = strtolower( $parts['scheme'] ?? '' );
		if ( 'https' !== $scheme && ! ( 'http' === $scheme && $is_local ) ) {
			return '';
		}
		return $scheme . '://' . $host . ( isset( $parts['port'] ) ? ':' . $parts['port'] : '' );
	}

	/**
	 * Return the cleaned settings of a form that somebody sent.
	 *
	 * @param array<string, mixed> $sent The fields, without slashes.
	 * @return array<string, string>
	 */
	public static function clean( array $sent ): array {
		$clean = array();
		foreach ( self::DEFAULTS as $name => $default ) {
			$clean[ $name ] = isset( $sent[ $name ] ) && is_scalar( $sent[ $name ] ) ? sanitize_text_field( (string) $sent[ $name ] ) : $default;
		}
		$clean['address']    = self::clean_address( $clean['address'] );
		$clean['project']    = preg_match( self::SLUG, $clean['project'] ) ? $clean['project'] : '';
		$clean['email']      = sanitize_email( $clean['email'] );
		$clean['everywhere'] = $clean['everywhere'] ? '1' : '';
		return $clean;
	}

	/**
	 * Return the forms of other plugins that are handed over: their key to source and project.
	 *
	 * @return array<string, array{source: string, project: string}>
	 */
	public static function forms(): array {
		$forms = get_option( self::FORMS, array() );
		return is_array( $forms ) ? $forms : array();
	}

	/**
	 * Return the key of a source, or an empty text.
	 *
	 * A constant in wp-config.php comes first, so that a key need not be in the database:
	 * LEAD_FORM_EMBED_KEY_CF7_MAIN for the source cf7-main.
	 *
	 * @param string $source Its name.
	 */
	public static function key( string $source ): string {
		$constant = 'LEAD_FORM_EMBED_KEY_' . strtoupper( str_replace( '-', '_', $source ) );
		if ( defined( $constant ) ) {
			return (string) constant( $constant );
		}
		$keys = get_option( self::KEYS, array() );
		return is_array( $keys ) && isset( $keys[ $source ] ) ? (string) $keys[ $source ] : '';
	}

	/**
	 * Keep forms and the keys of their sources; a key that was left empty stays as it is.
	 *
	 * @param array<string, mixed> $sent Form key to on, source, key and project, without slashes.
	 * @return string[] What could not be kept, as form keys.
	 */
	public static function save_forms( array $sent ): array {
		$forms   = array();
		$wrong   = array();
		$keys    = get_option( self::KEYS, array() );
		$keys    = is_array( $keys ) ? $keys : array();
		$entered = array();
		foreach ( $sent as $form => $row ) {
			$row  = is_array( $row ) ? array_map( 'sanitize_text_field', array_filter( $row, 'is_scalar' ) ) : array();
			$form = sanitize_text_field( (string) $form );
			if ( empty( $row['on'] ) ) {
				continue;
			}
			$source = strtolower( $row['source'] ?? '' );
			if ( ! preg_match( self::SLUG, $source ) ) {
				$wrong[] = $form;
				continue;
			}
			$project        = $row['project'] ?? '';
			$forms[ $form ] = array(
				'source'  => $source,
				'project' => preg_match( self::SLUG, $project ) ? $project : '',
			);
			if ( ! empty( $row['key'] ) ) {
				$entered[ $source ] = $row['key'];
			}
		}
		// A source that a row names no longer keeps its key while kept submissions still need it; uninstalling removes all.
		update_option( self::KEYS, array_merge( $keys, $entered ), false );
		update_option( self::FORMS, $forms );
		return $wrong;
	}
}
