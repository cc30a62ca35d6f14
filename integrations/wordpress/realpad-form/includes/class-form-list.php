<?php
/**
 * Which forms of other plugins a site has.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * Lists the forms of the plugins that are active, for the settings page.
 */
final class Form_List {

	/** At most so many posts are read in search of forms. */
	const LIMIT = 200;

	/**
	 * Return all forms by key, each with its plugin, title and fields (name to kind).
	 *
	 * @return array<string, array{key: string, plugin: string, title: string, fields: array<string, string>}>
	 */
	public static function all(): array {
		$forms = self::cf7() + self::gravity() + self::wpforms() + self::fluent() + self::elementor();
		foreach ( array_keys( $forms ) as $key ) {
			$forms[ $key ]['key'] = $key;
		}
		return $forms;
	}

	/**
	 * Contact Form 7.
	 */
	private static function cf7(): array {
		$forms = array();
		if ( class_exists( '\WPCF7_ContactForm' ) ) {
			foreach ( \WPCF7_ContactForm::find( array( 'posts_per_page' => self::LIMIT ) ) as $form ) {
				$fields = array();
				foreach ( $form->scan_form_tags() as $tag ) {
					if ( '' !== (string) $tag->name ) {
						$fields[ $tag->name ] = (string) $tag->basetype;
					}
				}
				$forms[ 'cf7:' . $form->id() ] = self::form( 'Contact Form 7', (string) $form->title(), $fields );
			}
		}
		return $forms;
	}

	/**
	 * Gravity Forms.
	 */
	private static function gravity(): array {
		$forms = array();
		if ( class_exists( '\GFAPI' ) ) {
			foreach ( \GFAPI::get_forms() as $form ) {
				$fields = array();
				foreach ( (array) $form['fields'] as $field ) {
					$inputs = isset( $field['inputs'] ) && is_array( $field['inputs'] ) && 'checkbox' !== $field['type'] ? $field['inputs'] : array( array( 'id' => $field['id'] ) );
					foreach ( $inputs as $input ) {
						$name            = 'input_' . str_replace( '.', '_', (string) $input['id'] );
						$fields[ $name ] = trim( $field['type'] . ' ' . ( $input['label'] ?? $field['label'] ?? '' ) );
					}
				}
				$forms[ 'gravity:' . $form['id'] ] = self::form( 'Gravity Forms', (string) $form['title'], $fields );
			}
		}
		return $forms;
	}

	/**
	 * WPForms.
	 */
	private static function wpforms(): array {
		$forms = array();
		if ( function_exists( 'wpforms' ) ) {
			foreach ( self::posts( 'wpforms' ) as $post ) {
				$fields = array();
				$said   = json_decode( $post->post_content, true );
				foreach ( (array) ( $said['fields'] ?? array() ) as $id => $field ) {
					$fields[ 'field_' . $id ] = trim( ( $field['type'] ?? '' ) . ' ' . ( $field['label'] ?? '' ) );
				}
				$forms[ 'wpforms:' . $post->ID ] = self::form( 'WPForms', $post->post_title, $fields );
			}
		}
		return $forms;
	}

	/**
	 * Fluent Forms.
	 */
	private static function fluent(): array {
		$forms = array();
		if ( function_exists( 'fluentFormApi' ) ) {
			$list = \fluentFormApi( 'forms' )->forms( array( 'per_page' => self::LIMIT ), true );
			foreach ( (array) ( $list['data'] ?? array() ) as $form ) {
				$fields = array();
				$said   = json_decode( (string) ( $form->form_fields ?? '' ), true );
				foreach ( (array) ( $said['fields'] ?? array() ) as $field ) {
					$name = (string) ( $field['attributes']['name'] ?? '' );
					foreach ( '' === $name ? array() : ( $field['fields'] ?? array( '' => 1 ) ) as $part => $inner ) {
						$fields[ '' === $part ? $name : $name . '.' . $part ] = (string) ( $field['element'] ?? '' );
					}
				}
				$forms[ 'fluent:' . $form->id ] = self::form( 'Fluent Forms', (string) $form->title, $fields );
			}
		}
		return $forms;
	}

	/**
	 * Elementor Pro, whose forms are widgets of pages.
	 */
	private static function elementor(): array {
		$forms = array();
		if ( defined( 'ELEMENTOR_PRO_VERSION' ) ) {
			foreach ( self::posts( 'any', '_elementor_data', '"widgetType":"form"' ) as $post ) {
				self::elementor_widgets( $forms, (array) json_decode( (string) get_post_meta( $post->ID, '_elementor_data', true ), true ) );
			}
		}
		return $forms;
	}

	/**
	 * Add the forms among widgets and those inside them.
	 *
	 * @param array<string, array> $forms   Those found, by reference.
	 * @param array<int, mixed>    $widgets Where to look.
	 */
	private static function elementor_widgets( array &$forms, array $widgets ) {
		foreach ( array_filter( $widgets, 'is_array' ) as $widget ) {
			if ( 'form' === ( $widget['widgetType'] ?? '' ) ) {
				$fields = array();
				foreach ( (array) ( $widget['settings']['form_fields'] ?? array() ) as $field ) {
					$fields[ $field['custom_id'] ?? '' ] = trim( ( $field['field_type'] ?? 'text' ) . ' ' . ( $field['field_label'] ?? '' ) );
				}
				$forms[ 'elementor:' . $widget['id'] ] = self::form( 'Elementor', (string) ( $widget['settings']['form_name'] ?? $widget['id'] ), $fields );
			}
			self::elementor_widgets( $forms, (array) ( $widget['elements'] ?? array() ) );
		}
	}

	/**
	 * Return posts of a type, or those that hold a text in a field.
	 *
	 * @param string $type  Type of post.
	 * @param string $field Name of the field, if any.
	 * @param string $text  The text in it.
	 * @return \WP_Post[]
	 */
	private static function posts( string $type, string $field = '', string $text = '' ): array {
		$query = array(
			'post_type'   => $type,
			'post_status' => array( 'publish', 'private', 'draft' ),
			'numberposts' => self::LIMIT,
		);
		if ( '' !== $field ) {
			// phpcs:ignore WordPress.DB.SlowDBQuery.slow_db_query_meta_query -- on one page, for an administrator.
			$query['meta_query'] = array(
				array(
					'key'     => $field,
					'value'   => $text,
					'compare' => 'LIKE',
				),
			);
		}
		return get_posts( $query );
	}

	/**
	 * Return one form as the settings page shows it.
	 *
	 * @param string                $plugin Name of its plugin.
	 * @param string                $title  Its title.
	 * @param array<string, string> $fields Its fields.
	 * @return array{plugin: string, title: string, fields: array<string, string>}
	 */
	private static function form( string $plugin, string $title, array $fields ): array {
		return array(
			'plugin' => $plugin,
			'title'  => '' !== $title ? $title : '–',
			'fields' => $fields,
		);
	}

	/**
	 * Return the lines for the project file that name the fields of a form as the service knows them, as far as that can
	 * be guessed; the others stand there as comments.
	 *
	 * @param string                $source The source.
	 * @param array<string, string> $fields Name to kind.
	 */
	public static function project_file( string $source, array $fields ): string {
		$guesses = array(
			'surname'   => '/surname|last|příjmení|priezvisko|nachname|nazwisko/iu',
			'email'     => '/e-?mail/i',
			'phone'     => '/phone|^tel|[-_.]tel|telefon|mobil/i',
			'unit'      => '/^unit$|^byt$|^flat$|jednotk|apartm/i',
			'note'      => '/textarea|message|zpráva|správa|nachricht|wiadomo|note|pozn/iu',
			'name'      => '/^names?$|first|your-name|jméno|meno|vorname|imi[eę]/iu',
			'full_name' => '/name/i',
		);
		$lines   = array();
		$used    = array();
		foreach ( $fields as $name => $kind ) {
			$ours = '';
			foreach ( $guesses as $guess => $pattern ) {
				if ( '' === $ours && 'acceptance' !== $kind && ! isset( $used[ $guess ] ) && preg_match( $pattern, $name . ' ' . $kind ) ) {
					$ours = $guess;
				}
			}
			$used[ $ours ] = true;
			$quoted        = preg_match( '/^[A-Za-z][A-Za-z0-9_-]*$/', $name ) ? $name : wp_json_encode( $name );
			if ( '' !== $ours ) {
				$lines[] = "      $quoted: $ours";
			} elseif ( preg_match( '/acceptance|consent|gdpr|souhlas|súhlas/iu', $name . ' ' . $kind ) ) {
				$lines[] = "      # $quoted: consent_<its id in Realpad>";
			} else {
				$lines[] = "      # $quoted ($kind)";
			}
		}
		return "sources:\n  - name: $source\n    fields:\n" . implode( "\n", $lines ) . "\n";
	}
}
