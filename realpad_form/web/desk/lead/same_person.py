"""Other leads with the phone or the e-mail of a lead: whoever calls knows what was asked for before."""

from dataclasses import dataclass
from typing import Final

from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.search import InboxQuery, WholeValue, fold
from realpad_form.forms.messages import _
from realpad_form.web.context import deps
from realpad_form.web.desk.access import me, project_name
from realpad_form.web.desk.i18n import gettext

SHOWN: Final = 5
EARLIER: Final = _("same in an earlier version")


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLead:
    """Another lead of the same person."""

    record: LeadRecord
    address: str
    project: str
    unit: str
    why: str  # translated: what both have in common


def other_leads(record: LeadRecord) -> list[OtherLead]:
    """Return the newest other leads with the same phone or e-mail, one more than are shown.

    Among the projects that who is signed in may see. Who sees leads masked is told nothing, revealed or not:
    it would be a search that nobody counts.
    """
    answers = record.current.answers
    email, phone = (str(answers.get(key) or "") for key in ("email", "phone"))
    whole = WholeValue(email=email, phones=frozenset({phone} - {""}))
    if me().is_masked or not whole.words:
        return []
    query = InboxQuery(whole=whole, projects=me().projects)
    found = deps().services.index.page(query, limit=SHOWN + 2).records
    others = []
    for each in found:
        if each.lead.id == record.lead.id:
            continue
        theirs = each.current.answers
        same = {
            gettext("same phone"): phone and theirs.get("phone") == phone,
            gettext("same e-mail"): email and fold(str(theirs.get("email") or "")) == fold(email),
        }
        other = OtherLead(
            record=each,
            address=f"/inbox/leads/{each.lead.id}",
            project=project_name(each.lead.project),
            unit=str(theirs.get("unit") or ""),
            # Neither, if only an earlier version had it.
            why=", ".join(words for words, is_so in same.items() if is_so) or gettext(EARLIER),
        )
        others.append(other)
    return others[: SHOWN + 1]
