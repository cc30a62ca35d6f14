<?php
/**
 * Settings → Lead form.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * One form: the service, what holds for all forms, and the forms of other plugins.
 */
final class Settings_Page {

	const ACTION = 'lead_form_embed_save';

	/**
	 * Show the page.
	 */
	public static function show() {
		if ( ! current_user_can( Admin::capability() ) ) {
			return;
		}
		echo '<div class="wrap"><h1>' . esc_html__( 'Lead form', 'lead-form-embed-for-realpad' ) . '</h1>';
		self::results();
		echo '<form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '"><input type="hidden" name="action" value="' . esc_attr( self::ACTION ) . '">';
		wp_nonce_field( self::ACTION );
		self::service();
		self::defaults();
		self::forms();
		echo '<p class="submit">';
		submit_button( __( 'Save and test', 'lead-form-embed-for-realpad' ), 'primary', 'test', false );
		echo ' ';
		submit_button( __( 'Save', 'lead-form-embed-for-realpad' ), 'secondary', 'save', false );
		echo '</p></form></div>';
	}

	/**
	 * Keep what was entered, test it if asked, and come back.
	 */
	public static function save() {
		check_admin_referer( self::ACTION );
		if ( ! current_user_can( Admin::capability() ) ) {
			wp_die( esc_html__( 'You may not change this.', 'lead-form-embed-for-realpad' ), 403 );
		}
		// phpcs:ignore WordPress.Security.ValidatedSanitizedInput.InputNotSanitized -- cleaned field by field in Settings.
		$sent  = isset( $_POST['lead_form_embed'] ) ? (array) wp_unslash( $_POST['lead_form_embed'] ) : array();
		$typed = isset( $sent['address'] ) && is_string( $sent['address'] ) ? trim( $sent['address'] ) : '';
		$clean = Settings::clean( $sent );
		if ( '' !== $typed && '' === $clean['address'] ) {
			// A slip of a pen takes no form down: what worked stays, and the page says what is wrong.
			$clean['address'] = Settings::get( 'address' );
			$results['address'] = sanitize_text_field( $typed );
		}
		update_option( Settings::OPTION, $clean );
		delete_transient( Service::CACHE );
		// phpcs:ignore WordPress.Security.ValidatedSanitizedInput.InputNotSanitized -- cleaned field by field in Settings.
		$forms             = isset( $_POST['lead_form_embed_forms'] ) ? (array) wp_unslash( $_POST['lead_form_embed_forms'] ) : array();
		$results['wrong']  = Settings::save_forms( $forms );
		$results['tested'] = isset( $_POST['test'] );
		if ( $results['tested'] ) {
			$results['problem'] = Service::problem();
		}
		if ( get_option( 'lead_form_embed_schema' ) === Outbox::SCHEMA ) {
			Outbox::release( array() ); // Another address or key may be what they waited for.
			Delivery::schedule_next();
		}
		set_transient( 'lead_form_embed_results_' . get_current_user_id(), $results, MINUTE_IN_SECONDS );
		wp_safe_redirect( Admin::url( Admin::SETTINGS, array( 'saved' => '1' ) ) );
		exit;
	}

	/**
	 * Say what came of saving.
	 */
	private static function results() {
		$name    = 'lead_form_embed_results_' . get_current_user_id();
		$results = get_transient( $name );
		if ( ! is_array( $results ) ) {
			return;
		}
		delete_transient( $name );
		if ( ! empty( $results['address'] ) ) {
			/* translators: %s: what somebody typed. */
			self::say( 'error', sprintf( __( '"%s" is no address of a service. It looks like https://forms.example.com, and begins with https. The address was not changed.', 'lead-form-embed-for-realpad' ), $results['address'] ) );
		}
		foreach ( (array) $results['wrong'] as $form ) {
			/* translators: %s: a form, such as cf7:12. */
			self::say( 'error', sprintf( __( 'The form %s was not switched on: give its source the name that it has in the project file (small letters, digits and hyphens).', 'lead-form-embed-for-realpad' ), $form ) );
		}
		if ( ! empty( $results['problem'] ) ) {
			self::say( 'error', $results['problem'] );
		} elseif ( $results['tested'] ) {
			$names = implode( ', ', array_column( Service::projects(), 'name' ) );
			/* translators: %s: names of projects. */
			self::say( 'success', sprintf( __( 'It works. Forms for this site: %s', 'lead-form-embed-for-realpad' ), $names ) );
		} else {
			self::say( 'success', __( 'Saved.', 'lead-form-embed-for-realpad' ) );
		}
	}

	/**
	 * Print a notice.
	 *
	 * @param string $kind success or error.
	 * @param string $text What it says.
	 */
	private static function say( string $kind, string $text ) {
		echo '<div class="notice notice-' . esc_attr( $kind ) . '"><p>' . esc_html( $text ) . '</p></div>';
	}

	/**
	 * Print the part about the service.
	 */
	private static function service() {
		$is_fixed = defined( 'LEAD_FORM_EMBED_SERVICE' );
		self::heading( __( 'Your service', 'lead-form-embed-for-realpad' ), '' );
		self::text_row(
			'address',
			__( 'Address', 'lead-form-embed-for-realpad' ),
			$is_fixed
				? __( 'Set in wp-config.php.', 'lead-form-embed-for-realpad' )
				/* translators: %s: address of this site. */
				: sprintf( __( 'Where your forms are, such as https://forms.example.com. This site is %s: exactly that must stand under "origins" in the project file.', 'lead-form-embed-for-realpad' ), Settings::origin() ),
			$is_fixed ? Settings::address() : Settings::get( 'address' ),
			'url',
			$is_fixed
		);
		$projects = Settings::address() ? Service::projects() : array();
		$chosen   = Settings::get( 'project' );
		echo '<tr><th scope="row"><label for="lead-form-embed-project">' . esc_html__( 'Default project', 'lead-form-embed-for-realpad' ) . '</label></th><td><select id="lead-form-embed-project" name="lead_form_embed[project]"><option value="">' . esc_html__( '– none –', 'lead-form-embed-for-realpad' ) . '</option>';
		$slugs = array_column( $projects, 'name', 'slug' );
		if ( $chosen && ! isset( $slugs[ $chosen ] ) ) {
			$slugs[ $chosen ] = $chosen;
		}
		foreach ( $slugs as $slug => $name ) {
			echo '<option value="' . esc_attr( $slug ) . '"' . selected( $slug, $chosen, false ) . '>' . esc_html( $name ) . '</option>';
		}
		echo '</select><p class="description">' . esc_html__( 'For blocks and shortcodes that name none.', 'lead-form-embed-for-realpad' ) . '</p></td></tr></table>';
	}

	/**
	 * Print the part about all forms.
	 */
	private static function defaults() {
		self::heading( __( 'For all forms', 'lead-form-embed-for-realpad' ), '' );
		self::text_row( 'unit_field', __( 'Custom field with the unit', 'lead-form-embed-for-realpad' ), __( 'If your flats are posts: the name of the field that holds the name of the unit in Realpad, such as unit_number.', 'lead-form-embed-for-realpad' ) );
		self::text_row( 'unit_parameter', __( 'Parameter with the unit', 'lead-form-embed-for-realpad' ), __( 'If one page shows every flat: the parameter of its address, such as byt in /detail?byt=A-101.', 'lead-form-embed-for-realpad' ) );
		self::text_row( 'phone', __( 'Phone', 'lead-form-embed-for-realpad' ), __( 'Phone and e-mail are shown if the form does not appear within 6 seconds.', 'lead-form-embed-for-realpad' ), null, 'tel' );
		self::text_row( 'email', __( 'E-mail', 'lead-form-embed-for-realpad' ), '', null, 'email' );
		echo '<tr><th scope="row">' . esc_html__( 'Forms that arrive later', 'lead-form-embed-for-realpad' ) . '</th><td><label><input type="checkbox" name="lead_form_embed[everywhere]" value="1"' . checked( '1', Settings::get( 'everywhere' ), false ) . '> ' . esc_html__( 'Load the script on every page', 'lead-form-embed-for-realpad' ) . '</label><p class="description">' . esc_html__( 'Only if pop-ups or endless lists bring forms into pages that had none.', 'lead-form-embed-for-realpad' ) . '</p></td></tr></table>';
	}

	/**
	 * Print the part about forms of other plugins.
	 */
	private static function forms() {
		self::heading(
			__( 'Keep your form', 'lead-form-embed-for-realpad' ),
			__( 'Forms that you have already can stay as they are. What they collect is stored here first, then handed over, and sent again until the service has it. The project file says which of their fields is which, and the service has a key for each source.', 'lead-form-embed-for-realpad' )
		);
		echo '</table>';
		$chosen = Settings::forms();
		$all    = Form_List::all();
		foreach ( array_diff_key( $chosen, $all ) as $form => $row ) {
			$all[ $form ] = array(
				'plugin' => __( 'Not found at present', 'lead-form-embed-for-realpad' ),
				'title'  => $form,
				'fields' => array(),
			);
		}
		if ( ! $all ) {
			echo '<p><em>' . esc_html__( 'No form of Contact Form 7, Elementor Pro, Gravity Forms, Fluent Forms or WPForms was found.', 'lead-form-embed-for-realpad' ) . '</em></p>';
			return;
		}
		echo '<div style="overflow-x:auto"><table class="widefat striped"><thead><tr><th scope="col">' . esc_html__( 'Form', 'lead-form-embed-for-realpad' ) . '</th><th scope="col">' . esc_html__( 'Hand over', 'lead-form-embed-for-realpad' ) . '</th><th scope="col">' . esc_html__( 'Source', 'lead-form-embed-for-realpad' ) . '</th><th scope="col">' . esc_html__( 'Key', 'lead-form-embed-for-realpad' ) . '</th><th scope="col">' . esc_html__( 'Project', 'lead-form-embed-for-realpad' ) . '</th></tr></thead><tbody>';
		foreach ( $all as $key => $form ) {
			self::form_row( $key, $form, $chosen[ $key ] ?? null );
		}
		echo '</tbody></table></div>';
	}

	/**
	 * Print one form of another plugin.
	 *
	 * @param string               $key    Such as cf7:12.
	 * @param array<string, mixed> $form   As Form_List has it.
	 * @param array|null           $chosen Its source and project, if it is handed over.
	 */
	private static function form_row( string $key, array $form, $chosen ) {
		$name   = 'lead_form_embed_forms[' . $key . ']';
		$source = $chosen['source'] ?? str_replace( ':', '-', strtolower( $key ) );
		$has    = '' !== Settings::key( $source );
		echo '<tr><td><strong>' . esc_html( $form['title'] ) . '</strong><br>' . esc_html( $form['plugin'] );
		if ( $form['fields'] ) {
			echo '<details><summary>' . esc_html__( 'Lines for the project file', 'lead-form-embed-for-realpad' ) . '</summary><pre>' . esc_html( Form_List::project_file( $source, $form['fields'] ) ) . '</pre></details>';
		}
		echo '</td><td><input type="checkbox" name="' . esc_attr( $name ) . '[on]" value="1" aria-label="' . esc_attr__( 'Hand over', 'lead-form-embed-for-realpad' ) . '"' . checked( null !== $chosen, true, false ) . '></td>';
		echo '<td><input type="text" size="14" name="' . esc_attr( $name ) . '[source]" value="' . esc_attr( $source ) . '" aria-label="' . esc_attr__( 'Source', 'lead-form-embed-for-realpad' ) . '"></td>';
		// What is kept is never shown again.
		echo '<td><input type="password" size="12" autocomplete="new-password" name="' . esc_attr( $name ) . '[key]" value="" aria-label="' . esc_attr__( 'Key', 'lead-form-embed-for-realpad' ) . '" placeholder="' . ( $has ? esc_attr__( 'kept', 'lead-form-embed-for-realpad' ) : '' ) . '"></td>';
		echo '<td><input type="text" size="12" name="' . esc_attr( $name ) . '[project]" value="' . esc_attr( $chosen['project'] ?? '' ) . '" aria-label="' . esc_attr__( 'Project', 'lead-form-embed-for-realpad' ) . '" placeholder="' . esc_attr__( 'that of the source', 'lead-form-embed-for-realpad' ) . '"></td></tr>';
	}

	/**
	 * Print a heading, and begin a table of settings.
	 *
	 * @param string $title It.
	 * @param string $text  What it is about.
	 */
	private static function heading( string $title, string $text ) {
		echo '<h2>' . esc_html( $title ) . '</h2>';
		if ( '' !== $text ) {
			echo '<p>' . esc_html( $text ) . '</p>';
		}
		echo '<table class="form-table" role="presentation">';
	}

	/**
	 * Print one setting.
	 *
	 * @param string      $name     Its name.
	 * @param string      $label    What it is called.
	 * @param string      $help     A sentence about it.
	 * @param string|null $value    What it is, if not what is kept.
	 * @param string      $type     Type of the input.
	 * @param bool        $is_fixed Whether it cannot be changed here.
	 */
	private static function text_row( string $name, string $label, string $help, $value = null, string $type = 'text', bool $is_fixed = false ) {
		$id = 'lead-form-embed-' . str_replace( '_', '-', $name );
		echo '<tr><th scope="row"><label for="' . esc_attr( $id ) . '">' . esc_html( $label ) . '</label></th><td><input class="regular-text" type="' . esc_attr( $type ) . '" id="' . esc_attr( $id ) . '" name="lead_form_embed[' . esc_attr( $name ) . ']" value="' . esc_attr( $value ?? Settings::get( $name ) ) . '"' . ( $is_fixed ? ' readonly' : '' ) . '>';
		if ( '' !== $help ) {
			echo '<p class="description">' . esc_html( $help ) . '</p>';
		}
		echo '</td></tr>';
	}
}
