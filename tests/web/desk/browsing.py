"""A browser without scripts: fills in forms as their pages give them."""

import json
import re


class Browser:
    """One browser; it follows no redirect by itself."""

    def __init__(self, app, *, address="127.0.0.1"):
        self.client = app.test_client()
        self.address = address

    def fill(self, page, action=None, **typed):
        """Open a page and send its form to `action`, with what was typed."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.client.get(page).text)[1]
        hidden = {"csrf_token": token}
        if match := re.search(r"[?&]next=([^&]+)", page):
            hidden["next"] = match[1]
        return self.client.post(
            action or page.partition("?")[0],
            data={**hidden, **typed},
            environ_base={"REMOTE_ADDR": self.address},
        )

    def sign_in(self, email, password, *, page="/sign-in"):
        """Fill in the entrance."""
        return self.fill(page, email=email, password=password)

    def is_in(self):
        """Tell whether the account's page opens."""
        return self.client.get("/account").status_code == 200

    @property
    def cookie(self):
        """What the browser keeps of us."""
        return self.client.get_cookie("realpad-form").value


def passkey_headers(browser, page):
    """Return what the script of a page sends along."""
    token = browser.client.get(page).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    return {"X-CSRFToken": token, "Accept": "application/json"}


def run_passkey(browser, page, url, answer, **about):
    """Do what the page's script does: ask for options, let a device answer, send that."""
    headers = passkey_headers(browser, page)
    options = browser.client.post(f"{url}/options", headers=headers)
    assert json.loads(options.text)["challenge"]
    return browser.client.post(url, data=answer(options.text), query_string=about, headers=headers)
