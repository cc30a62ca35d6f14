"""One lead at the desk: its page, and what a person may do about it."""

from realpad_form.web.desk import lead_consents, lead_correct, lead_decide, lead_erase, lead_page
from realpad_form.web.desk.lead_common import bp

__all__ = ["bp", "lead_consents", "lead_correct", "lead_decide", "lead_erase", "lead_page"]
