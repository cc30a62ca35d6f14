<?php
/**
 * Page builders' edit modes.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * Tells whether Elementor, Divi, Bricks or Breakdance shows the page to somebody who edits it.
 */
final class Builders {

	/**
	 * Return whether this request is for the canvas of a page builder.
	 *
	 * Parameters of the address count only for people who may edit: nobody else's pages change by them, so that no
	 * cache keeps a page without its form.
	 */
	public static function is_editing(): bool {
		if ( ! is_user_logged_in() || ! current_user_can( 'edit_posts' ) ) {
			return false;
		}
		foreach ( array( 'bricks_is_builder', 'bricks_is_builder_call', 'et_core_is_fb_enabled' ) as $function ) {
			if ( function_exists( $function ) && $function() ) {
				return true;
			}
		}
		foreach ( array( 'isRequestFromBuilderIframe', 'isRequestFromBuilderSsr' ) as $function ) {
			$function = '\Breakdance\\' . $function;
			if ( function_exists( $function ) && $function() ) {
				return true;
			}
		}
		if ( self::is_elementor() ) {
			return true;
		}
		// phpcs:disable WordPress.Security.NonceVerification -- only whether these are there; nothing is done with them.
		if ( isset( $_GET['elementor-preview'] ) || isset( $_GET['et_fb'] ) || isset( $_GET['breakdance_iframe'] ) ) {
			return true;
		}
		$bricks = isset( $_GET['bricks'] ) ? sanitize_key( wp_unslash( $_GET['bricks'] ) ) : '';
		$action = isset( $_POST['action'] ) ? sanitize_key( wp_unslash( $_POST['action'] ) ) : '';
		// phpcs:enable
		$is_ajax = wp_doing_ajax() && in_array( $action, array( 'elementor_ajax', 'et_fb_ajax_render_shortcode' ), true );
		return 'run' === $bricks || $is_ajax;
	}

	/**
	 * Return whether Elementor says that it edits.
	 */
	private static function is_elementor(): bool {
		if ( ! class_exists( '\Elementor\Plugin' ) || empty( \Elementor\Plugin::$instance ) ) {
			return false;
		}
		$elementor = \Elementor\Plugin::$instance;
		return ( isset( $elementor->editor ) && $elementor->editor->is_edit_mode() )
			|| ( isset( $elementor->preview ) && $elementor->preview->is_preview_mode() );
	}
}
