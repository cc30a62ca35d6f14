"""A browser without scripts: fills in forms as their pages give them."""

import re


class Browser:
    """One browser; it follows no redirect by itself."""

    def __init__(self, app):
        self.client = app.test_client()

    def fill(self, page, action=None, **typed):
        """Open a page and send its form to `action`, with what was typed."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.client.get(page).text)[1]
        hidden = {"csrf_token": token}
        if match := re.search(r"[?&]next=([^&]+)", page):
            hidden["next"] = match[1]
        return self.client.post(action or page.partition("?")[0], data={**hidden, **typed})

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
