<?php
/**
 * Tools → Kept submissions.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * Whatever the service does not have yet, with what to do about it.
 */
final class Kept_Page {

	const ACTION = 'lead_form_embed_kept';

	/**
	 * Show the page.
	 */
	public static function show() {
		if ( ! current_user_can( Admin::capability() ) ) {
			return;
		}
		echo '<div class="wrap"><h1>' . esc_html__( 'Kept submissions', 'lead-form-embed-for-realpad' ) . '</h1>';
		// phpcs:ignore WordPress.Security.NonceVerification -- shows a sentence.
		$done = isset( $_GET['done'] ) ? sanitize_key( wp_unslash( $_GET['done'] ) ) : '';
		if ( 'busy' === $done ) {
			echo '<div class="notice notice-warning"><p>' . esc_html__( 'It is just being sent, so it was not deleted. Look again in a few minutes.', 'lead-form-embed-for-realpad' ) . '</p></div>';
		}
		$rows = Outbox::kept();
		if ( ! $rows ) {
			echo '<p>' . esc_html__( 'Nothing is kept: the service has every submission.', 'lead-form-embed-for-realpad' ) . '</p></div>';
			return;
		}
		echo '<p>' . esc_html( Admin::sentence() ) . '</p>';
		$titles = array_column( Form_List::all(), 'title', 'key' );
		echo '<div style="overflow-x:auto"><table class="widefat striped"><thead><tr><th scope="col">' . esc_html__( 'Received', 'lead-form-embed-for-realpad' ) . '</th><th scope="col">' . esc_html__( 'Form', 'lead-form-embed-for-realpad' ) . '</th><th scope="col">' . esc_html__( 'What was entered', 'lead-form-embed-for-realpad' ) . '</th><th scope="col">' . esc_html__( 'What to do', 'lead-form-embed-for-realpad' ) . '</th></tr></thead><tbody>';
		foreach ( $rows as $row ) {
			self::row( $row, $titles[ $row->form ] ?? $row->form );
		}
		echo '</tbody></table></div></div>';
	}

	/**
	 * Do what a button says, and come back.
	 */
	public static function act() {
		check_admin_referer( self::ACTION );
		if ( ! current_user_can( Admin::capability() ) ) {
			wp_die( esc_html__( 'You may not change this.', 'lead-form-embed-for-realpad' ), 403 );
		}
		$do   = isset( $_REQUEST['do'] ) ? sanitize_key( wp_unslash( $_REQUEST['do'] ) ) : '';
		$id   = isset( $_REQUEST['id'] ) ? absint( $_REQUEST['id'] ) : 0;
		$done = $do;
		if ( 'seen' === $do ) {
			delete_option( 'lead_form_embed_unstored' );
			wp_safe_redirect( admin_url() );
			exit;
		}
		if ( 'delete' === $do ) {
			$done = Outbox::remove( $id ) ? 'delete' : 'busy';
		} elseif ( $id && in_array( $do, array( 'again', 'lenient' ), true ) ) {
			Outbox::release( array( $id ), 'lenient' === $do );
			Delivery::send( $id );
			Delivery::schedule_next();
		}
		wp_safe_redirect( Admin::url( Admin::KEPT, array( 'done' => $done ) ) );
		exit;
	}

	/**
	 * Show on the dashboard how much is kept.
	 */
	public static function widget() {
		echo '<p>' . esc_html( Admin::sentence() ) . '</p><p><a class="button" href="' . esc_url( Admin::url( Admin::KEPT ) ) . '">' . esc_html__( 'Look at them', 'lead-form-embed-for-realpad' ) . '</a></p>';
	}

	/**
	 * Print one submission.
	 *
	 * @param object $row   It.
	 * @param string $title Of its form.
	 */
	private static function row( $row, string $title ) {
		echo '<tr><td>' . esc_html( wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), (int) $row->created_at ) ) . '</td><td>' . esc_html( $title ) . '</td><td>';
		foreach ( (array) json_decode( $row->body, true ) as $name => $value ) {
			echo '<div><strong>' . esc_html( $name ) . ':</strong> ' . esc_html( implode( ', ', (array) $value ) ) . '</div>';
		}
		echo '</td><td><p>' . esc_html( self::advice( $row ) ) . '</p>';
		if ( '' !== $row->detail ) {
			echo '<p><code>' . esc_html( $row->detail ) . '</code></p>';
		}
		self::button( $row, 'again', __( 'Send now', 'lead-form-embed-for-realpad' ) );
		if ( 'answers' === $row->reason ) {
			self::button( $row, 'lenient', __( 'Hand over for correction', 'lead-form-embed-for-realpad' ) );
		}
		if ( 'person' === $row->status ) {
			// Two steps: a lead must not go by one wrong click.
			echo '<details style="margin-top:.5em"><summary>' . esc_html__( 'Delete …', 'lead-form-embed-for-realpad' ) . '</summary>';
			self::button( $row, 'delete', __( 'Delete for good', 'lead-form-embed-for-realpad' ) );
			echo '</details>';
		}
		echo '</td></tr>';
	}

	/**
	 * Say why a submission is still here, and what to do.
	 *
	 * @param object $row It.
	 */
	private static function advice( $row ): string {
		if ( 'person' === $row->status && 'answers' === $row->reason ) {
			return __( 'The service does not accept these answers. If a field is wrongly assigned, correct the project file and send again; otherwise hand it over, and correct it in the inbox of the service.', 'lead-form-embed-for-realpad' );
		}
		if ( 'person' === $row->status && 'key' === $row->reason ) {
			return __( 'The key of this source is missing or wrong. Enter it in Settings → Lead form; saving sends again.', 'lead-form-embed-for-realpad' );
		}
		if ( 'person' === $row->status ) {
			return __( 'There is no service at this address, or it leads elsewhere. Correct it in Settings → Lead form; saving sends again.', 'lead-form-embed-for-realpad' );
		}
		if ( 'limit' === $row->reason ) {
			return __( 'Too many came at once. It will be sent by itself.', 'lead-form-embed-for-realpad' );
		}
		if ( 'unavailable' === $row->reason ) {
			return __( 'The service cannot be reached. It will be sent by itself, oldest first.', 'lead-form-embed-for-realpad' );
		}
		return __( 'It will be sent by itself.', 'lead-form-embed-for-realpad' );
	}

	/**
	 * Print a button.
	 *
	 * @param object $row   The submission.
	 * @param string $what  What it does.
	 * @param string $label What it says.
	 */
	private static function button( $row, string $what, string $label ) {
		echo '<form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '" style="display:inline-block;margin-right:.5em"><input type="hidden" name="action" value="' . esc_attr( self::ACTION ) . '"><input type="hidden" name="id" value="' . esc_attr( $row->id ) . '"><input type="hidden" name="do" value="' . esc_attr( $what ) . '">';
		wp_nonce_field( self::ACTION, '_wpnonce', false );
		echo '<button class="button' . ( 'delete' === $what ? ' button-link-delete' : '' ) . '">' . esc_html( $label ) . '</button></form>';
	}
}
