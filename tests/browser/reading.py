"""What a screen reader has to read of a page: Chromium's accessibility tree, one line for each thing.

    textbox "E-mail" = anna@example.com: Stačí e-mail nebo telefon. [required, invalid]

is a role, a name, a value, a description and states, in the order in which they are usually spoken.
"""

import re

SILENT = {
    "none",
    "generic",
    "paragraph",
    "strong",
    "InlineTextBox",
    "ListMarker",
    "LineBreak",
    "LabelText",
    "Legend",
}
"""Roles that nothing is said of; what is in them is."""

WHOLE = {"Date", "DisclosureTriangle", "Iframe", "button", "combobox", "img", "link", "slider", "textbox"}
"""Roles of which nothing inside is said beside their name and value."""

ASKED_ANEW = {"Date", "checkbox", "combobox", "slider"}
"""Roles of which Chromium tells screen readers more than the DevTools protocol."""

STATES = {
    "checked": "checked",
    "disabled": "disabled",
    "expanded": "expanded",
    "focused": "focused",
    "invalid": "invalid",
    "modal": "modal",
    "readonly": "read-only",
    "required": "required",
}
TIME = re.compile(r"\b\d{1,2}:\d\d\b(?!\d)")
PORT = re.compile(r"(127\.0\.0\.1|localhost):\d+")


def read_aloud(page, frame=None):
    """Return what there is to read of a page, or of one of its frames, line by line."""
    session = page.context.new_cdp_session(page)
    session.send("Accessibility.enable")
    found = session.send("Accessibility.getFullAXTree", _address(session, frame) if frame else {})
    _complete(session, found["nodes"])
    session.detach()
    nodes = {node["nodeId"]: node for node in found["nodes"]}
    root = found["nodes"][0]
    lines = [f"page {_value(root, 'name')!r}", *_lines(root, nodes, named="", depth=1)]
    text = "\n".join(lines).replace("\u00a0", "~") + "\n"  # a no-break space can be told from a space
    return PORT.sub(r"\1", TIME.sub("hh:mm", text))


def _address(session, frame):
    """Return the id that Chromium has for a frame of the same process."""
    inside = [each["frame"] for each in session.send("Page.getFrameTree")["frameTree"]["childFrames"]]
    return {"frameId": next(f["id"] for f in inside if f["url"] + f.get("urlFragment", "") == frame.url)}


def _complete(session, nodes):
    """Add to some nodes what their elements say: that they are required, and a slider's value in words."""
    for node in nodes:
        if not node["ignored"] and _value(node, "role") in ASKED_ANEW:
            element = session.send("DOM.describeNode", {"backendNodeId": node["backendDOMNodeId"]})["node"]
            attributes = dict(zip(element["attributes"][::2], element["attributes"][1::2], strict=True))
            for name in ("required", "valuetext"):
                if text := attributes.get(f"aria-{name}"):
                    node["properties"].append({"name": name, "value": {"value": text}})


def _lines(node, nodes, *, named, depth):
    """Yield a line for each thing below a node; `named` is what was said of the things around it."""
    for each in (nodes[key] for key in node.get("childIds", []) if key in nodes):
        role, name = _value(each, "role"), _value(each, "name")
        is_unnamed = role == "group" and not name
        if each["ignored"] or role in SILENT or is_unnamed:
            # A label is the name of its box; it is read there.
            yield from _lines(each, nodes, named=named + "\n" + _text(each, nodes, role), depth=depth)
        elif role == "StaticText":
            if name.strip() and name.strip() not in named:
                yield "  " * depth + name.strip()
        else:
            yield "  " * depth + _line(each, role, name)
            if role not in WHOLE:
                yield from _lines(each, nodes, named=named + "\n" + name, depth=depth + 1)


def _text(node, nodes, role):
    """Return all that is written in a label."""
    if role not in ("LabelText", "Legend"):
        return ""
    inner = (nodes[key] for key in node.get("childIds", []) if key in nodes)
    return " ".join(_value(each, "name") or _text(each, nodes, role) for each in inner)


def _line(node, role, name):
    line = f'{role} "{name}"' if name else role
    given = {each["name"]: each["value"].get("value") for each in node.get("properties", [])}
    if value := given.get("valuetext") or _value(node, "value"):
        line += f" = {value}"
    if description := _value(node, "description"):
        line += f": {description}"
    states = [_state(name, given[name]) for name in STATES if name in given]
    states += [f"level {given['level']}"] if role == "heading" else []
    states += [f"live: {given['live']}"] if given.get("live", "off") != "off" else []
    states = [state for state in states if state]
    return line + (f" [{', '.join(states)}]" if states else "")


def _state(name, value):
    """Return how a state is said; nothing of what goes without saying."""
    if name in ("checked", "expanded"):
        return STATES[name] if value in (True, "true") else f"not {STATES[name]}"
    return STATES[name] if value not in (False, "false") else ""


def _value(node, key):
    return str(node.get(key, {}).get("value", "")).strip()
