<?php
/**
 * Leaves nothing behind.
 *
 * @package LeadFormEmbed
 */

namespace LeadFormEmbed;

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

require_once __DIR__ . '/includes/class-settings.php';
require_once __DIR__ . '/includes/class-service.php';
require_once __DIR__ . '/includes/class-outbox.php';
require_once __DIR__ . '/includes/class-delivery.php';
require_once __DIR__ . '/includes/class-lifecycle.php';

Lifecycle::uninstall();
