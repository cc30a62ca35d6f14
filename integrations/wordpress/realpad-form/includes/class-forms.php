<?php
/**
 * Forms of other plugins, and what they collect.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * Hears each form plugin after its own validation and spam check, and hands the submission over.
 *
 * The form stays as it is, with its mails and entries. A form's key is its plugin and number: cf7:12.
 */
final class Forms {

	/** Parameters of a page's address that the service may capture. */
	const CAPTURED = '/^(utm_[a-z_]{1,40}|gclid|gbraid|wbraid|fbclid|msclkid|dclid|ttclid|li_fat_id|sznclid|campaign)$/';

	const VALUE_CHARS = 20000;

	/**
	 * Attach to the plugins that have a form to hand over.
	 */
	public static function register() {
		$plugins = array();
		foreach ( array_keys( Settings::forms() ) as $form ) {
			$plugins[ strtok( $form, ':' ) ] = true;
		}
		if ( isset( $plugins['cf7'] ) ) {
			add_action( 'wpcf7_before_send_mail', array( __CLASS__, 'cf7' ), 9999, 3 );
		}
		if ( isset( $plugins['elementor'] ) ) {
			add_action( 'elementor_pro/forms/new_record', array( __CLASS__, 'elementor' ), 10, 1 );
		}
		if ( isset( $plugins['gravity'] ) ) {
			add_action( 'gform_after_submission', array( __CLASS__, 'gravity' ), 10, 2 );
			add_action( 'gform_update_status', array( __CLASS__, 'gravity_not_spam' ), 10, 3 );
		}
		if ( isset( $plugins['fluent'] ) ) {
			add_action( 'fluentform/submission_inserted', array( __CLASS__, 'fluent' ), 10, 3 );
			add_action( 'fluentform_submission_inserted', array( __CLASS__, 'fluent' ), 10, 3 ); // Before 5.0.
		}
		if ( isset( $plugins['wpforms'] ) ) {
			add_action( 'wpforms_process_complete', array( __CLASS__, 'wpforms' ), 10, 3 );
		}
	}

	/**
	 * Contact Form 7: valid, accepted, no spam, and not stopped by another plugin; before its mail.
	 *
	 * @param object      $form       WPCF7_ContactForm.
	 * @param bool        $abort      Whether somebody stopped it, so that its visitor is asked again.
	 * @param object|null $submission WPCF7_Submission.
	 */
	public static function cf7( $form, $abort = false, $submission = null ) {
		if ( $abort || ! $submission ) {
			return;
		}
		Delivery::accept(
			'cf7:' . $form->id(),
			self::body( (array) $submission->get_posted_data(), (string) $submission->get_meta( 'url' ), (int) $submission->get_meta( 'container_post_id' ) )
		);
	}

	/**
	 * Elementor Pro; a form is known by the id of its widget.
	 *
	 * @param object $record Form_Record.
	 */
	public static function elementor( $record ) {
		$fields = array();
		foreach ( (array) $record->get( 'fields' ) as $id => $field ) {
			$fields[ $field['id'] ?? $id ] = $field['raw_value'] ?? $field['value'] ?? '';
		}
		// phpcs:disable WordPress.Security.NonceVerification -- Elementor has verified the submission.
		$post = isset( $_POST['post_id'] ) ? absint( $_POST['post_id'] ) : 0;
		$page = isset( $_POST['referrer'] ) ? esc_url_raw( wp_unslash( $_POST['referrer'] ) ) : '';
		// phpcs:enable
		Delivery::accept( 'elementor:' . $record->get_form_settings( 'id' ), self::body( $fields, $page, $post ) );
	}

	/**
	 * Gravity Forms. What it takes for spam waits in its entries until somebody says that it is none.
	 *
	 * @param array<string, mixed> $entry The entry.
	 * @param array<string, mixed> $form  The form.
	 */
	public static function gravity( $entry, $form ) {
		if ( 'spam' === ( $entry['status'] ?? '' ) ) {
			return;
		}
		$fields = array();
		foreach ( (array) ( $form['fields'] ?? array() ) as $field ) {
			$id     = (string) $field['id'];
			$inputs = isset( $field['inputs'] ) && is_array( $field['inputs'] ) ? $field['inputs'] : array();
			$type   = (string) ( $field['type'] ?? '' );
			if ( ! $inputs ) {
				$fields[ 'input_' . $id ] = $entry[ $id ] ?? '';
			} elseif ( 'checkbox' === $type ) {
				foreach ( $inputs as $input ) {
					$fields[ 'input_' . $id ][] = $entry[ (string) $input['id'] ] ?? '';
				}
			} else {
				foreach ( $inputs as $input ) {
					$fields[ 'input_' . str_replace( '.', '_', (string) $input['id'] ) ] = $entry[ (string) $input['id'] ] ?? '';
				}
			}
		}
		Delivery::accept( 'gravity:' . $form['id'], self::body( $fields, (string) ( $entry['source_url'] ?? '' ), (int) ( $entry['post_id'] ?? 0 ) ) );
	}

	/**
	 * Gravity Forms: somebody says that an entry is no spam.
	 *
	 * @param int    $entry_id Its number.
	 * @param string $now      What it is now.
	 * @param string $before   What it was.
	 */
	public static function gravity_not_spam( $entry_id, $now, $before ) {
		if ( 'spam' !== $before || 'active' !== $now || ! class_exists( '\GFAPI' ) ) {
			return;
		}
		$entry = \GFAPI::get_entry( $entry_id );
		$form  = is_wp_error( $entry ) ? false : \GFAPI::get_form( $entry['form_id'] );
		if ( $form ) {
			self::gravity( array( 'status' => 'active' ) + $entry, $form );
		}
	}

	/**
	 * Fluent Forms.
	 *
	 * @param int                  $entry_id Number of the entry.
	 * @param array<string, mixed> $data     What was typed, by name.
	 * @param object               $form     The form.
	 */
	public static function fluent( $entry_id, $data, $form ) {
		$page = isset( $data['_wp_http_referer'] ) ? home_url( (string) $data['_wp_http_referer'] ) : '';
		$post = (int) ( $data['__fluent_form_embded_post_id'] ?? 0 ); // Their spelling.
		Delivery::accept( 'fluent:' . $form->id, self::body( (array) $data, $page, $post ) );
	}

	/**
	 * WPForms.
	 *
	 * @param array<int, array>    $fields What was typed.
	 * @param array<string, mixed> $entry  The raw entry.
	 * @param array<string, mixed> $form   The form.
	 */
	public static function wpforms( $fields, $entry, $form ) {
		$sent = array();
		foreach ( (array) $fields as $id => $field ) {
			$name = 'field_' . ( $field['id'] ?? $id );
			$sent[ $name ] = $field['value'] ?? '';
			foreach ( array( 'first', 'middle', 'last' ) as $part ) {
				if ( ! empty( $field[ $part ] ) ) {
					$sent[ $name . '_' . $part ] = $field[ $part ];
					unset( $sent[ $name ] );
				}
			}
		}
		// phpcs:disable WordPress.Security.NonceVerification -- WPForms has verified the submission.
		$page = isset( $_POST['page_url'] ) ? esc_url_raw( wp_unslash( $_POST['page_url'] ) ) : '';
		$post = isset( $_POST['page_id'] ) ? absint( $_POST['page_id'] ) : 0;
		// phpcs:enable
		Delivery::accept( 'wpforms:' . ( $form['id'] ?? '' ), self::body( $sent, $page, $post ) );
	}

	/**
	 * Return what is sent: the fields under their own names, and what the page says of campaign and unit.
	 *
	 * A field of the form wins over what the page says.
	 *
	 * @param array<string, mixed> $fields What was typed, by name.
	 * @param string               $page   Address of the page, if the form plugin tells it.
	 * @param int                  $post   The post with the form, if the form plugin tells it.
	 * @return array<string, mixed>
	 */
	public static function body( array $fields, string $page, int $post ): array {
		$body = array();
		foreach ( $fields as $name => $value ) {
			if ( '_' !== substr( (string) $name, 0, 1 ) ) {
				self::flatten( $body, (string) $name, $value );
			}
		}
		if ( '' === $page ) {
			$page = (string) wp_get_referer();
		}
		$page  = strtok( $page, '#' );
		$known = array( 'page' => (string) $page );
		$query = array();
		wp_parse_str( (string) wp_parse_url( (string) $page, PHP_URL_QUERY ), $query );
		foreach ( array_filter( $query, 'is_string' ) as $name => $value ) {
			if ( preg_match( self::CAPTURED, $name ) ) {
				$known[ $name ] = substr( $value, 0, 500 );
			}
		}
		$parameter     = Settings::get( 'unit_parameter' );
		$field         = Settings::get( 'unit_field' );
		$value         = '' !== $field && $post ? get_post_meta( $post, $field, true ) : '';
		$known['unit'] = is_scalar( $value ) ? trim( (string) $value ) : '';
		if ( '' !== $parameter && isset( $query[ $parameter ] ) && is_string( $query[ $parameter ] ) ) {
			$known['unit'] = substr( $query[ $parameter ], 0, 200 );
		}
		$known['language'] = substr( determine_locale(), 0, 2 );
		return $body + array_filter( $known, 'strlen' );
	}

	/**
	 * Add a value under its name: a text, a list of texts, or the parts of a composite field under name.part.
	 *
	 * @param array<string, mixed> $body  What is sent, by reference.
	 * @param string               $name  Its name.
	 * @param mixed                $value What was typed.
	 */
	private static function flatten( array &$body, string $name, $value ) {
		if ( is_array( $value ) ) {
			$texts = array_values( array_filter( array_map( array( __CLASS__, 'text' ), array_filter( $value, 'is_scalar' ) ), 'strlen' ) );
			if ( wp_is_numeric_array( $value ) && $texts ) {
				$body[ $name ] = 1 === count( $texts ) ? $texts[0] : $texts;
			}
			foreach ( $value as $part => $inner ) {
				if ( is_array( $inner ) || ! wp_is_numeric_array( $value ) ) {
					self::flatten( $body, $name . '.' . $part, $inner );
				}
			}
			return;
		}
		$text = is_scalar( $value ) ? self::text( $value ) : '';
		if ( '' !== $text ) {
			$body[ $name ] = $text;
		}
	}

	/**
	 * Return a value as text, no longer than anything a person types.
	 *
	 * @param mixed $value A scalar.
	 */
	private static function text( $value ): string {
		$text = trim( is_bool( $value ) ? ( $value ? '1' : '' ) : (string) $value );
		return function_exists( 'mb_substr' ) ? mb_substr( $text, 0, self::VALUE_CHARS ) : substr( $text, 0, self::VALUE_CHARS );
	}
}
