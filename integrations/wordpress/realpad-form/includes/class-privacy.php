<?php
/**
 * WordPress's tools for personal data.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * What is kept here of one person, to be exported or erased; and words for the site's privacy policy.
 */
final class Privacy {

	const PER_PAGE = 100;

	/**
	 * Suggest a paragraph for the privacy policy.
	 */
	public static function policy() {
		$address = Settings::address();
		$text    = '<p class="privacy-policy-tutorial">' . esc_html__( 'Adapt this to what your forms ask, and to what the service does with it.', 'lead-form-embed-for-realpad' ) . '</p>'
			. '<p>' . sprintf(
				/* translators: %s: address of the service. */
				esc_html__( 'Enquiry forms on this website are provided by our service at %s. It receives what you enter, the address of the page and of the one before it, the parameters of a campaign, and your IP address, in order to answer your enquiry. The form sets no cookie; what you began to type and where your visit began stay in your browser until you close the tab.', 'lead-form-embed-for-realpad' ),
				$address ? esc_html( $address ) : '…'
			) . '</p>'
			. '<p>' . esc_html__( 'Enquiries that you send by other forms of this website are handed over to the same service. If it cannot be reached, they are kept in the database of this website until it can, and removed from there then.', 'lead-form-embed-for-realpad' ) . '</p>';
		wp_add_privacy_policy_content( 'Lead Form Embed for Realpad', wp_kses_post( $text ) );
	}

	/**
	 * Add the exporter.
	 *
	 * @param array<string, array> $exporters Those of others.
	 */
	public static function exporters( $exporters ) {
		$exporters['lead-form-embed'] = array(
			'exporter_friendly_name' => 'Lead Form Embed for Realpad',
			'callback'               => array( __CLASS__, 'export' ),
		);
		return $exporters;
	}

	/**
	 * Add the eraser.
	 *
	 * @param array<string, array> $erasers Those of others.
	 */
	public static function erasers( $erasers ) {
		$erasers['lead-form-embed'] = array(
			'eraser_friendly_name' => 'Lead Form Embed for Realpad',
			'callback'             => array( __CLASS__, 'erase' ),
		);
		return $erasers;
	}

	/**
	 * Export what is kept of a person.
	 *
	 * @param string $email Whose.
	 * @param int    $page  Which part, from 1.
	 * @return array{data: array, done: bool}
	 */
	public static function export( $email, $page = 1 ): array {
		Plugin::translate();
		$rows  = self::rows( (string) $email );
		$items = array();
		foreach ( array_slice( $rows, ( max( 1, (int) $page ) - 1 ) * self::PER_PAGE, self::PER_PAGE ) as $row ) {
			$data = array(
				array(
					'name'  => __( 'Received', 'lead-form-embed-for-realpad' ),
					'value' => wp_date( 'c', (int) $row->created_at ),
				),
			);
			foreach ( (array) json_decode( $row->body, true ) as $name => $value ) {
				$data[] = array(
					'name'  => $name,
					'value' => implode( ', ', (array) $value ),
				);
			}
			$items[] = array(
				'group_id'    => 'lead-form-embed',
				'group_label' => __( 'Enquiries on their way to the service', 'lead-form-embed-for-realpad' ),
				'item_id'     => 'lead-form-embed-' . $row->id,
				'data'        => $data,
			);
		}
		return array(
			'data' => $items,
			'done' => count( $rows ) <= (int) $page * self::PER_PAGE,
		);
	}

	/**
	 * Erase what is kept of a person. A row that is just being sent stays, and says so.
	 *
	 * @param string $email Whose.
	 * @return array<string, mixed>
	 */
	public static function erase( $email ): array {
		Plugin::translate();
		$removed  = 0;
		$retained = 0;
		foreach ( self::rows( (string) $email ) as $row ) {
			if ( Outbox::remove( (int) $row->id ) ) {
				++$removed;
			} else {
				++$retained;
			}
		}
		$messages = array( __( 'Enquiries that the service has already are erased there.', 'lead-form-embed-for-realpad' ) );
		if ( $retained ) {
			$messages[] = __( 'An enquiry was just being sent. Repeat this in a few minutes.', 'lead-form-embed-for-realpad' );
		}
		return array(
			'items_removed'  => $removed > 0,
			'items_retained' => $retained > 0,
			'messages'       => $messages,
			'done'           => true,
		);
	}

	/**
	 * Return the rows in which somebody typed an address.
	 *
	 * @param string $email The address.
	 * @return object[]
	 */
	private static function rows( string $email ): array {
		$email = strtolower( trim( $email ) );
		$found = array();
		if ( '' === $email || get_option( 'lead_form_embed_schema' ) !== Outbox::SCHEMA ) {
			return $found;
		}
		foreach ( Outbox::kept( PHP_INT_MAX ) as $row ) {
			foreach ( (array) json_decode( $row->body, true ) as $value ) {
				foreach ( (array) $value as $text ) {
					if ( strtolower( trim( (string) $text ) ) === $email ) {
						$found[ $row->id ] = $row;
					}
				}
			}
		}
		return array_values( $found );
	}
}
