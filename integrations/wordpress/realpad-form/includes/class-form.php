<?php
/**
 * A form as it stands in a page.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * The markup of one form: the block, the shortcode and a pasted address all end here.
 */
final class Form {

	const OPTIONS = array(
		'project'    => '',
		'lang'       => '',
		'unit'       => '',
		'unit_id'    => '',
		'unit_field' => '',
		'unit_from'  => '',
		'campaign'   => '',
		'theme'      => '',
		'mode'       => 'inline',
		'label'      => '',
	);

	/**
	 * Answer the shortcode [realpad_form].
	 *
	 * @param array<string, string>|string $attributes What stands in it.
	 */
	public static function shortcode( $attributes ): string {
		return self::html( shortcode_atts( self::OPTIONS, (array) $attributes, 'realpad_form' ) );
	}

	/**
	 * Render the block.
	 *
	 * @param array<string, mixed> $attributes As block.json lists them.
	 */
	public static function block( array $attributes ): string {
		$options = array();
		foreach ( self::OPTIONS as $name => $default ) {
			$key              = lcfirst( str_replace( '_', '', ucwords( $name, '_' ) ) );
			$options[ $name ] = isset( $attributes[ $key ] ) && is_scalar( $attributes[ $key ] ) ? (string) $attributes[ $key ] : $default;
		}
		$html = self::html( $options );
		return '' === $html ? '' : '<div ' . get_block_wrapper_attributes() . '>' . $html . '</div>';
	}

	/**
	 * Return a form: its element, or a button that opens it.
	 *
	 * @param array<string, mixed> $options As in OPTIONS; a parameter of a pasted address besides.
	 */
	public static function html( array $options ): string {
		Plugin::translate();
		$options = array_map( 'strval', array_filter( $options, 'is_scalar' ) ) + self::OPTIONS;
		$project = $options['project'] ? $options['project'] : Settings::get( 'project' );
		if ( ! Settings::address() ) {
			return self::hint( __( 'Enter the address of your service in Settings → Lead form.', 'lead-form-embed-for-realpad' ) );
		}
		if ( ! preg_match( Settings::SLUG, $project ) ) {
			return self::hint( __( 'Choose a project for this form, or a default one in Settings → Lead form.', 'lead-form-embed-for-realpad' ) );
		}
		$options['project'] = $project;
		if ( Builders::is_editing() ) {
			return self::placeholder( $project );
		}
		$unit = self::unit( $options );
		$link = self::link( $options, $unit );
		if ( is_feed() || ( function_exists( 'amp_is_request' ) && \amp_is_request() ) ) {
			return '<p><a href="' . esc_url( $link ) . '">' . esc_html( self::label( $options ) ) . '</a></p>';
		}
		Loader::enqueue();
		$attributes = self::attributes( $options, $unit );
		if ( 'popup' === $options['mode'] ) {
			return '<a class="lead-form-embed-button wp-element-button" style="display:inline-block" href="' . esc_url( $link ) . '"' . $attributes . '>' . esc_html( self::label( $options ) ) . '</a>';
		}
		$without_script = '<noscript><a href="' . esc_url( $link ) . '">' . esc_html__( 'Open the form on its own page', 'lead-form-embed-for-realpad' ) . '</a></noscript>';
		return '<div class="lead-form-embed"' . $attributes . '>' . $without_script . '</div>';
	}

	/**
	 * Return which unit the page says, by hand or from a custom field; the browser reads the address itself.
	 *
	 * So a page may be cached for as long as you like. Fields that WordPress protects stay unread unless the settings,
	 * which only an administrator changes, name them.
	 *
	 * @param array<string, string> $options The form's.
	 */
	public static function unit( array $options ): string {
		if ( '' !== $options['unit'] ) {
			return $options['unit'];
		}
		$general = Settings::get( 'unit_field' );
		$field   = '' !== $options['unit_field'] ? $options['unit_field'] : $general;
		if ( '' === $field || ( $field !== $general && is_protected_meta( $field, 'post' ) ) ) {
			return '';
		}
		$id    = get_the_ID();
		$value = $id ? get_post_meta( $id, $field, true ) : '';
		return is_scalar( $value ) ? trim( (string) $value ) : '';
	}

	/**
	 * Return the attributes by which the loader knows the form, each with a space before it.
	 *
	 * @param array<string, string> $options The form's.
	 * @param string                $unit    Its unit, if the page says one.
	 */
	private static function attributes( array $options, string $unit ): string {
		$known = array(
			'realpad-form' => $options['project'],
			'lang'         => $options['lang'],
			'unit'         => $unit,
			'unit-id'      => $options['unit_id'],
			'unit-from'    => '' !== $options['unit_from'] ? $options['unit_from'] : Settings::get( 'unit_parameter' ),
			'campaign'     => $options['campaign'],
			'theme'        => in_array( $options['theme'], array( 'light', 'dark' ), true ) ? $options['theme'] : '',
			'phone'        => Settings::get( 'phone' ),
			'email'        => Settings::get( 'email' ),
		);
		foreach ( $options as $name => $value ) {
			if ( preg_match( '/^prefill-[a-z_]{1,60}$/', $name ) ) {
				$known[ $name ] = $value;
			}
		}
		$html = '';
		foreach ( array_filter( $known, 'strlen' ) as $name => $value ) {
			$html .= ' data-' . $name . '="' . esc_attr( $value ) . '"';
		}
		return $html;
	}

	/**
	 * Return the address of the form by itself, for where no script runs.
	 *
	 * @param array<string, string> $options The form's.
	 * @param string                $unit    Its unit, if the page says one.
	 */
	private static function link( array $options, string $unit ): string {
		$language = in_array( $options['lang'], Settings::LANGUAGES, true ) ? '/' . $options['lang'] : '';
		$query    = array_filter(
			array(
				'unit'     => $unit,
				'unit_id'  => $options['unit_id'],
				'campaign' => $options['campaign'],
			),
			'strlen'
		);
		$address  = Settings::address() . '/f/' . $options['project'] . $language;
		return $query ? $address . '?' . http_build_query( $query, '', '&', PHP_QUERY_RFC3986 ) : $address;
	}

	/**
	 * Return what the button says.
	 *
	 * @param array<string, string> $options The form's.
	 */
	private static function label( array $options ): string {
		return '' !== $options['label'] ? $options['label'] : __( 'I am interested', 'lead-form-embed-for-realpad' );
	}

	/**
	 * Return what page builders show while somebody edits: scripts break their canvas, and nobody should send a lead there.
	 *
	 * @param string $project Its slug.
	 */
	private static function placeholder( string $project ): string {
		/* translators: %s: name of a project. */
		$text = sprintf( __( 'Lead form: %s (it appears on the page itself)', 'lead-form-embed-for-realpad' ), $project );
		return '<div class="lead-form-embed-placeholder" style="padding:2em;border:1px dashed;text-align:center">' . esc_html( $text ) . '</div>';
	}

	/**
	 * Return a sentence for those who can put it right; visitors see nothing.
	 *
	 * @param string $text What is missing.
	 */
	private static function hint( string $text ): string {
		return current_user_can( 'edit_posts' ) ? '<p class="lead-form-embed-hint"><strong>' . esc_html( $text ) . '</strong></p>' : '';
	}
}
