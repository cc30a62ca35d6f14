"""The JSON Schema of project files, for editors that complete and check while one types."""

from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema

from realpad_form.domain.message import Gettext
from realpad_form.domain.project import Project
from realpad_form.domain.text import LANGUAGES

OF_PARTS: Final = {
    "Project": {
        "version": "The version of this grammar: 1.",
        "project": "The name in addresses; the same as the name of the file without .yaml.",
        "name": "The name that visitors and operators read.",
        "title": "The heading of the form; the project's name, if it is left out.",
        "intro": "A sentence or two under the heading; may hold [label](https://…) links.",
        "submit": "The words on the button that sends.",
        "closed": "Takes the form away; visitors read this message and the fallback contact.",
        "languages": "The languages of the form; the first is the default.",
        "origins": "The sites that may embed the form, each scheme and host, e.g. https://www.example.com.",
        "phone_regions": "How phone numbers without a prefix are read: countries, tried in this order.",
        "currency": "The currency of budgets, three capital letters.",
        "realpad": "Where in Realpad the leads go.",
        "fields": "The questions, in the order shown.",
        "consents": "The consents to ask for; never ticked beforehand.",
        "notice": "A sentence on personal data under the form; may hold [label](https://…) links.",
        "capture": "What else goes to Realpad: parameters of the page's address.",
        "thank_you": "What happens once the lead is safely stored.",
        "fallback": "Whom to call or write to when nothing else works.",
        "theme": "Colours and shapes.",
        "captcha": "What tells people from programs.",
        "limits": "How many submissions are taken.",
        "webhooks": "Other systems that hear what becomes of the leads.",
        "sources": "Other systems that post leads to /in/<name>, each with a key in the settings.",
        "keep_draft": "false, if what is typed shall not outlive a reload, as on a device for all visitors.",
        "notify": "Notifications of the sales team, one for each lead, without anything about the visitor.",
        "retention": "How long leads are kept, by status; without it nothing is erased by itself.",
        "confirm": "A mail to the visitor after a captcha was solved; it quotes nothing that was typed.",
    },
    "Routing": {
        "credentials": "The name of a login pair; login and password stand in the settings, never here.",
        "project": "Realpad's number of the project.",
        "referral": "Realpad's number of the source; support tells it.",
        "salesman": "Realpad's number of a salesman who gets every lead; skips the usual distribution.",
        "campaign": "The campaign of visitors who bring none of their own.",
        "tags": "Tags that every lead gets.",
        "consents": "update adds to the consents a customer gave before; replace erases those.",
        "consent_source": "Where a consent is from; {ip} {page} {time} {project} {language} {form_version}.",
    },
    "ConsentBox": {
        "id": "Realpad's number of the consent.",
        "label": "What the visitor agrees to; may hold [label](https://…) links.",
        "required": "Whether the form is only taken with this consent.",
    },
    "Capture": {
        "campaign": "The parameter that names the campaign, e.g. utm_campaign.",
        "attributes": "Custom attributes, each with the parameter that fills it.",
        "note": "Parameters that go into the note, and page or referrer.",
    },
    "ThankYou": {
        "message": "What the visitor reads.",
        "redirect": "The page that the visitor is taken to.",
        "contact": "Who will call the visitor.",
        "link": "A link to read on, e.g. a brochure.",
    },
    "Salesperson": {
        "name": "The name that the visitor reads.",
        "role": "What this person does.",
        "phone": "A phone number in quotes.",
        "photo": "A picture beside the project file, at most 100 kB: .webp, .jpg, .png or .avif.",
    },
    "Link": {
        "label": "The words of the link.",
        "url": "Where it leads.",
    },
    "Closed": {"message": "What the visitor reads; may hold [label](https://…) links."},
    "Fallback": {
        "phone": "A phone number in quotes.",
        "email": "An e-mail address.",
    },
    "Theme": {
        "accent": "The colour of buttons and of what is chosen, in quotes.",
        "text": "The colour of text in light mode; dark mode makes its background of it.",
        "background": "The colour of the page in light mode, or transparent; dark mode makes its text of it.",
        "border": "The colour of the edges of boxes in light mode; dark mode makes its own of it.",
        "dark": "Colours of the dark mode that are not to be derived from those of the light mode.",
        "page": "The colour of the page behind a transparent background.",
        "radius": "How round corners are, e.g. 8px.",
        "padding": "The space around the form in a frame, e.g. 24px or 0.",
        "frame_radius": "How round the corners of the frame are, e.g. 12px or 0.",
        "font_file": "A .woff2 file beside the project file, at most 60 kB; the only font that is loaded.",
        "font": "Fonts that visitors' devices have, the best first, e.g. Georgia, serif; none is loaded.",
        "density": "comfortable, or compact for less space between the questions.",
        "mode": "auto follows the visitor's device.",
    },
    "DarkPalette": {
        "accent": "The colour of buttons and of what is chosen, in quotes.",
        "text": "The colour of text.",
        "background": "The colour of the page and of boxes.",
        "border": "The colour of the edges of boxes.",
    },
    "AnswerCondition": {
        "not": "The answer that hides the question, or several of them.",
        "min": "The smallest answer that shows the question: a number or a day.",
        "max": "The largest answer that shows the question: a number or a day.",
    },
    "KnownUnit": {
        "id": "The name of the unit in Realpad.",
        "label": "What the visitor reads beside it, e.g. 1+kk · 38 m².",
        "price": "Its price, in the project's currency.",
    },
    "Webhook": {
        "name": "The name of a secret; the secret itself stands in the settings, never here.",
        "url": "Where messages are sent: https, and a public address.",
        "events": "What is told: accepted, delivered, rejected, discarded; all of them, if it is left out.",
        "payload": "ids (default), or full to send the answers and consents, too.",
    },
    "Notify": {
        "to": "Who gets a mail for each lead.",
        "when": "The event after which it is sent.",
        "slack": "The name of a setting with the address of a channel in Slack; never the address itself.",
        "teams": "The name of a setting with the address of a channel in Microsoft Teams.",
    },
    "Retention": {
        "delivered": "Leads that Realpad has, e.g. 24 months.",
        "quarantined": "Leads that look like spam and that nobody released, e.g. 30 days.",
        "rejected": "Leads that Realpad refused and that nobody corrected.",
        "discarded": "Leads that somebody discarded, e.g. 90 days.",
    },
    "Confirm": {
        "subject": "The subject of the mail.",
        "message": "Its text; a [label](https://…) link is written out.",
    },
    "Source": {
        "name": "The name in its address, and of its key in the settings: cf7-main.",
        "fields": "Their field: ours; false for what is not wanted. What is not listed goes to the note.",
    },
    "Limits": {
        "per_address": "From one internet address, e.g. 5/minute;30/hour.",
        "per_project": "For the whole project, e.g. 60/minute.",
        "per_source": "From one of the sources, e.g. 120/minute.",
    },
}  # fmt: skip

OF_QUESTIONS: Final = {
    "field": "A built-in question.",
    "attribute": "A custom attribute; its key must be set up in Realpad first.",
    "type": "What kind of answer the attribute holds.",
    "label": "The question; built-in questions have one already.",
    "help": "A hint under the question.",
    "required": "Whether an answer is demanded.",
    "show_if": "Shows the question for these answers to other questions only.",
    "width": "half or full; left out, it is as wide as its kind of answer needs.",
    "section": "A heading above the questions that follow.",
    "collapsed": "true, if the section is folded until the visitor opens it.",
    "prefix": "Whether the country of the number is chosen from a list.",
    "slider": "true for a slider beside the box.",
    "none": "What choosing nothing is called; false for no such choice.",
    "options": "The choices: values as Realpad knows them, with labels where visitors read something else.",
    "value": "What Realpad stores.",
    "multiple": "Whether several choices may be ticked.",
    "min": "The smallest answer taken.",
    "max": "The largest answer taken.",
    "step": "The step of the number box.",
    "max_length": "The most characters taken.",
    "known": "The units that exist; any other goes into the note.",
    "visible": "true for a box, card to name the unit above the form; otherwise only the host page knows it.",
}


_ANY_KEYS: Final = {"type": "object", "additionalProperties": {"type": "string"}}
_BY_LANGUAGE: Final = {
    "type": "object",
    "properties": {language: {"type": "string"} for language in LANGUAGES},
    "additionalProperties": False,
    "minProperties": 1,
}


class _Untitled(GenerateJsonSchema):
    """Leaves out pydantic's titles of keys, which only repeat the keys."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def json_schema(gettext: Gettext = str) -> dict[str, Any]:
    """Return the JSON Schema, draft 2020-12, of a project file; `gettext` explains its keys in a language."""
    schema = _with_languages(Project.model_json_schema(schema_generator=_Untitled))
    for name, part in [*schema["$defs"].items(), ("Project", schema)]:
        texts = OF_PARTS.get(name, OF_QUESTIONS)
        for key, rule in part["properties"].items():
            rule["description"] = gettext(texts[key])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "realpad-form project file",
    }


def _with_languages(node: Any) -> Any:
    """Return a schema whose texts take the languages that the form speaks, and no others."""
    if node == _ANY_KEYS:
        return _BY_LANGUAGE
    if isinstance(node, dict):
        return {key: _with_languages(inner) for key, inner in node.items()}
    return [_with_languages(inner) for inner in node] if isinstance(node, list) else node
