<?php
/**
 * What administrators see.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * Menus, notices, the dashboard and Site Health; the pages themselves are in classes of their own.
 */
final class Admin {

	const SETTINGS = 'lead-form-embed';
	const KEPT     = 'lead-form-embed-kept';

	/** After this time a submission that still waits is worth a notice. */
	const LATE_S = HOUR_IN_SECONDS;

	/**
	 * Attach to the dashboard.
	 */
	public static function register() {
		add_action( 'admin_menu', array( __CLASS__, 'menu' ) );
		add_action( 'admin_init', array( __CLASS__, 'init' ) );
		add_action( 'admin_notices', array( __CLASS__, 'notice' ) );
		add_action( 'wp_dashboard_setup', array( __CLASS__, 'dashboard' ) );
		add_action( 'enqueue_block_editor_assets', array( __CLASS__, 'editor' ) );
		add_action( 'admin_post_lead_form_embed_save', array( Settings_Page::class, 'save' ) );
		add_action( 'admin_post_lead_form_embed_kept', array( Kept_Page::class, 'act' ) );
		add_filter( 'site_status_tests', array( __CLASS__, 'site_health' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( FILE ), array( __CLASS__, 'links' ) );
		add_action( 'after_plugin_row_' . plugin_basename( FILE ), array( __CLASS__, 'row' ) );
	}

	/**
	 * Return who may change settings and see what is kept: administrators, unless a site filters it.
	 */
	public static function capability(): string {
		return (string) apply_filters( 'lead_form_embed_capability', 'manage_options' );
	}

	/**
	 * Bring the table up to date, suggest words for the privacy policy, and have cron going while something waits.
	 */
	public static function init() {
		if ( get_option( 'lead_form_embed_schema' ) !== Outbox::SCHEMA && current_user_can( self::capability() ) ) {
			Lifecycle::prepare();
		}
		Privacy::policy();
		if ( self::counted()['waiting'] && ! wp_next_scheduled( Delivery::CRON ) ) {
			Delivery::schedule_next();
		}
	}

	/**
	 * Add the two pages.
	 */
	public static function menu() {
		add_options_page(
			__( 'Lead form', 'lead-form-embed-for-realpad' ),
			__( 'Lead form', 'lead-form-embed-for-realpad' ),
			self::capability(),
			self::SETTINGS,
			array( Settings_Page::class, 'show' )
		);
		$counted = self::counted();
		$number  = $counted['waiting'] + $counted['person'];
		$title   = __( 'Kept submissions', 'lead-form-embed-for-realpad' );
		add_management_page(
			$title,
			$number ? esc_html( $title ) . ' <span class="awaiting-mod"><span>' . number_format_i18n( $number ) . '</span></span>' : $title,
			self::capability(),
			self::KEPT,
			array( Kept_Page::class, 'show' )
		);
	}

	/**
	 * Return Outbox::count(), asked once per page.
	 *
	 * @return array{waiting: int, person: int, oldest_s: int}
	 */
	public static function counted(): array {
		static $counted = null;
		if ( null === $counted ) {
			$counted = Outbox::count();
		}
		return $counted;
	}

	/**
	 * Say what is kept, in a sentence; an empty text if nothing is.
	 */
	public static function sentence(): string {
		$counted = self::counted();
		$parts   = array();
		if ( $counted['person'] ) {
			/* translators: %s: a number. */
			$parts[] = sprintf( _n( '%s submission needs you: the service does not take it as it is.', '%s submissions need you: the service does not take them as they are.', $counted['person'], 'lead-form-embed-for-realpad' ), number_format_i18n( $counted['person'] ) );
		}
		if ( $counted['waiting'] ) {
			/* translators: %s: a number. */
			$parts[] = sprintf( _n( '%s submission waits and will be sent by itself.', '%s submissions wait and will be sent by themselves.', $counted['waiting'], 'lead-form-embed-for-realpad' ), number_format_i18n( $counted['waiting'] ) );
		}
		return implode( ' ', $parts );
	}

	/**
	 * Say on every page of the dashboard that somebody must look.
	 */
	public static function notice() {
		$screen = get_current_screen();
		if ( ! current_user_can( self::capability() ) || ( $screen && 'tools_page_' . self::KEPT === $screen->id ) ) {
			return; // That page says it itself.
		}
		$counted = self::counted();
		if ( $counted['person'] || ( $counted['waiting'] && $counted['oldest_s'] > self::LATE_S ) ) {
			echo '<div class="notice notice-warning"><p><strong>Lead Form Embed:</strong> ' . esc_html( self::sentence() ) . ' <a href="' . esc_url( self::url( self::KEPT ) ) . '">' . esc_html__( 'Look at them', 'lead-form-embed-for-realpad' ) . '</a></p></div>';
		}
		$unstored = (int) get_option( 'lead_form_embed_unstored' );
		if ( $unstored ) {
			/* translators: %s: date and time. */
			$text = sprintf( __( 'On %s a submission could neither be stored nor sent. You find it in the mails or entries of the form itself. Check the database of this website.', 'lead-form-embed-for-realpad' ), wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), $unstored ) );
			echo '<div class="notice notice-error"><p><strong>Lead Form Embed:</strong> ' . esc_html( $text ) . ' <a href="' . esc_url( wp_nonce_url( admin_url( 'admin-post.php?action=lead_form_embed_kept&do=seen' ), 'lead_form_embed_kept' ) ) . '">' . esc_html__( 'I have dealt with it', 'lead-form-embed-for-realpad' ) . '</a></p></div>';
		}
	}

	/**
	 * Show on the dashboard what is kept, until it is gone.
	 */
	public static function dashboard() {
		if ( current_user_can( self::capability() ) && self::sentence() ) {
			wp_add_dashboard_widget( 'lead_form_embed', __( 'Kept submissions', 'lead-form-embed-for-realpad' ), array( Kept_Page::class, 'widget' ) );
		}
	}

	/**
	 * Give the block editor its words.
	 */
	public static function editor() {
		$words = array(
			'choose'     => __( 'Project', 'lead-form-embed-for-realpad' ),
			'default'    => __( 'Default of this site', 'lead-form-embed-for-realpad' ),
			'language'   => __( 'Language', 'lead-form-embed-for-realpad' ),
			'automatic'  => __( 'That of the page', 'lead-form-embed-for-realpad' ),
			'mode'       => __( 'Show it', 'lead-form-embed-for-realpad' ),
			'inline'     => __( 'In this place', 'lead-form-embed-for-realpad' ),
			'popup'      => __( 'In a dialog, by a button', 'lead-form-embed-for-realpad' ),
			'label'      => __( 'Text of the button', 'lead-form-embed-for-realpad' ),
			'labelUsual' => __( 'I am interested', 'lead-form-embed-for-realpad' ),
			'unitPanel'  => __( 'Unit and campaign', 'lead-form-embed-for-realpad' ),
			'unit'       => __( 'Unit', 'lead-form-embed-for-realpad' ),
			'unitHelp'   => __( 'Its name in Realpad. Empty: from the custom field or the address, if you name them here or in the settings.', 'lead-form-embed-for-realpad' ),
			'unitField'  => __( 'Custom field with the unit', 'lead-form-embed-for-realpad' ),
			'unitFrom'   => __( 'Parameter of the address with the unit', 'lead-form-embed-for-realpad' ),
			'campaign'   => __( 'Campaign', 'lead-form-embed-for-realpad' ),
			'noAddress'  => __( 'Enter the address of your service in Settings → Lead form.', 'lead-form-embed-for-realpad' ),
			'noProject'  => __( 'Choose a project.', 'lead-form-embed-for-realpad' ),
			'none'       => __( 'The service has no form for this site, or cannot be reached. "Save and test" in Settings → Lead form says why.', 'lead-form-embed-for-realpad' ),
			'preview'    => __( 'Preview of the form', 'lead-form-embed-for-realpad' ),
			'loading'    => __( 'Loading the projects …', 'lead-form-embed-for-realpad' ),
		);
		wp_add_inline_script( 'lead-form-embed-form-editor-script', 'window.leadFormEmbedWords = ' . wp_json_encode( $words ) . ';', 'before' );
	}

	/**
	 * Add a test to Site Health: does the service answer, and is anything stuck.
	 *
	 * @param array<string, array> $tests Those of others.
	 */
	public static function site_health( $tests ) {
		$tests['direct']['lead_form_embed'] = array(
			'label' => 'Lead Form Embed for Realpad',
			'test'  => array( __CLASS__, 'health' ),
		);
		return $tests;
	}

	/**
	 * Answer Site Health.
	 *
	 * @return array<string, mixed>
	 */
	public static function health(): array {
		$problem = Settings::address() ? Service::problem() : '';
		$counted = self::counted();
		$is_late = $counted['person'] || $counted['oldest_s'] > self::LATE_S;
		$is_good = ! $problem && ! $is_late;
		return array(
			'label'       => $is_good ? __( 'Lead forms work', 'lead-form-embed-for-realpad' ) : __( 'Lead forms need you', 'lead-form-embed-for-realpad' ),
			'status'      => $is_good ? 'good' : 'critical',
			'badge'       => array(
				'label' => __( 'Lead form', 'lead-form-embed-for-realpad' ),
				'color' => 'blue',
			),
			'description' => '<p>' . esc_html( trim( $problem . ' ' . self::sentence() ) ) . '</p>',
			'actions'     => '<a href="' . esc_url( self::url( $is_late ? self::KEPT : self::SETTINGS ) ) . '">' . esc_html__( 'Open', 'lead-form-embed-for-realpad' ) . '</a>',
			'test'        => 'lead_form_embed',
		);
	}

	/**
	 * Add a link to the settings in the list of plugins.
	 *
	 * @param string[] $links Those there are.
	 */
	public static function links( $links ) {
		array_unshift( $links, '<a href="' . esc_url( self::url( self::SETTINGS ) ) . '">' . esc_html__( 'Settings', 'lead-form-embed-for-realpad' ) . '</a>' );
		return $links;
	}

	/**
	 * Warn in the list of plugins that deleting this one deletes what is kept.
	 */
	public static function row() {
		$sentence = self::sentence();
		if ( $sentence && current_user_can( self::capability() ) ) {
			echo '<tr class="plugin-update-tr active"><td colspan="4" class="plugin-update"><div class="notice inline notice-warning notice-alt"><p>' . esc_html( $sentence . ' ' . __( 'Deleting the plugin deletes them.', 'lead-form-embed-for-realpad' ) ) . '</p></div></td></tr>';
		}
	}

	/**
	 * Return the address of one of the pages.
	 *
	 * @param string               $page SETTINGS or KEPT.
	 * @param array<string, string> $more Further parameters.
	 */
	public static function url( string $page, array $more = array() ): string {
		$file = self::SETTINGS === $page ? 'options-general.php' : 'tools.php';
		return add_query_arg( array( 'page' => $page ) + $more, admin_url( $file ) );
	}
}
