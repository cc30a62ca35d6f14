"""Why a lead needs a person, in the words of the desk: made from codes, for the masked of nothing else."""

import pytest
from reasons import HOSTILE, REASONS

from realpad_form.domain.lead import Lead
from realpad_form.domain.reason import Code
from realpad_form.web.desk import labels
from realpad_form.web.desk.i18n import LANGUAGES, translations

REALPADS_OWN = {Code.ANSWERED, Code.REFUSED_IN_A_ROW, Code.ADDRESS_BANNED}
"""Shown in Realpad's words; the last two are said of lanes only, which have words of their own."""
TOGETHER = {Code.INVALID}
"""What several answers have to be corrected for is said in one sentence."""


def lead_because(reason):
    lead = object.__new__(Lead)
    object.__setattr__(lead, "reasons", (reason,))
    return lead


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_every_reason_has_words_in_every_language_of_the_desk(reason, language):
    words = {**labels.SUSPICIONS, **labels.REASONS}
    if reason.code in REALPADS_OWN | TOGETHER:
        assert reason.code not in words
        return

    said = translations(language).gettext(words[reason.code])

    assert language == "en" or said != words[reason.code]
    assert said % reason.params


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_words_of_others_are_hidden_from_the_masked(app, reason):
    with app.test_request_context("/inbox/"):
        said = labels.short_reason(lead_because(reason), is_masked=True)

    assert said
    assert not reason.detail or reason.detail.strip() not in said
    assert "Jana" not in said


def test_answer_of_realpad_is_shown_whole_to_whoever_may_see_the_lead(app):
    [answered] = [reason for reason in REASONS if reason.code == Code.ANSWERED]

    with app.test_request_context("/inbox/"):
        assert HOSTILE in labels.short_reason(lead_because(answered), is_masked=False)
