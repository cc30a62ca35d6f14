"""WTForms built from projects: fields, rules, messages in every language, form → Submission."""

from realpad_form.forms.alerts import AlertWriter
from realpad_form.forms.chats import chat_message
from realpad_form.forms.company import CompanyForm
from realpad_form.forms.form import ProjectForm
from realpad_form.forms.lead_answers import Answered, Correction, beside_questions, in_words, revalidate
from realpad_form.forms.mails import confirmation, notification
from realpad_form.forms.messages import translations
from realpad_form.forms.posted import Posted
from realpad_form.forms.readers import possible_numbers
from realpad_form.forms.sample import sample_answers, wrong_answers
from realpad_form.forms.source_fields import SentField, flatten, named_projects
from realpad_form.forms.source_form import SourceForm
from realpad_form.forms.summaries import SummaryMailWriter
from realpad_form.forms.token import Tokens, TokenState
from realpad_form.forms.view import OptionView, QuestionView

__all__ = [
    "AlertWriter",
    "Answered",
    "CompanyForm",
    "Correction",
    "OptionView",
    "Posted",
    "ProjectForm",
    "QuestionView",
    "SentField",
    "SourceForm",
    "SummaryMailWriter",
    "TokenState",
    "Tokens",
    "beside_questions",
    "chat_message",
    "confirmation",
    "flatten",
    "in_words",
    "named_projects",
    "notification",
    "possible_numbers",
    "revalidate",
    "sample_answers",
    "translations",
    "wrong_answers",
]
