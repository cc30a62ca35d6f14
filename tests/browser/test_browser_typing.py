"""While somebody fills the form in: nothing jumps, nothing is cut, and hints come when they help."""

import pytest
from visitor import fill, form_in, thanked, unfold

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 700}
TOPS = """() => [...document.querySelectorAll('[data-key] :is(input, textarea), #send')]
    .map((element) => Math.round(element.getBoundingClientRect().top + scrollY))"""
HINTS_ARE_THERE = """() => performance.getEntriesByType('resource')
    .some(({ name, responseEnd }) => /hints/.test(name) && responseEnd > 0)"""


def refuse(page):
    """Send a form as it is, and wait until it says what to correct."""
    page.locator("#send").click()
    page.locator("#summary:not([hidden])").wait_for()


def named(page):
    """Return what the summary lists."""
    return [text.replace("\N{NO-BREAK SPACE}", " ") for text in page.locator("#summary li").all_inner_texts()]


def leave(page, key):
    """Leave a box with the keyboard, and wait until it may have been judged."""
    page.locator(f"#q-{key}").press("Tab")
    page.wait_for_function(HINTS_ARE_THERE)
    page.wait_for_timeout(200)


def hold_hints(page):
    """Keep the file with the hints from arriving; return what lets it through."""
    held = []
    page.route("**/hints*.js*", lambda route: held.append(route))

    def release():
        for route in held:
            route.continue_()

    return release


def error(page, key):
    return page.locator(f"#error-{key}").inner_text()


@pytest.mark.parametrize("place", ["alone", "inline", "dialog"])
def test_nothing_moves_while_mistakes_are_corrected(demo, open_page, place):
    page = open_page(
        f"{demo.web}/f/riverside" if place == "alone" else f"{demo.crm}/site/riverside",
        viewport=PHONE,
        has_touch=True,
        may_complain=True,
    )
    form = page
    if place == "inline":
        form = form_in(page)
    elif place == "dialog":
        page.locator("button[data-unit=A-102]").click()
        form = form_in(page, "dialog iframe")
    refuse(form)
    before = form.locator(":root").evaluate(TOPS)
    shifts = {}

    for key, text in {"name": "Žofie", "surname": "Š", "phone": "777123456"}.items():
        form.locator(f"#q-{key}").press_sequentially(text)
        shifts[key] = form.locator(":root").evaluate(TOPS)

    items = form.locator("#summary li")
    assert shifts == dict.fromkeys(shifts, before)
    assert items.count() == 3
    assert form.locator("#summary li.is-done").count() == 3
    assert "opraveno" in items.first.inner_text()
    assert form.locator(".is-wrong").count() == 0


def test_summary_has_no_bullets_beside_long_names(demo, open_page):
    page = open_page(
        f"{demo.web}/f/riverside", viewport={"width": 320, "height": 700}, has_touch=True, may_complain=True
    )
    refuse(page)

    styles = page.locator("#summary li").evaluate_all(
        "(items) => items.map((item) => getComputedStyle(item).listStyleType)"
    )
    heights = page.locator("#summary a").evaluate_all("(links) => links.map((link) => link.offsetHeight)")

    assert set(styles) == {"none"}
    assert min(heights) >= 44


def test_summary_goes_with_the_next_sending(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside", may_complain=True)
    refuse(page)
    fill(page, "Podruhé", phone="12")

    refuse(page)

    assert named(page) == ["Telefon"]
    assert page.locator(".is-done").count() == 0


def test_each_mistake_is_told_once_and_named_in_the_summary(long_form, open_page):
    page = open_page(long_form, may_complain=True)
    refuse(page)

    assert named(page) == [
        "Jméno a příjmení",
        "E-mail / Telefon",
        "Co by byt měl mít?",
        "Účel",
    ]
    told = page.locator(".error:visible").all_inner_texts()
    assert len(told) == len(set(told)) == 4
    assert page.locator("#q-phone").get_attribute("aria-invalid") == "true"
    assert page.locator("#summary").get_attribute("role") == "group"
    assert page.locator("fieldset input[aria-invalid]").count() == 0
    assert page.locator("fieldset[role=radiogroup]").get_attribute("aria-invalid") == "true"


def test_without_script_each_mistake_is_told_once_too(long_form, open_page):
    page = open_page(long_form, java_script_enabled=False, may_complain=True)
    page.locator("#send").click()
    page.locator("#summary").wait_for()

    told = page.locator(".error:visible").all_inner_texts()
    assert named(page)[1] == "E-mail / Telefon"
    assert len(told) == len(set(told)) == 4


def test_groups_that_demand_an_answer_say_so(long_form, open_page):
    page = open_page(long_form)

    assert page.get_by_role("group", name="Co by byt měl mít? (povinné)").count() == 1
    assert page.locator("fieldset[role=radiogroup]").get_attribute("aria-required") == "true"


def test_one_of_email_and_phone_settles_both(long_form, open_page):
    page = open_page(long_form, may_complain=True)
    refuse(page)

    page.locator("#q-phone").press_sequentially("777123456")

    assert page.locator("[data-either].is-wrong").count() == 0
    assert page.locator("#q-email").get_attribute("aria-invalid") is None


def test_refused_box_stays_marked_until_it_is_fine(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside", may_complain=True)
    fill(page, "Trvalá", phone="123")
    refuse(page)
    page.locator("#q-phone").press("End")

    page.keyboard.type("4")
    typed = page.locator("#q-phone").get_attribute("aria-invalid")
    leave(page, "phone")
    left = page.locator("#q-phone").get_attribute("aria-invalid"), error(page, "phone")
    page.locator("#q-phone").fill("77712345")
    page.keyboard.type("6")

    assert typed == "true"
    assert left[0] == "true"
    assert "nevypadá správně" in left[1]
    assert page.locator("#q-phone").get_attribute("aria-invalid") is None


def test_enter_goes_on_where_the_key_says_so(long_form, open_page):
    page = open_page(long_form, may_complain=True)
    page.locator("#q-full_name").fill("Jan Enter")
    page.locator("#q-full_name").focus()
    seen = []

    for _ in range(7):
        seen.append(page.evaluate("document.activeElement.id"))
        page.keyboard.press("Enter")

    assert seen == [
        "q-full_name",
        "q-email",
        "q-phone",
        "q-customer_wishes",
        "q-customer_purpose",
        "q-customer_source",
        "q-price_max",
    ]
    page.keyboard.type("a")
    page.keyboard.press("Enter")
    page.keyboard.type("b")
    assert page.locator("#q-note").input_value() == "a\nb"
    assert page.locator("#summary").is_hidden()


def test_enter_on_a_button_or_link_does_what_it_always_does(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside", may_complain=True)
    page.locator("#send").press("Enter")
    page.locator("#summary:not([hidden])").wait_for()

    page.locator("#summary a").nth(1).press("Enter")

    assert page.evaluate("document.activeElement.id") == "q-surname"


def test_enter_after_the_last_box_sends(demo, open_page, arrived):
    page = open_page(f"{demo.crm}/site/riverside")
    page.locator("button[data-unit=A-102]").click()
    form = form_in(page, "dialog iframe")
    fill(form, "Enterdialog")

    form.locator("[name^=consent_]").press("Enter")
    thanked(form)

    assert len(arrived("Enterdialog")) == 1


def test_pasted_text_is_never_cut_and_its_length_is_told(long_form, open_page):
    page = open_page(long_form, may_complain=True)
    page.evaluate("""() => {
        window.said = [];
        const status = document.querySelector('#status');
        new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
    }""")
    page.locator("#q-note").focus()

    page.keyboard.insert_text("x" * 100)
    early = page.locator(".count").count()
    page.keyboard.insert_text("x" * 500)
    for letter in "yyyy":
        page.keyboard.type(letter)
    over = page.locator(".count").inner_text()
    page.wait_for_timeout(1200)
    said = page.evaluate("said")
    refuse(page)

    assert early == 0
    assert over == "Znaků navíc: 304"
    assert said == ["Znaků navíc: 304"]
    assert len(page.locator("#q-note").input_value()) == 604
    assert "304" in error(page, "note")


def test_characters_left_are_counted_near_the_limit(long_form, open_page):
    page = open_page(long_form)
    page.locator("#q-customer_source").press_sequentially("x" * 45)

    assert page.locator(".count").inner_text() == "Zbývá znaků: 15"


@pytest.mark.parametrize(
    ("typed", "told"),
    [("anna.seznam.cz", "chybí zavináč"), ("anna nova@seznam.cz", "je mezera"), ("anna@seznam", "nevypadá")],
)
def test_wrong_email_is_told_on_leaving_the_box(demo, open_page, typed, told):
    page = open_page(f"{demo.web}/f/riverside")
    page.locator("#q-email").press_sequentially(typed)
    assert error(page, "email") == ""

    leave(page, "email")
    marked = page.locator("#q-email").get_attribute("aria-invalid"), error(page, "email")
    page.locator("#q-email").fill("anna@seznam.cz")

    assert marked[0] == "true"
    assert told in marked[1]
    assert page.locator("#q-email").get_attribute("aria-invalid") is None


def test_likely_slip_is_asked_about_and_never_forced(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside")
    page.locator("#q-email").fill("Anna <anna@gmial,com>")
    leave(page, "email")
    asked = page.get_by_role("button", name="Mysleli jste anna@gmail.com?")
    assert asked.count() == 1
    assert page.locator("#q-email").input_value() == "anna@gmial.com"
    assert page.locator("#q-email").get_attribute("aria-invalid") is None

    asked.click()

    assert page.locator("#q-email").input_value() == "anna@gmail.com"
    assert page.evaluate("document.activeElement.id") == "q-email"
    assert page.locator(".hint").count() == 0


def test_what_is_typed_before_the_hints_arrive_is_judged_when_they_do(long_form, open_page):
    page = open_page(long_form, may_complain=True)
    release = hold_hints(page)
    page.locator("#q-email").fill("anna@gmial,com")
    page.locator("#q-full_name").fill("Anna Nová")
    page.locator("#q-note").fill("x" * 604)
    early = page.locator(":is(.count, .hint)").count()

    release()
    page.locator(".count").wait_for()

    assert early == 0
    assert page.locator(".count").inner_text() == "Znaků navíc: 304"
    assert page.get_by_role("button", name="Mysleli jste anna@gmail.com?").count() == 1
    assert page.locator("[data-key=full_name].is-fine").count() == 1
    assert page.locator("[data-key=note].is-wrong").count() == 0


def test_what_was_refused_before_the_hints_arrive_is_not_called_fine(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside", may_complain=True)
    release = hold_hints(page)
    page.route("**/leads", lambda route: route.fulfill(status=422, json={"errors": {"name": ["Jinak"]}}))
    page.locator("#q-name").fill("Anna")
    refuse(page)

    release()
    page.wait_for_timeout(500)

    assert page.locator("[data-key=name].is-wrong").count() == 1
    assert page.locator("[data-key=name].is-fine").count() == 0


def test_number_beside_a_list_of_prefixes_stays_as_people_write_it_there(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside")
    page.evaluate("""() => {
        const select = Object.assign(document.createElement('select'), { name: 'prefix' });
        select.append(new Option('+49'));
        document.querySelector('#q-phone').before(select);
    }""")
    page.locator("#q-phone").fill("777123456")

    leave(page, "phone")

    assert page.locator("#q-phone").input_value() == "777123456"
    assert page.locator("[data-key=phone]:is(.is-wrong, .is-fine)").count() == 0


def test_what_is_fine_is_ticked_off_quietly(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside")
    for key, text in {
        "name": "Jan",
        "surname": "Nový",
        "email": "jan@firma.cz",
        "phone": "777123456",
    }.items():
        before = page.evaluate(TOPS)
        page.locator(f"#q-{key}").press_sequentially(text)
        assert page.locator(f"[data-key={key}].is-fine").count() == 0
        leave(page, key)
        assert page.evaluate(TOPS) == before

    fine = page.locator(".is-fine").evaluate_all("(fields) => fields.map(({ dataset }) => dataset.key)")
    assert fine == ["name", "surname", "email", "phone"]
    assert page.locator("#q-phone").input_value().replace("\N{NO-BREAK SPACE}", " ") == "+420 777 123 456"
    assert page.locator("#status").inner_text() == ""


def test_box_that_is_left_empty_is_not_nagged_about(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside")
    for key in ("name", "surname", "email", "phone"):
        page.locator(f"#q-{key}").focus()
        leave(page, key)

    assert page.locator(".is-wrong, .is-fine").count() == 0


def test_hint_waits_until_the_finger_is_up(demo, open_page, arrived):
    page = open_page(f"{demo.web}/f/riverside", viewport={"width": 390, "height": 2000}, may_complain=True)
    fill(page, "Prstová")
    page.locator("#q-email").fill("anna@seznam")
    box = page.locator("#send").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 5)

    page.mouse.down()
    page.wait_for_timeout(400)
    held = page.locator("#error-email").is_visible()
    page.mouse.up()
    page.locator("#summary:not([hidden])").wait_for()

    assert not held


@pytest.mark.parametrize("script", [True, False])
def test_many_options_are_a_list_of_boxes(long_form, open_page, script):
    page = open_page(long_form, java_script_enabled=script)
    options = page.locator("[name=customer_wishes]")
    visible = page.locator("[data-key=customer_wishes] .tick:visible")
    assert (options.count(), visible.count()) == (13, 8)

    page.get_by_text("Zobrazit další (5)").click()
    page.get_by_label("recepce").check()
    page.get_by_label("balkon").check()

    assert visible.count() == 13
    assert page.locator("[name=customer_wishes]:checked").count() == 2
    assert page.locator("select[multiple]").count() == 0


def test_answer_among_the_folded_options_is_shown_after_a_reload(long_form, open_page):
    page = open_page(long_form)
    page.get_by_text("Zobrazit další (5)").click()
    page.get_by_label("recepce").check()

    page.reload()

    assert page.get_by_label("recepce").is_visible()
    assert page.get_by_label("recepce").is_checked()


def test_mouse_over_a_wrong_box_leaves_it_red(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside", may_complain=True, reduced_motion="reduce")
    refuse(page)
    edge = "(box) => getComputedStyle(box).borderTopColor"
    unfold(page)
    page.locator("#q-note").hover()
    before = page.locator("#q-surname").evaluate(edge)

    page.locator("#q-surname").hover()

    assert page.locator("#q-surname").evaluate(edge) == before


def test_finger_leaves_no_hover_behind(demo, open_page):
    page = open_page(
        f"{demo.web}/f/riverside", viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    edge = "(box) => getComputedStyle(box).borderTopColor"
    unfold(page)
    before = page.locator("#q-rooms-2").evaluate(edge)

    page.locator("#q-rooms").tap()
    page.locator("#q-rooms").tap()

    assert page.locator("#q-rooms").evaluate(edge) == before


def test_short_boxes_share_a_line_and_one_alone_takes_it(long_form, open_page):
    page = open_page(long_form, viewport={"width": 768, "height": 900})
    width = "(box) => Math.round(box.getBoundingClientRect().width)"
    alone, half, other, price = (
        page.locator(f"#q-{key}").evaluate(width) for key in ("full_name", "email", "phone", "price_max")
    )

    assert alone == price > 2 * half
    assert half == other


@pytest.mark.parametrize("viewport", [320, 768])
def test_chips_stand_in_even_columns_with_the_mark_beside_the_word(demo, open_page, viewport):
    page = open_page(f"{demo.web}/f/riverside", viewport={"width": viewport, "height": 900})
    chips = page.locator(".chips").nth(1).locator(".chip")
    boxes = [chip.bounding_box() for chip in chips.all()]
    gap = chips.last.evaluate("""(chip) => {
        const mark = getComputedStyle(chip, '::before');
        const px = (side) => parseFloat(mark[side]);
        return [px('marginInlineEnd'), px('marginInlineStart') + px('inlineSize') + px('marginInlineEnd')];
    }""")

    assert chips.last.locator(":checked").count() == 1
    assert len({round(box["width"]) for box in boxes}) == 1
    assert gap == [10, 0]  # beside the word, which stays in the middle


def test_where_most_is_optional_the_rest_is_marked(demo, long_form, open_page):
    starred = open_page(f"{demo.web}/f/riverside")
    named = open_page(long_form)

    assert starred.get_by_text("Povinné údaje jsou označené").count() == 1
    assert starred.locator(".star").count() == 3
    assert starred.locator(".optional").count() == 0
    assert named.locator(".star").count() == 0
    assert named.locator(".optional").all_inner_texts() == ["(nepovinné)"] * 3


@pytest.mark.parametrize(("width", "columns"), [(360, 2), (768, 3), (1280, 3)])
def test_five_and_six_chips_leave_none_alone(demo, open_page, width, columns):
    page = open_page(f"{demo.crm}/site/riverside", viewport={"width": width, "height": 900})
    form = form_in(page)
    unfold(form)

    rows = form.locator("body").evaluate(
        """() => ['rooms', 'price_max'].map((key) => {
            const chips = [...document.querySelectorAll(`[data-key=${key}] .chip`)];
            const tops = chips.map((chip) => chip.offsetTop);
            return tops.filter((top) => top === tops[0]).length;
        })"""
    )

    assert rows == [columns, columns]
