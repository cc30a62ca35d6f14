<?php
/**
 * The service, as WordPress reaches it.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * Asks which projects this site may show, and says in words why that does not work. Pages for visitors never call it.
 */
final class Service {

	const CACHE = 'lead_form_embed_projects';

	/** For how long a list of projects is good, in seconds. */
	const FRESH_S = 10 * MINUTE_IN_SECONDS;

	const TIMEOUT_S = 10;

	/**
	 * Return the projects of this site, as they were up to ten minutes ago.
	 *
	 * If the service does not answer, the last list it gave stays.
	 *
	 * @return array<int, array{slug: string, name: string, languages: string[]}>
	 */
	public static function projects(): array {
		$kept = get_transient( self::CACHE );
		if ( is_array( $kept ) && ( $kept['for'] ?? '' ) === self::about() && time() - $kept['at'] < self::FRESH_S ) {
			return $kept['projects'];
		}
		$answer = self::ask();
		if ( is_array( $answer ) ) {
			return $answer;
		}
		return is_array( $kept ) && ( $kept['for'] ?? '' ) === self::about() ? $kept['projects'] : array();
	}

	/**
	 * Return what is wrong, in words for whom it concerns; an empty text if forms can be shown here.
	 */
	public static function problem(): string {
		$address = Settings::address();
		if ( ! $address ) {
			return __( 'There is no address yet. Enter the one that your forms have, such as https://forms.example.com. It must begin with https.', 'lead-form-embed-for-realpad' );
		}
		$answer = self::ask();
		if ( is_string( $answer ) ) {
			return $answer;
		}
		if ( ! $answer ) {
			return sprintf(
				/* translators: 1: address of the service, 2: address of this site. */
				__( '%1$s answers, but has no form for this site. Whoever looks after it adds %2$s under "origins" of a project, written exactly like this.', 'lead-form-embed-for-realpad' ),
				$address,
				Settings::origin()
			);
		}
		$default = Settings::get( 'project' );
		if ( $default && ! in_array( $default, array_column( $answer, 'slug' ), true ) ) {
			/* translators: %s: name of a project. */
			return sprintf( __( 'The default project %s may not be shown on this site. Choose another one.', 'lead-form-embed-for-realpad' ), $default );
		}
		return '';
	}

	/**
	 * Ask for the projects of this site, and keep them.
	 *
	 * @return array<int, array{slug: string, name: string, languages: string[]}>|string The projects, or what is wrong.
	 */
	private static function ask() {
		$url    = add_query_arg( 'origin', rawurlencode( Settings::origin() ), Settings::address() . '/embeddable' );
		$answer = Settings::address() ? self::get( $url ) : '';
		if ( ! is_array( $answer ) ) {
			return is_wp_error( $answer ) ? self::explain( $answer ) : '';
		}
		$status = (int) wp_remote_retrieve_response_code( $answer );
		if ( $status >= 300 && $status < 400 ) {
			/* translators: %s: an address. */
			return sprintf( __( 'This address leads on to %s. Enter that one.', 'lead-form-embed-for-realpad' ), (string) wp_remote_retrieve_header( $answer, 'location' ) );
		}
		if ( 429 === $status || $status >= 500 ) {
			/* translators: %d: an HTTP status such as 503. */
			return sprintf( __( 'The service is there but cannot answer now (status %d). Try again in a few minutes.', 'lead-form-embed-for-realpad' ), $status );
		}
		$said = 200 === $status ? json_decode( wp_remote_retrieve_body( $answer ), true ) : null;
		if ( ! is_array( $said ) || ! isset( $said['projects'] ) || ! is_array( $said['projects'] ) ) {
			/* translators: %d: an HTTP status such as 404. */
			return sprintf( __( 'Something answers at this address (status %d), but it is not the service of your forms, or an old version of it. Check the address.', 'lead-form-embed-for-realpad' ), $status );
		}
		$projects = array_values( array_filter( array_map( array( __CLASS__, 'clean_project' ), $said['projects'] ) ) );
		set_transient(
			self::CACHE,
			array(
				'for'      => self::about(),
				'at'       => time(),
				'projects' => $projects,
			),
			WEEK_IN_SECONDS
		);
		return $projects;
	}

	/**
	 * Return a project as the editors need it, or null if it is not one.
	 *
	 * @param mixed $project What the service said.
	 * @return array{slug: string, name: string, languages: string[]}|null
	 */
	private static function clean_project( $project ) {
		$slug = is_array( $project ) && isset( $project['slug'] ) ? (string) $project['slug'] : '';
		if ( ! preg_match( Settings::SLUG, $slug ) ) {
			return null;
		}
		$name = isset( $project['name'] ) && is_string( $project['name'] ) ? $project['name'] : $slug;
		return array(
			'slug'      => $slug,
			'name'      => sanitize_text_field( $name ),
			'languages' => array_values( array_intersect( Settings::LANGUAGES, (array) ( $project['languages'] ?? array() ) ) ),
		);
	}

	/**
	 * Return for which service and site a list holds.
	 */
	private static function about(): string {
		return Settings::address() . ' ' . Settings::origin();
	}

	/**
	 * Get an address.
	 *
	 * In a network, an administrator of one site is not whoever runs the server, so that WordPress refuses addresses of
	 * its inside there.
	 *
	 * @param string $url What to get.
	 * @return array|\WP_Error
	 */
	private static function get( string $url ) {
		$options = array(
			'timeout'     => self::TIMEOUT_S,
			'redirection' => 0,
			'headers'     => array( 'Accept' => 'application/json' ),
		);
		return is_multisite() ? wp_safe_remote_get( $url, $options ) : wp_remote_get( $url, $options );
	}

	/**
	 * Say in words why no answer came.
	 *
	 * @param \WP_Error $error WordPress's.
	 */
	public static function explain( \WP_Error $error ): string {
		// WordPress calls by cURL or, where PHP has none, by its streams, which have no numbers.
		$text = preg_replace( '/\s+/', ' ', $error->get_error_message() );
		if ( 'http_request_not_executed' === $error->get_error_code() || preg_match( '/cURL error 6\b|getaddrinfo|resolve host/i', $text ) ) {
			return __( 'There is no server of this name, or this website may not call it. Check the address for slips.', 'lead-form-embed-for-realpad' );
		}
		if ( preg_match( '/cURL error (35|51|53|58|60|77)\b|SSL|certificate|crypto/i', $text ) ) {
			/* translators: %s: what the TLS library said. */
			return sprintf( __( 'The secure connection (TLS) failed: the certificate of the server is not valid here. Its administrator can put that right. (%s)', 'lead-form-embed-for-realpad' ), $text );
		}
		if ( preg_match( '/cURL error 7\b|refused/i', $text ) ) {
			return __( 'The server refuses the connection: the service is not running, or a firewall stands between it and this website.', 'lead-form-embed-for-realpad' );
		}
		if ( preg_match( '/cURL error 28\b|timed? ?out/i', $text ) ) {
			return __( 'The server did not answer in time. Try again; if it stays so, a firewall may stand between it and this website.', 'lead-form-embed-for-realpad' );
		}
		/* translators: %s: a technical message. */
		return sprintf( __( 'The service cannot be reached: %s', 'lead-form-embed-for-realpad' ), $text );
	}
}
