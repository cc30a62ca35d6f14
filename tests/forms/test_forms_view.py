import pytest

from realpad_form.forms import OptionView, ProjectForm

ROOMS = {
    "field": "rooms",
    "options": ["1+kk", {"value": "3+kk", "label": {"cs": "3+kk a větší", "en": "3+kk and larger"}}],
}
PRICES = {"field": "price_max", "options": [4_000_000, {"value": 6_000_000, "label": "six"}]}


@pytest.fixture
def view(make_project, fill, tokens):
    """Return a function from one question to its view, with what was given, or on an empty form."""

    def show(question, *texts, language="en", **parts):
        key = question.get("field") or question["attribute"]
        project = make_project(question, without=(key,), **parts)
        form = (
            fill(project, {key: texts}, language=language)
            if texts
            else ProjectForm(project, language=language, tokens=tokens)
        )
        if texts:
            form.validate()
        return next(shown for shown in form.questions if shown.key == key)

    return show


def select(kind, count):
    options = [str(number) for number in range(count)]
    return {"attribute": "customer_choice", "type": kind, "label": "Choice", "options": options}


@pytest.mark.parametrize(
    ("question", "control"),
    [
        ({"field": "name"}, "input"),
        ({"field": "email"}, "input"),
        ({"field": "price_max"}, "input"),
        ({"field": "note"}, "textarea"),
        ({"field": "unit"}, "hidden"),
        ({"field": "unit", "visible": True}, "input"),
        ({"field": "rooms", "options": [str(n) for n in range(20)]}, "chips"),
        ({"field": "price_max", "options": list(range(1, 9))}, "chips"),
        ({"field": "price_max", "options": list(range(1, 10))}, "select"),
        (select("single_select", 8), "chips"),
        (select("single_select", 9), "select"),
        (select("multi_select", 30), "chips"),
        ({"attribute": "customer_pets", "type": "boolean", "label": "Pets"}, "checkbox"),
        ({"attribute": "customer_day", "type": "date", "label": "Day"}, "input"),
    ],
)
def test_control_suits_the_question(view, question, control):
    assert view(question).control == control


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("name", {"type": "text", "autocomplete": "given-name", "spellcheck": "false"}),
        ("surname", {"autocomplete": "family-name"}),
        ("full_name", {"autocomplete": "name"}),
        ("email", {"type": "email", "autocomplete": "email", "inputmode": "email"}),
        ("phone", {"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        ("price_max", {"type": "text", "inputmode": "numeric"}),
        ("note", {"data-limit": "2000"}),
        ("unit", {"autocapitalize": "characters"}),
    ],
)
def test_attributes_help_browsers_and_limits_reach_them(view, key, expected):
    attributes = view({"field": key}).attributes

    assert attributes.items() >= expected.items()
    assert attributes.keys().isdisjoint({"required", "maxlength"})


def test_phone_comes_with_an_example_of_the_first_region(view):
    assert view({"field": "phone"}, phone_regions=["SK", "CZ"]).example == "0912\u00a0123\u00a0456"
    assert view({"field": "note"}).example == ""


def test_amount_shows_its_currency_unless_it_is_chosen(view):
    assert view({"field": "price_max"}, language="cs").sign == "Kč"
    assert view({"field": "price_max"}, currency="EUR").sign == "€"
    assert view(PRICES).sign == ""


def test_labels_are_ours_unless_the_project_has_its_own(view):
    assert view({"field": "name"}, language="cs").label == "Jméno"
    assert (
        view({"field": "name", "label": {"cs": "Křestní jméno", "en": "Given name"}}, language="cs").label
        == "Křestní jméno"
    )
    assert view({"field": "name", "label": {"en": "Given name"}}, language="uk").label == "Given name"


def test_help_is_the_project_s(view):
    assert view({"field": "note", "help": {"cs": "Cokoli", "en": "Anything"}}, language="cs").help == "Cokoli"


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("cs", "do 4 000 000 Kč"), ("sk", "do 4 000 000 CZK"), ("en", "up to CZK 4,000,000"),
        ("de", "bis 4.000.000 CZK"), ("uk", "до 4 000 000 CZK"), ("pl", "do 4 000 000 CZK"),
    ],
)  # fmt: skip
def test_budgets_read_as_money_of_the_language(view, language, label):
    choice = view(PRICES, language=language).choices[0]

    assert choice.label.replace("\N{NO-BREAK SPACE}", " ") == label
    assert choice.value == "4000000"


def test_budget_is_in_the_project_s_currency(view):
    question = {"field": "price_max", "options": [200_000]}

    assert view(question, language="sk", currency="EUR").choices[0].label == "do\u00a0200\u00a0000\u00a0€"


def test_options_keep_their_own_labels(view):
    assert [choice.label for choice in view(ROOMS, language="cs").choices] == ["1+kk", "3+kk a větší"]
    assert view(PRICES).choices[1].label == "six"


def test_free_choice_can_be_taken_back(view):
    assert view(PRICES).choices[-1] == OptionView(value="", label="No preference", is_chosen=True)
    assert view(PRICES, "6000000").choices[-1].is_chosen is False


def test_demanded_choice_offers_no_way_out(view):
    assert "" not in [choice.value for choice in view({**PRICES, "required": True}).choices]


def test_boxes_and_lists_need_no_way_out(view):
    for question in (ROOMS, select("multi_select", 3), select("single_select", 9)):
        assert "" not in [choice.value for choice in view(question).choices]


def test_what_was_typed_is_shown_again_also_if_wrong(view):
    assert view({"field": "phone"}, " abc\ud800 ").value == "abc"
    assert view({"field": "phone"}, "abc").errors != ()
    assert view({"field": "note"}, "a\r\nb").value == "a\nb"
    assert [choice.is_chosen for choice in view(ROOMS, "3+kk", "nonsense").choices] == [False, True]


def test_several_answers_are_told_from_one(view):
    assert view(ROOMS).is_multiple
    assert not view({**ROOMS, "multiple": False}).is_multiple
    assert view(select("multi_select", 3)).is_multiple
    assert not view(PRICES).is_multiple


def test_conditions_are_texts_as_the_browser_sees_them(view, make_project, tokens):
    question = {
        "field": "note",
        "show_if": {"customer_pets": True, "price_max": [4_000_000, 6_000_000], "rooms": "1+kk"},
    }

    assert view(question).show_if == {
        "customer_pets": ["true"],
        "price_max": ["4000000", "6000000"],
        "rooms": ["1+kk"],
    }
    assert view({"field": "note"}).show_if is None


def test_only_contact_is_marked_required(make_project, tokens):
    alone = ProjectForm(make_project(), language="en", tokens=tokens).questions
    either = ProjectForm(make_project({"field": "phone"}), language="en", tokens=tokens).questions

    assert [q.required for q in alone if q.kind == "email"] == [True]
    assert [q.required for q in either if q.kind in ("email", "phone")] == [False, False]


def test_consents_come_last_and_unticked(make_project, tokens):
    project = make_project(
        consents=[{"id": 7, "label": {"en": "[Terms](https://a.example)"}, "required": True}]
    )

    consent = ProjectForm(project, language="en", tokens=tokens).questions[-1]

    assert (consent.key, consent.kind, consent.control) == ("consent_7", "consent", "checkbox")
    assert (consent.label, consent.required, consent.value) == ("[Terms](https://a.example)", True, "")


@pytest.mark.parametrize(("text", "value"), [("true", "true"), ("on", "true"), ("false", ""), ("yes", "")])
def test_tick_survives_a_refused_post(make_project, fill, text, value):
    form = fill(make_project(consents=[{"id": 7, "label": "Terms"}]), {"consent_7": text})

    assert form.questions[-1].value == value


@pytest.mark.parametrize(
    ("low", "high", "step"),
    [
        (1_000_000, 30_000_000, 500_000),
        (8_000_000, 20_000_000, 200_000),
        (1, 31, 1),
        (1_000_000, 2_234_567, 1),
    ],
)
def test_slider_without_a_step_takes_a_round_one_that_leads_to_its_end(view, low, high, step):
    slider = view({"field": "price_max", "min": low, "max": high, "slider": True}).slider

    assert slider.step == step
    assert (high - low) % step == 0
