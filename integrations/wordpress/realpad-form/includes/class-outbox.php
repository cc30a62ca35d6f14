<?php
/**
 * Submissions on their way to the service.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared, PluginCheck.Security.DirectDB.UnescapedDBParameter -- a table of our own, of which nothing may be cached; only its name is interpolated.

/**
 * A table: each submission is a row before anybody is called, and stays one until the service has it.
 *
 * waiting: will be sent by itself, not before due_at. person: somebody must look. sent: a receipt without what was typed,
 * which tells a repeat. All times are seconds of the database's clock, so that several web servers agree; a time further
 * ahead than anything sets was written while that clock was wrong, and counts as past. unsure: a call may have arrived whose
 * answer was lost; from then on the row keeps its source, under which the service would know it again.
 */
final class Outbox {

	const SCHEMA = '1';

	/** A claim outlasts the longest call, and ends by itself if PHP dies. */
	const LEASE_S = 120;

	/** The longest that a row waits: no later time is believed. */
	const LONGEST_WAIT_S = 6 * HOUR_IN_SECONDS;

	/** The same answers again within this time are the same submission. */
	const REPEAT_S = 30 * MINUTE_IN_SECONDS;

	/**
	 * Return the name of the table.
	 */
	public static function table(): string {
		global $wpdb;
		return $wpdb->prefix . 'lead_form_embed_kept';
	}

	/**
	 * Make the table, or bring it up to date.
	 */
	public static function create() {
		global $wpdb;
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		$table = self::table();
		dbDelta(
			"CREATE TABLE {$table} (
				id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
				idempotency_key char(36) NOT NULL,
				fingerprint char(64) NOT NULL,
				form varchar(191) NOT NULL,
				source varchar(64) NOT NULL,
				body longtext NOT NULL,
				status varchar(10) NOT NULL,
				reason varchar(20) NOT NULL DEFAULT '',
				detail text NOT NULL,
				tries int(10) unsigned NOT NULL DEFAULT 0,
				lenient tinyint(1) unsigned NOT NULL DEFAULT 0,
				unsure tinyint(1) unsigned NOT NULL DEFAULT 0,
				created_at bigint(20) NOT NULL,
				due_at bigint(20) NOT NULL,
				claim varchar(36) NOT NULL DEFAULT '',
				claimed_until bigint(20) NOT NULL DEFAULT 0,
				lead_id varchar(64) NOT NULL DEFAULT '',
				PRIMARY KEY  (id),
				UNIQUE KEY fingerprint (fingerprint),
				KEY due (status,due_at)
			) {$wpdb->get_charset_collate()};"
		);
		update_option( 'lead_form_embed_schema', self::SCHEMA );
	}

	/**
	 * Store a submission, and return the id of its row; null if it is there already, false if it could not be stored.
	 *
	 * @param string               $form   Whose it is, such as cf7:12.
	 * @param string               $source The source of the service.
	 * @param array<string, mixed> $body   What will be sent.
	 * @return int|null|false
	 */
	public static function add( string $form, string $source, array $body ) {
		global $wpdb;
		$json = self::encode( $body );
		// What this hashes says who it was: keyed, so that nobody can try names on it.
		$fingerprint = hash_hmac( 'sha256', $form . '|' . $json, wp_salt( 'auth' ) );
		$table       = self::table();
		self::forget_old();
		$was_quiet = $wpdb->hide_errors();
		$added     = self::insert( $form, $source, $json, $fingerprint );
		if ( false === $added ) {
			self::create(); // The table is missing: a new site of a network, or somebody removed it.
			$added = self::insert( $form, $source, $json, $fingerprint );
		}
		if ( $was_quiet ) {
			$wpdb->show_errors();
		}
		if ( false === $added ) {
			return false;
		}
		if ( $added > 0 ) {
			return (int) $wpdb->insert_id;
		}
		// Ignored as a duplicate, or for a reason that IGNORE hides: only a row that is there counts as stored.
		$there = $wpdb->get_var( $wpdb->prepare( "SELECT id FROM {$table} WHERE fingerprint = %s", $fingerprint ) );
		return $there ? null : false;
	}

	/**
	 * Return a submission as it is stored and sent.
	 *
	 * Letters beyond ASCII are escaped: no character set of a database can refuse them then.
	 *
	 * @param array<string, mixed> $body What was typed, and where.
	 */
	public static function encode( array $body ): string {
		return (string) wp_json_encode( $body, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE );
	}

	/**
	 * Insert a row, unless the same one is there; return how many were inserted, or false.
	 *
	 * @param string $form        Whose it is.
	 * @param string $source      The source.
	 * @param string $json        What will be sent.
	 * @param string $fingerprint What tells repeats.
	 * @return int|false
	 */
	private static function insert( string $form, string $source, string $json, string $fingerprint ) {
		global $wpdb;
		$table = self::table();
		return $wpdb->query(
			$wpdb->prepare(
				"INSERT IGNORE INTO {$table} (idempotency_key, fingerprint, form, source, body, status, detail, created_at, due_at)
				VALUES (%s, %s, %s, %s, %s, 'waiting', '', UNIX_TIMESTAMP(), UNIX_TIMESTAMP())",
				wp_generate_uuid4(),
				$fingerprint,
				substr( $form, 0, 191 ),
				$source,
				$json
			)
		);
	}

	/**
	 * Remove receipts that are too old to matter; the very same answers may then be a new submission.
	 */
	private static function forget_old() {
		global $wpdb;
		$table     = self::table();
		$was_quiet = $wpdb->hide_errors();
		$wpdb->query( $wpdb->prepare( "DELETE FROM {$table} WHERE status = 'sent' AND created_at < UNIX_TIMESTAMP() - %d", self::REPEAT_S ) );
		if ( $was_quiet ) {
			$wpdb->show_errors();
		}
	}

	/**
	 * Take a row to send it; null if it is not there to be taken. Of two that ask, one gets it.
	 *
	 * @param int $id Which one.
	 */
	public static function claim( int $id ) {
		global $wpdb;
		$table = self::table();
		$claim = wp_generate_uuid4();
		$taken = $wpdb->query(
			$wpdb->prepare(
				"UPDATE {$table} SET claim = %s, claimed_until = UNIX_TIMESTAMP() + %d, tries = tries + 1
				WHERE id = %d AND status = 'waiting'
				AND (claimed_until <= UNIX_TIMESTAMP() OR claimed_until > UNIX_TIMESTAMP() + %d)",
				$claim,
				self::LEASE_S,
				$id,
				self::LEASE_S
			)
		);
		if ( 1 !== $taken ) {
			return null;
		}
		return $wpdb->get_row( $wpdb->prepare( "SELECT * FROM {$table} WHERE id = %d AND claim = %s", $id, $claim ) );
	}

	/**
	 * Return the oldest row that is due and not claimed, or 0.
	 */
	public static function next_due(): int {
		global $wpdb;
		$table = self::table();
		return (int) $wpdb->get_var(
			$wpdb->prepare(
				"SELECT id FROM {$table} WHERE status = 'waiting'
				AND (due_at <= UNIX_TIMESTAMP() OR due_at > UNIX_TIMESTAMP() + %d)
				AND (claimed_until <= UNIX_TIMESTAMP() OR claimed_until > UNIX_TIMESTAMP() + %d)
				ORDER BY created_at, id LIMIT 1",
				self::LONGEST_WAIT_S,
				self::LEASE_S
			)
		);
	}

	/**
	 * Return in how many seconds the next row is due, or null if none waits.
	 *
	 * @return int|null
	 */
	public static function next_in() {
		global $wpdb;
		$table = self::table();
		$in    = $wpdb->get_var(
			$wpdb->prepare(
				"SELECT MIN(CASE WHEN due_at > UNIX_TIMESTAMP() + %d THEN 0
				ELSE GREATEST(due_at, LEAST(claimed_until, UNIX_TIMESTAMP() + %d)) - CAST(UNIX_TIMESTAMP() AS SIGNED) END)
				FROM {$table} WHERE status = 'waiting'",
				self::LONGEST_WAIT_S,
				self::LEASE_S
			)
		);
		return null === $in ? null : max( 0, (int) $in );
	}

	/**
	 * Settle a row that the service has: what was typed leaves this database, a receipt stays for a while.
	 *
	 * @param object $row     The claimed row.
	 * @param string $lead_id The lead's id there.
	 */
	public static function sent( $row, string $lead_id ) {
		global $wpdb;
		// Whoever holds the claim by now: the service has it, and that is true for all.
		$wpdb->update(
			self::table(),
			array(
				'status'        => 'sent',
				'body'          => '',
				'reason'        => '',
				'detail'        => '',
				'lead_id'       => $lead_id,
				'claimed_until' => 0,
			),
			array( 'id' => $row->id )
		);
	}

	/**
	 * Put a row in front of a person, with all that wait for the same reason.
	 *
	 * @param object $row     The claimed row.
	 * @param string $reason  One of Delivery's reasons.
	 * @param string $detail  What the service said.
	 * @param bool   $is_all  Whether whatever waits for this source would get the same answer.
	 */
	public static function to_person( $row, string $reason, string $detail, bool $is_all ) {
		global $wpdb;
		$table = self::table();
		$wpdb->query(
			$wpdb->prepare(
				"UPDATE {$table} SET status = 'person', reason = %s, detail = %s, claimed_until = 0 WHERE id = %d AND claim = %s AND status = 'waiting'",
				$reason,
				$detail,
				$row->id,
				$row->claim
			)
		);
		if ( $is_all ) {
			$wpdb->query(
				$wpdb->prepare(
					"UPDATE {$table} SET status = 'person', reason = %s, detail = %s
					WHERE source = %s AND status = 'waiting' AND claimed_until <= UNIX_TIMESTAMP()",
					$reason,
					$detail,
					$row->source
				)
			);
		}
	}

	/**
	 * Let a row wait, and with it all others: one call per step tells whether the service is back, not one per row.
	 *
	 * @param object $row    The claimed row.
	 * @param string $reason One of Delivery's reasons.
	 * @param string $detail What happened.
	 * @param int    $wait_s For how long.
	 */
	public static function wait( $row, string $reason, string $detail, int $wait_s ) {
		global $wpdb;
		$table  = self::table();
		$wait_s = min( $wait_s, self::LONGEST_WAIT_S );
		$wpdb->query(
			$wpdb->prepare(
				"UPDATE {$table} SET claimed_until = 0, reason = %s, detail = %s, unsure = GREATEST(unsure, %d)
				WHERE id = %d AND claim = %s AND status = 'waiting'",
				$reason,
				$detail,
				'unavailable' === $reason ? 1 : 0,
				$row->id,
				$row->claim
			)
		);
		// A limit concerns its source; an outage everybody.
		$wpdb->query(
			$wpdb->prepare(
				"UPDATE {$table} SET due_at = UNIX_TIMESTAMP() + %d, reason = %s
				WHERE status = 'waiting' AND due_at < UNIX_TIMESTAMP() + %d AND (source = %s OR %s = 'unavailable')",
				$wait_s,
				$reason,
				$wait_s,
				$row->source,
				$reason
			)
		);
	}

	/**
	 * Let everything go now that waited for the service to come back.
	 */
	public static function wake() {
		global $wpdb;
		$table = self::table();
		$wpdb->query( "UPDATE {$table} SET due_at = UNIX_TIMESTAMP() WHERE status = 'waiting' AND reason = 'unavailable'" );
	}

	/**
	 * Send rows again that waited for a person.
	 *
	 * @param int[] $ids     Which ones; none means all that would get another answer after a change of settings.
	 * @param bool  $lenient Whether the service should take them for correction in its inbox.
	 */
	public static function release( array $ids, bool $lenient = false ) {
		global $wpdb;
		$table = self::table();
		if ( ! $ids ) {
			foreach ( Settings::forms() as $form => $settings ) {
				$wpdb->query(
					$wpdb->prepare(
						"UPDATE {$table} SET source = %s WHERE form = %s AND unsure = 0 AND status = 'person' AND reason IN ('key', 'place')",
						$settings['source'],
						$form
					)
				);
			}
			$wpdb->query( "UPDATE {$table} SET status = 'waiting', due_at = UNIX_TIMESTAMP() WHERE status = 'person' AND reason IN ('key', 'place')" );
		}
		foreach ( $ids as $id ) {
			$wpdb->query(
				$wpdb->prepare(
					"UPDATE {$table} SET status = 'waiting', due_at = UNIX_TIMESTAMP(), lenient = %d WHERE id = %d AND status IN ('person', 'waiting')",
					$lenient ? 1 : 0,
					$id
				)
			);
		}
	}

	/**
	 * Remove a row for good that nobody is sending at the moment, and return whether it is gone.
	 *
	 * @param int $id Which one.
	 */
	public static function remove( int $id ): bool {
		global $wpdb;
		$table = self::table();
		return 1 === $wpdb->query( $wpdb->prepare( "DELETE FROM {$table} WHERE id = %d AND (status <> 'waiting' OR claimed_until <= UNIX_TIMESTAMP())", $id ) );
	}

	/**
	 * Return rows that are still here, oldest first.
	 *
	 * @param int $limit At most so many.
	 * @return object[]
	 */
	public static function kept( int $limit = 200 ): array {
		global $wpdb;
		$table = self::table();
		return (array) $wpdb->get_results( $wpdb->prepare( "SELECT * FROM {$table} WHERE status <> 'sent' ORDER BY created_at, id LIMIT %d", $limit ) );
	}

	/**
	 * Return how many wait, how many need a person, and for how many seconds the oldest has waited.
	 *
	 * @return array{waiting: int, person: int, oldest_s: int}
	 */
	public static function count(): array {
		global $wpdb;
		$none = array(
			'waiting'  => 0,
			'person'   => 0,
			'oldest_s' => 0,
		);
		if ( get_option( 'lead_form_embed_schema' ) !== self::SCHEMA ) {
			return $none;
		}
		$table = self::table();
		foreach ( (array) $wpdb->get_results( "SELECT status, COUNT(*) AS n, CAST(UNIX_TIMESTAMP() AS SIGNED) - MIN(created_at) AS age FROM {$table} WHERE status <> 'sent' GROUP BY status" ) as $row ) {
			$none[ $row->status ] = (int) $row->n;
			$none['oldest_s']     = max( $none['oldest_s'], (int) $row->age );
		}
		return $none;
	}
}
