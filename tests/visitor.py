"""What visitors do on a page with a form, in Chromium."""

from playwright.sync_api import Error as PlaywrightError

LANDED = "#thanks:not([hidden])"
PATIENCE_MS = 60_000
ASKED_FOR = """() => performance.getEntriesByType("resource")
    .map((each) => [each.name, each.responseStatus, each.startTime, each.duration].join(" "))
    .join("\\n")"""


def form_in(page, place="main iframe"):
    """Scroll to a form on a host page, which may load only then, and return what is in its frame."""
    page.locator(place).first.scroll_into_view_if_needed()
    form = page.frame_locator(place).first
    form.locator("html.js").wait_for()  # its script has run
    return form


def fill(form, surname, phone="777 123 456"):
    form.locator("#q-name").fill("Žofie")
    form.locator("#q-surname").fill(surname)
    form.locator("#q-phone").fill(phone)


def unfold(form):
    """Open what a form has folded, as somebody does who wants to say more."""
    for summary in form.locator("details.section:not([open]) > summary").all():
        summary.click()


def send(form, surname):
    """Fill in a form and wait until it says thank you."""
    form.locator("html.js").wait_for()  # or the browser sends it by itself, to another page
    fill(form, surname)
    press_send(form)
    thanked(form)


def press_send(form):
    """Press the button by its key: under a pointer, a frame that is just growing may move away."""
    form.locator("#send").press("Enter")


def thanked(form):
    """Wait until a form says thank you, as long as it goes on trying; else tell what it says instead."""
    try:
        form.locator(LANDED).wait_for(timeout=PATIENCE_MS)
    except PlaywrightError as error:
        error.add_note(f"The form says:\n{form.locator('body').inner_text()}")
        error.add_note(f"It asked for:\n{form.locator('body').evaluate(ASKED_FOR)}")
        raise
