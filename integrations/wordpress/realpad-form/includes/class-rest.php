<?php
/**
 * What the block editor asks.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * One route, for people who may write: the projects to choose from.
 */
final class Rest {

	/**
	 * Register it.
	 */
	public static function register() {
		register_rest_route(
			'lead-form-embed/v1',
			'/projects',
			array(
				'methods'             => 'GET',
				'callback'            => array( __CLASS__, 'projects' ),
				'permission_callback' => static function () {
					return current_user_can( 'edit_posts' );
				},
			)
		);
	}

	/**
	 * Return what the editor shows.
	 *
	 * @return array<string, mixed>
	 */
	public static function projects(): array {
		return array(
			'address'  => Settings::address(),
			'default'  => Settings::get( 'project' ),
			'projects' => Settings::address() ? Service::projects() : array(),
		);
	}
}
