"""What Realpad's answers mean and what to do, in plain words; untranslated. Source: docs/operations.md."""

from collections.abc import Mapping
from typing import Final

from realpad_form.domain.hints import Meaning
from realpad_form.forms.messages import _
from realpad_form.web.desk.labels import Explanation

ABOUT_THE_LEAD: Final[Mapping[Meaning, Explanation]] = {
    Meaning.BAD_PHONE: Explanation(
        _("Realpad does not take the phone number."),
        _("Correct it, with the country code in front: +420 777 123 456."),
    ),
    Meaning.BAD_EMAIL: Explanation(
        _("Realpad does not take the e-mail address."), _("Correct it, or leave it out if there is a phone.")
    ),
    Meaning.MISSING_CONTACT: Explanation(
        _("Realpad needs an e-mail or a phone, and got neither."), _("Add one of them.")
    ),
    Meaning.MISSING: Explanation(
        _("Something that Realpad demands is missing; mostly the first or the last name."),
        _("Fill in what its words name."),
    ),
    Meaning.TOO_LONG: Explanation(
        _("A text is longer than the 5,000 characters that Realpad takes."),
        _("Shorten the one that its words name."),
    ),
    Meaning.UNKNOWN_UNIT: Explanation(
        _("Realpad does not know this unit in this project."),
        _("Correct the unit, or take it away; the sales team sees the rest of the enquiry all the same."),
    ),
    Meaning.BAD_LANGUAGE: Explanation(
        _("Realpad does not take the language."),
        _("Report it to whoever looks after this program: it has to be two letters, like cs or sk."),
    ),
    Meaning.BAD_FORMAT: Explanation(
        _("A value is not written as Realpad wants it: whole numbers without spaces, dates as 2026-11-23."),
        _("Correct the one that its words name."),
    ),
    Meaning.REFUSED: Explanation(
        _("Realpad refused the call, in words that we do not recognise."),
        _("Read its words. If they do not help, send them and the time to Realpad’s support."),
    ),
}

ABOUT_THE_PROJECT: Final[Mapping[Meaning, Explanation]] = {
    Meaning.UNKNOWN_PROJECT: Explanation(
        _("Realpad does not know the project’s number, or this login may not use it."),
        _("Fix realpad.project in the project file, then send the lead again: it is composed anew."),
    ),
    Meaning.UNKNOWN_CONSENT: Explanation(
        _("Realpad does not know a consent’s number."),
        _("Compare them under Preview, Check; fix the project file, then send again."),
    ),
    Meaning.UNKNOWN_REFERRAL: Explanation(
        _("Realpad does not know the source’s number."),
        _("Fix realpad.referral in the project file, or take it out; then send again."),
    ),
    Meaning.UNKNOWN_SALESMAN: Explanation(
        _("Realpad does not know the salesman’s number."),
        _("Fix realpad.salesman in the project file, or take it out; then send again."),
    ),
    Meaning.UNKNOWN_ID: Explanation(
        _("A number in the call stands for nothing in Realpad."),
        _("Compare the numbers in the call below with Realpad; most of them come from the project file."),
    ),
    Meaning.UNEXPECTED: Explanation(
        _("Realpad does not know a parameter, mostly a customer field that was never set up there."),
        _("Have the field set up in Realpad, or take it out of the project file; then send again."),
    ),
    Meaning.CONTRADICTION: Explanation(
        _("Two parameters exclude each other."),
        _("Take one of them out of the project file, then send again."),
    ),
    Meaning.BAD_ATTRIBUTE: Explanation(
        _("A customer field has another type or other options in Realpad than in the project file."),
        _("Compare the two and fix the project file, or correct the answer; then send again."),
    ),
}

ABOUT_THE_ACCOUNT: Final[Mapping[Meaning, Explanation]] = {
    Meaning.LOGIN: Explanation(
        _("Realpad refused the login: wrong password, missing permission, open invitation, or a ban."),
        _("This is not about the lead. Fix it under Connections to Realpad; the lead waits unharmed."),
    ),
    Meaning.CONSENT_IN_WEB: Explanation(
        _("Somebody has to sign in to Realpad’s web with this account and accept what it asks for."),
        _("Then resume the connection to Realpad; the lead waits unharmed."),
    ),
    Meaning.ADDRESS: Explanation(
        _("There is nothing at Realpad’s address any more."),
        _("Compare REALPAD_FORM_REALPAD_URL with Realpad’s documentation, then resume."),
    ),
    Meaning.CONTENT_TYPE: Explanation(
        _("Realpad does not take the form in which we send."),
        _("A fault of this program or of something in between: report it to whoever looks after it."),
    ),
    Meaning.OUTDATED: Explanation(
        _("Realpad has retired this version of its interface."),
        _("This program must be updated, then resume."),
    ),
    Meaning.REDIRECTED: Explanation(
        _("The address sent us elsewhere, and leads are never sent elsewhere."),
        _("Compare REALPAD_FORM_REALPAD_URL with Realpad’s documentation, then resume."),
    ),
    Meaning.THROTTLED: Explanation(
        _("Realpad asked us to wait; too many calls, or a ban after failed logins."),
        _("There is nothing to do: it goes on when the time is up."),
    ),
}

ABOUT_THE_WAY: Final[Mapping[Meaning, Explanation]] = {
    Meaning.BROKEN: Explanation(
        _("Realpad itself failed and said so; it took nothing."),
        _("There is nothing to do: it is tried again."),
    ),
    Meaning.GATEWAY: Explanation(
        _("Something in front of Realpad gave up waiting: the lead may have arrived behind it."),
        _("Look into Realpad before you send it again."),
    ),
    Meaning.NEVER_LEFT: Explanation(
        _("No connection to Realpad came about, so the lead never left."),
        _("There is nothing to do: it is tried again. If it lasts, see whether we reach the internet."),
    ),
    Meaning.RESTORED: Explanation(
        _("The database was restored from a backup. This lead may have been sent after the backup was made."),
        _("Look in Realpad before you send it again."),
    ),
    Meaning.NO_ANSWER: Explanation(
        _("The lead was handed over, and the connection ended without an answer."),
        _("Look into Realpad before you send it again."),
    ),
    Meaning.HTML: Explanation(
        _("A web page came instead of an answer: something stands between us and Realpad."),
        _("Look into Realpad whether the lead is there; ask who runs the network or the proxy."),
    ),
    Meaning.EMPTY: Explanation(
        _("Realpad said yes, but not under which customer."),
        _("Look into Realpad whether the lead is there."),
    ),
    Meaning.NO_NUMBER: Explanation(
        _("Realpad said yes, but with something that is no customer’s number."),
        _("Look into Realpad whether the lead is there."),
    ),
    Meaning.ACCEPTED: Explanation(_("Realpad took it and gave the customer’s number.")),
    Meaning.OPEN: Explanation(_("The call is still open.")),
}

REFUSED_FIELDS: Final[Mapping[Meaning, str]] = {
    Meaning.BAD_PHONE: "phone",
    Meaning.BAD_EMAIL: "email",
    Meaning.MISSING_CONTACT: "phone",
    Meaning.MISSING: "surname",
    Meaning.TOO_LONG: "note",
    Meaning.UNKNOWN_UNIT: "unit",
}
"""Which answer has to be corrected, mostly."""

HINTS: Final[Mapping[Meaning, Explanation]] = {
    **ABOUT_THE_LEAD,
    **ABOUT_THE_PROJECT,
    **ABOUT_THE_ACCOUNT,
    **ABOUT_THE_WAY,
}
