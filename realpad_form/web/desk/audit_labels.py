"""What somebody did → what the audit log's page calls it."""

from typing import Final

from realpad_form.domain.people import AuditAction
from realpad_form.forms.messages import _

AUDIT_LABELS: Final = {
    AuditAction.SIGNED_IN: _("signed in"),
    AuditAction.SIGN_IN_FAILED: _("was not let in"),
    AuditAction.PASSKEY_DEMANDED: _("was asked for a passkey"),
    AuditAction.ACCOUNT_BOUND: _("bound a company account"),
    AuditAction.SIGNED_OUT: _("signed out"),
    AuditAction.REAUTHENTICATED: _("showed again who it is"),
    AuditAction.PASSWORD_SET: _("set a password"),
    AuditAction.PASSKEY_ADDED: _("added a passkey"),
    AuditAction.PASSKEY_REMOVED: _("removed a passkey"),
    AuditAction.SESSION_ENDED: _("ended sessions"),
    AuditAction.VIEWED: _("looked at a lead"),
    AuditAction.SEARCHED: _("searched in masked leads"),
    AuditAction.REVEALED: _("revealed personal data"),
    AuditAction.CORRECTED: _("corrected a lead"),
    AuditAction.RESUBMITTED: _("resubmitted a lead"),
    AuditAction.RELEASED: _("released a lead"),
    AuditAction.DISCARDED: _("discarded a lead"),
    AuditAction.UNDISCARDED: _("restored a discarded lead"),
    AuditAction.RESUMED: _("resumed a lane"),
    AuditAction.ADOPTED: _("sent leads with another login"),
    AuditAction.SETTLED: _("settled an unknown lead"),
    AuditAction.REVOCATION_ASKED: _("asked Realpad to revoke a consent"),
    AuditAction.REVOKED: _("revoked a consent"),
    AuditAction.REVOCATION_FAILED: _("could not revoke a consent"),
    AuditAction.EXPORTED: _("exported leads"),
    AuditAction.ERASED: _("erased a lead"),
    AuditAction.DRAFT_SHARED: _("shared a draft"),
    AuditAction.TESTED: _("sent a test lead"),
    AuditAction.RESTORED: _("noticed a restored database"),
    AuditAction.RESTORE_DISMISSED: _("dismissed the notice of a restore"),
    AuditAction.RESEALED: _("sealed stored data anew"),
    AuditAction.PERSON_ADDED: _("added a person"),
    AuditAction.PERSON_CHANGED: _("changed a person"),
    AuditAction.PERSON_DISABLED: _("shut a person out"),
    AuditAction.PERSON_ENABLED: _("let a person in again"),
    AuditAction.PERSON_RESET: _("made a new link"),
    AuditAction.UNKNOWN: _("did something that only a newer version knows"),
}
