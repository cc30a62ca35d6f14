"""What somebody did → what the audit log's page calls it."""

from typing import Final

from realpad_form.domain.people import Deed
from realpad_form.forms.messages import _

WORDS: Final = {
    Deed.SIGNED_IN: _("signed in"),
    Deed.SIGN_IN_FAILED: _("was not let in"),
    Deed.PASSKEY_DEMANDED: _("was asked for a passkey"),
    Deed.ACCOUNT_BOUND: _("bound a company account"),
    Deed.SIGNED_OUT: _("signed out"),
    Deed.REAUTHENTICATED: _("showed again who it is"),
    Deed.PASSWORD_SET: _("set a password"),
    Deed.PASSKEY_ADDED: _("added a passkey"),
    Deed.PASSKEY_REMOVED: _("removed a passkey"),
    Deed.SESSION_ENDED: _("ended sessions"),
    Deed.VIEWED: _("looked at a lead"),
    Deed.SEARCHED: _("searched in masked leads"),
    Deed.REVEALED: _("revealed personal data"),
    Deed.CORRECTED: _("corrected a lead"),
    Deed.RESUBMITTED: _("resubmitted a lead"),
    Deed.RELEASED: _("released a lead"),
    Deed.DISCARDED: _("discarded a lead"),
    Deed.UNDISCARDED: _("restored a discarded lead"),
    Deed.RESUMED: _("resumed a lane"),
    Deed.ADOPTED: _("sent leads with another login"),
    Deed.SETTLED: _("settled an unknown lead"),
    Deed.REVOCATION_ASKED: _("asked Realpad to revoke a consent"),
    Deed.REVOKED: _("revoked a consent"),
    Deed.REVOCATION_FAILED: _("could not revoke a consent"),
    Deed.EXPORTED: _("exported leads"),
    Deed.ERASED: _("erased a lead"),
    Deed.DRAFT_SHARED: _("shared a draft"),
    Deed.TESTED: _("sent a test lead"),
    Deed.RESTORED: _("said that the database was restored"),
    Deed.RESTORE_DISMISSED: _("dismissed the notice of a restore"),
    Deed.RESEALED: _("sealed stored data anew"),
    Deed.PERSON_ADDED: _("added a person"),
    Deed.PERSON_CHANGED: _("changed a person"),
    Deed.PERSON_DISABLED: _("shut a person out"),
    Deed.PERSON_ENABLED: _("let a person in again"),
    Deed.PERSON_RESET: _("made a new link"),
    Deed.UNKNOWN: _("did something that only a newer version knows"),
}
