"""What visitors do on a page with a form, in Chromium."""

LANDED = "#thanks:not([hidden])"


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
    fill(form, surname)
    form.locator("#send").click()
    thanked(form)


def thanked(form):
    form.locator(LANDED).wait_for()
