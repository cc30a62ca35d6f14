"""One lead at the desk: its page, and what a person may do about it.

All of it is one blueprint, to which each module adds its views.
"""

from realpad_form.web.desk.lead import correct, decide, views

__all__ = ["correct", "decide", "views"]
