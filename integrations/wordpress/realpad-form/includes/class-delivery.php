<?php
/**
 * From the outbox to the service.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * Sends what is due, under the same key at every try, so that a try whose answer was lost makes no second lead.
 */
final class Delivery {

	const CRON  = 'lead_form_embed_deliver';
	const SWEEP = 'lead_form_embed_sweep';

	/** One call, from the first byte to the last; well within a claim. */
	const TIMEOUT_S = 15;

	/** For how long one run goes on taking rows. */
	const RUN_S = 25;

	/** How long an outage lets everything wait, by the number of tries. */
	const STEPS_S = array( 60, 120, 300, 600, 1800, 3600 );

	/**
	 * Rows of this request, sent once its visitor has the answer.
	 *
	 * @var int[]
	 */
	private static $own = array();

	/**
	 * Store a submission, and send it at the end of this request.
	 *
	 * @param string               $form Whose it is, such as cf7:12.
	 * @param array<string, mixed> $body What was typed, and where.
	 */
	public static function accept( string $form, array $body ) {
		$settings = Settings::forms()[ $form ] ?? null;
		if ( null === $settings ) {
			return;
		}
		if ( $settings['project'] ) {
			$body['project'] = $settings['project'];
		}
		$id = Outbox::add( $form, $settings['source'], $body );
		if ( false === $id ) {
			self::send_unstored( $form, $settings['source'], $body );
			return;
		}
		if ( null === $id ) {
			return; // The same answers again, by a double click or after an error of the mail.
		}
		self::schedule( self::STEPS_S[0] ); // In case that PHP does not get to the end of this request.
		if ( ! self::$own ) {
			add_action( 'shutdown', array( __CLASS__, 'send_own' ), 100 );
		}
		self::$own[] = $id;
	}

	/**
	 * Send the rows of this request, once the visitor has the answer where PHP can do that.
	 */
	public static function send_own() {
		if ( function_exists( 'fastcgi_finish_request' ) ) {
			fastcgi_finish_request();
		} elseif ( function_exists( 'litespeed_finish_request' ) ) {
			litespeed_finish_request();
		}
		ignore_user_abort( true );
		foreach ( self::$own as $id ) {
			self::send( $id );
		}
		self::$own = array();
		self::schedule_next();
	}

	/**
	 * Send what is due, oldest first, until the service does not answer or the time is up.
	 */
	public static function run() {
		if ( get_option( 'lead_form_embed_schema' ) !== Outbox::SCHEMA ) {
			return;
		}
		$ends = microtime( true ) + self::RUN_S;
		$id   = Outbox::next_due();
		while ( $id && microtime( true ) < $ends ) {
			if ( ! self::send( $id ) ) {
				break;
			}
			$id = Outbox::next_due();
		}
		self::schedule_next();
	}

	/**
	 * Send one row, and return whether it makes sense to go on with others.
	 *
	 * @param int $id Which one.
	 */
	public static function send( int $id ): bool {
		$row = Outbox::claim( $id );
		if ( ! $row ) {
			return true; // Another process has it.
		}
		$key = Settings::key( $row->source );
		if ( ! Settings::address() || '' === $key ) {
			Outbox::to_person( $row, Settings::address() ? 'key' : 'place', '', true );
			return true;
		}
		$body    = $row->body;
		$project = Settings::forms()[ $row->form ]['project'] ?? '';
		if ( $project ) {
			// As it is set now: it may have been corrected since.
			$body = Outbox::encode( array( 'project' => $project ) + (array) json_decode( $body, true ) );
		}
		return self::settle( $row, self::post( $row->source, $key, $row->idempotency_key, $body, (bool) $row->lenient ) );
	}

	/**
	 * Do with a row what its answer means, and return whether it makes sense to go on with others.
	 *
	 * @param object           $row    The claimed row.
	 * @param array|\WP_Error $answer What came of the call.
	 */
	private static function settle( $row, $answer ): bool {
		$steps = self::STEPS_S;
		$step  = $steps[ min( max( (int) $row->tries, 1 ), count( $steps ) ) - 1 ];
		if ( is_wp_error( $answer ) ) {
			Outbox::wait( $row, 'unavailable', self::short( $answer->get_error_message() ), $step );
			return false;
		}
		$status = (int) wp_remote_retrieve_response_code( $answer );
		$said   = json_decode( wp_remote_retrieve_body( $answer ), true );
		$detail = self::short( self::words( $said, $status ) );
		if ( ( 200 === $status || 201 === $status ) && ! empty( $said['id'] ) && is_string( $said['id'] ) ) {
			Outbox::sent( $row, substr( sanitize_text_field( $said['id'] ), 0, 64 ) );
			Outbox::wake();
			return true;
		}
		$after  = wp_remote_retrieve_header( $answer, 'retry-after' );
		$wait_s = is_numeric( $after ) && $after > 0 ? (int) $after : $step;
		if ( 429 === $status ) {
			Outbox::wait( $row, 'limit', $detail, $wait_s );
			return true;
		}
		if ( in_array( $status, array( 400, 413, 415, 422 ), true ) ) {
			Outbox::to_person( $row, 'answers', $detail, false );
			return true;
		}
		if ( in_array( $status, array( 401, 403 ), true ) ) {
			Outbox::to_person( $row, 'key', $detail, true );
			return true;
		}
		if ( ( $status >= 300 && $status < 400 ) || in_array( $status, array( 404, 405, 410 ), true ) ) {
			Outbox::to_person( $row, 'place', $detail, true );
			return true;
		}
		// 5xx, 408 and the like; and a 200 of something that is not the service, such as a page about maintenance.
		Outbox::wait( $row, 'unavailable', $detail, $wait_s );
		return false;
	}

	/**
	 * Make the call.
	 *
	 * @param string $source  The source.
	 * @param string $key     Its key.
	 * @param string $once    The idempotency key.
	 * @param string $json    What is sent.
	 * @param bool   $lenient Whether the service should take what it cannot accept into its inbox, for correction.
	 * @return array|\WP_Error
	 */
	private static function post( string $source, string $key, string $once, string $json, bool $lenient ) {
		$url     = Settings::address() . '/in/' . $source . ( $lenient ? '?lenient=1' : '' );
		$options = array(
			'timeout'     => self::TIMEOUT_S,
			'redirection' => 0, // The key is for this address only.
			'headers'     => array(
				'Authorization'   => 'Bearer ' . $key,
				'Idempotency-Key' => $once,
				'Content-Type'    => 'application/json',
				'Accept'          => 'application/json',
			),
			'body'        => $json,
		);
		return is_multisite() ? wp_safe_remote_post( $url, $options ) : wp_remote_post( $url, $options );
	}

	/**
	 * Send at once what the database would not take; the form plugin's own mail or entry is all that is left besides.
	 *
	 * @param string               $form   Whose it is.
	 * @param string               $source The source.
	 * @param array<string, mixed> $body   What is sent.
	 */
	private static function send_unstored( string $form, string $source, array $body ) {
		$answer = self::post( $source, Settings::key( $source ), wp_generate_uuid4(), Outbox::encode( $body ), false );
		$status = is_wp_error( $answer ) ? $answer->get_error_message() : wp_remote_retrieve_response_code( $answer );
		if ( 201 !== $status && 200 !== $status ) {
			// The one case with nothing left to keep it in; whoever reads the log finds the lead in the form plugin.
			// phpcs:ignore WordPress.PHP.DevelopmentFunctions.error_log_error_log
			error_log( "lead-form-embed: a submission of $form could neither be stored nor sent ($status); see the form's own mail or entries" );
			update_option( 'lead_form_embed_unstored', time(), false );
		}
	}

	/**
	 * Return what the service said, in one line.
	 *
	 * @param mixed $said   Its answer, if it was JSON.
	 * @param int   $status Its status.
	 */
	private static function words( $said, int $status ): string {
		$words = array();
		foreach ( is_array( $said ) ? (array) ( $said['errors'] ?? array() ) : array() as $field => $texts ) {
			$words[] = $field . ': ' . implode( ' ', array_filter( (array) $texts, 'is_string' ) );
		}
		if ( ! $words && is_array( $said ) && isset( $said['error'] ) && is_string( $said['error'] ) ) {
			$words[] = $said['error'];
		}
		return trim( $status . ' ' . implode( '; ', $words ) );
	}

	/**
	 * Return a text as short as a table can show it.
	 *
	 * @param string $text Any.
	 */
	private static function short( string $text ): string {
		return function_exists( 'mb_substr' ) ? mb_substr( sanitize_text_field( $text ), 0, 500 ) : substr( sanitize_text_field( $text ), 0, 500 );
	}

	/**
	 * Have WordPress call run() when the next row is due.
	 */
	public static function schedule_next() {
		$in = Outbox::next_in();
		if ( null !== $in ) {
			self::schedule( $in );
		}
	}

	/**
	 * Have WordPress call run() in some seconds, if it does not do so earlier.
	 *
	 * @param int $in_s Seconds from now.
	 */
	private static function schedule( int $in_s ) {
		$at   = time() + $in_s;
		$next = wp_next_scheduled( self::CRON );
		if ( $next && $next > $at ) {
			wp_unschedule_event( $next, self::CRON );
			$next = false;
		}
		if ( ! $next ) {
			wp_schedule_single_event( $at, self::CRON );
		}
		if ( ! wp_next_scheduled( self::SWEEP ) ) {
			wp_schedule_event( time() + HOUR_IN_SECONDS, 'hourly', self::SWEEP );
		}
	}
}
