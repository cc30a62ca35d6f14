"""What HTML forbids and browsers do not complain of, as a validator would find it in a page.

Source: HTML, Living Standard; WAI-ARIA 1.2, 5.2.8.6 "Roles which cannot be named".
"""

import re
from html.parser import HTMLParser

NAMELESS = {"pre", "div", "span", "p", "b", "i", "code", "strong", "em", "time"}
"""Elements that may not be named unless they have a role."""

SECTIONS = ("section", "article")
TIME = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?")
VOID = {"input", "br", "hr", "img", "link", "meta", "wbr", "source", "col"}


class Page(HTMLParser):
    """Reads a page and collects its faults."""

    def __init__(self, text):
        super().__init__()
        self.faults, self.labelled, self.ids = [], [], {}
        self._sections = []  # [tag, whether it has a heading]
        self.feed(text)
        for target in self.labelled:
            tag, attributes = self.ids.get(target, (None, {}))
            if tag is None or attributes.get("type") == "hidden" or "hidden" in attributes:
                self.faults.append(f"a label is for {target}, which is not there or hidden")

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if (name := given.get("id")) is not None:
            if name in self.ids:
                self.faults.append(f"two elements are called {name}")
            self.ids[name] = (tag, given)
        if tag in SECTIONS:
            self._sections.append([tag, False])
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"} and self._sections:
            self._sections[-1][1] = True
        if tag == "label" and given.get("for"):
            self.labelled.append(given["for"])
        self.faults += [f"<{tag}> {fault}" for fault in faults(tag, given)]

    def handle_endtag(self, tag):
        if self._sections and self._sections[-1][0] == tag:
            _, has_heading = self._sections.pop()
            if not has_heading:
                self.faults.append(f"<{tag}> has no heading")


def faults(tag, given):
    """Yield what is wrong with one element."""
    is_named = "aria-label" in given or "aria-labelledby" in given
    if is_named and tag in NAMELESS and "role" not in given:
        yield "has a name but no role"
    if tag == "time" and not TIME.fullmatch(given.get("datetime", "")):
        yield f"has no time: {given.get('datetime')}"
    if tag in ("a", "area") and "href" not in given and {"target", "rel", "download"} & set(given):
        yield "leads nowhere, but says how"
    if tag == "th" and "scope" not in given:
        yield "has no scope"
