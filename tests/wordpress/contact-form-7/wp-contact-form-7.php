<?php
/**
 * Plugin Name: Contact Form 7 (stand-in)
 *
 * The part of Contact Form 7 that others attach to, in the order of its submission.php: validation, then
 * wpcf7_before_send_mail, then the mail. Its form is the post meta `_form`, as in the plugin itself.
 */

class WPCF7_ContactForm {

	private $post;

	public function __construct( $post ) {
		$this->post = $post;
	}

	public static function find( $args = array() ) {
		$make = static function ( $post ) {
			return new self( $post );
		};
		return array_map( $make, get_posts( array( 'post_type' => 'wpcf7_contact_form' ) + $args ) );
	}

	public function id() {
		return $this->post->ID;
	}

	public function title() {
		return $this->post->post_title;
	}

	public function scan_form_tags() {
		$text = get_post_meta( $this->id(), '_form', true );
		preg_match_all( '/\[(\w+)(\*?) ([\w-]+)[^]]*\]/', $text, $found, PREG_SET_ORDER );
		$make = static function ( $tag ) {
			return (object) array( 'basetype' => $tag[1], 'is_required' => '*' === $tag[2], 'name' => $tag[3] );
		};
		return array_map( $make, $found );
	}
}

class WPCF7_Submission {

	private $data;
	private $meta;

	public function __construct( $data, $meta ) {
		$this->data = $data;
		$this->meta = $meta;
	}

	public function get_posted_data() {
		return $this->data;
	}

	public function get_meta( $name ) {
		return $this->meta[ $name ] ?? null;
	}
}

add_action(
	'init',
	static function () {
		register_post_type( 'wpcf7_contact_form', array( 'public' => false ) );
	}
);

add_action(
	'rest_api_init',
	static function () {
		$options = array(
			'methods'             => 'POST',
			'permission_callback' => '__return_true',
			'callback'            => 'wpcf7_stand_in_feedback',
		);
		register_rest_route( 'contact-form-7/v1', '/contact-forms/(?P<id>\d+)/feedback', $options );
	}
);

function wpcf7_stand_in_feedback( $request ) {
	$form = new WPCF7_ContactForm( get_post( (int) $request['id'] ) );
	$sent = wp_unslash( $_POST );
	foreach ( $form->scan_form_tags() as $tag ) {
		if ( $tag->is_required && empty( $sent[ $tag->name ] ) ) {
			return array( 'status' => 'validation_failed' );
		}
	}
	$meta       = array(
		'url'               => wp_get_raw_referer(),
		'container_post_id' => absint( $sent['_wpcf7_container_post'] ?? 0 ),
	);
	$fields     = array_filter( $sent, static function ( $name ) { return '_' !== $name[0]; }, ARRAY_FILTER_USE_KEY );
	$submission = new WPCF7_Submission( $fields, $meta );
	$abort      = false;
	do_action_ref_array( 'wpcf7_before_send_mail', array( $form, &$abort, $submission ) );
	return array( 'status' => $abort ? 'aborted' : ( wp_mail( 'sales@example.com', 'Enquiry', 'x' ) ? 'mail_sent' : 'mail_failed' ) );
}
