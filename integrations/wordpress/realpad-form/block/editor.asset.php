<?php
/**
 * What editor.js needs.
 *
 * @package LeadFormEmbed
 */

defined( 'ABSPATH' ) || exit;

return array(
	'dependencies' => array( 'wp-api-fetch', 'wp-block-editor', 'wp-blocks', 'wp-components', 'wp-element' ),
	'version'      => '1.0.0',
);
