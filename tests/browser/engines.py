"""Firefox and WebKit as Debian has them, behind the few things a visitor does with a browser."""

import json
import os
import shutil
import subprocess
import time
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from selenium.webdriver import ActionChains, Remote
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service
from websocket import create_connection

WAIT_S = 15
FIREFOX = shutil.which("firefox-esr")
WEBKIT_DRIVER = shutil.which("WebKitWebDriver")
MINI_BROWSER = next(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"), None)
XVFB = shutil.which("Xvfb")
ROOMY = 1280, 2400  # neither engine waits for the page around a frame to scroll before it clicks inside
LOADED = "location.href !== 'about:blank' && document.readyState === 'complete'"
QUIET = 'user_pref("app.normandy.enabled", false);\nuser_pref("app.update.disabledForTesting", true);\n'


def _element(selector):
    return f"document.querySelector({json.dumps(selector)})"


class Engine:
    """What both engines have in common; elements are named by CSS selectors, values by JavaScript."""

    def wait(self, expression):
        """Wait until an expression is true where we are, and return its value."""
        deadline = time.monotonic() + WAIT_S
        while not (value := self.read(expression)):
            assert time.monotonic() < deadline, f"never true: {expression}"
            time.sleep(0.05)
        return value

    def shown(self, selector):
        """Wait until an element is there and visible."""
        self.wait(f"{_element(selector)}?.checkVisibility({{visibilityProperty: true}})")

    def scroll_to(self, selector):
        """Scroll at once: a page that glides there would have its buttons missed."""
        self.read(f"{_element(selector)}.scrollIntoView({{block: 'center', behavior: 'instant'}})")


@contextmanager
def screen():
    """Run a screen that nobody looks at, and return its name."""
    command = [XVFB, "-displayfd", "1", "-screen", "0", f"{ROOMY[0]}x{ROOMY[1]}x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        yield f":{server.stdout.readline().strip()}"
        server.terminate()


class WebKit(Engine):
    """MiniBrowser, through WebKitWebDriver."""

    is_installed = bool(WEBKIT_DRIVER and MINI_BROWSER and XVFB)

    def __init__(self, _folder):
        with ExitStack() as started:
            # Its sandbox needs namespaces, which containers do not give.
            own = {
                "DISPLAY": started.enter_context(screen()),
                "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            }
            service = Service(WEBKIT_DRIVER, env={**os.environ, **own})
            started.callback(service.stop)
            service.start()
            options = Options()
            options.binary_location = str(MINI_BROWSER)
            options.add_argument("--automation")
            # Without a limit, a script whose page is left before its result is told is waited for for ever.
            client = ClientConfig(service.service_url, timeout=2 * WAIT_S)
            remote = RemoteConnection(client_config=client)
            self._driver = Remote(remote, options=options)
            started.callback(self._driver.quit)
            self._driver.set_window_size(*ROOMY)
            self.quit = started.pop_all().close

    def open(self, url):
        self._driver.get(url)

    def go_back(self):
        """Do what the Back button does; no script of the page, whose result would be lost with it."""
        self._driver.back()

    def resize(self, width, height):
        self._driver.set_window_size(width, height)

    def enter(self, selector):
        """Go on inside a frame, once its document is there."""
        self.shown(selector)
        self.scroll_to(selector)
        self._driver.switch_to.frame(self._driver.find_element("css selector", selector))
        self.wait(LOADED)

    def leave(self):
        """Go on in the page around all frames."""
        self._driver.switch_to.default_content()

    def type(self, text):
        """Press keys, heard by whatever has the focus."""
        ActionChains(self._driver).send_keys(text).perform()

    def click(self, selector):
        self.scroll_to(selector)
        self._driver.find_element("css selector", selector).click()

    def read(self, expression):
        return self._driver.execute_script(f"return {expression}")


class Firefox(Engine):
    """Firefox over WebDriver BiDi, which needs no driver program."""

    is_installed = bool(FIREFOX)

    def __init__(self, folder):
        (folder / "user.js").write_text(QUIET, encoding="utf-8")
        command = [FIREFOX, "--headless", "--no-remote", "--profile", folder, "--remote-debugging-port", "0"]
        self._browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._ids = count()
        self._connection = create_connection(self._address(folder), timeout=WAIT_S, suppress_origin=True)
        self._call("session.new", capabilities={})
        self._page = self._context = self._call("browsingContext.create", type="tab")["context"]
        self.resize(*ROOMY)

    def _address(self, folder):
        """Wait until Firefox has written down where it listens."""
        note = folder / "WebDriverBiDiServer.json"
        deadline = time.monotonic() + WAIT_S
        while not note.exists() or not (text := note.read_text(encoding="utf-8")):
            assert time.monotonic() < deadline, "Firefox did not start"
            time.sleep(0.05)
        return "ws://{ws_host}:{ws_port}/session".format(**json.loads(text))

    def resize(self, width, height):
        viewport = {"width": width, "height": height}
        self._call("browsingContext.setViewport", context=self._page, viewport=viewport)

    def go_back(self):
        """Do what the Back button does."""
        self._call("browsingContext.traverseHistory", context=self._page, delta=-1)

    def open(self, url):
        self._context = self._page
        self._call("browsingContext.navigate", context=self._page, url=url, wait="complete")

    def enter(self, selector):
        """Go on inside a frame, once its document is there."""
        self.shown(selector)
        frame = f"{_element(selector)}.contentWindow"
        evaluated = self._call("script.evaluate", expression=frame, **self._here())
        self._context = evaluated["result"]["value"]["context"]
        self.wait(LOADED)

    def leave(self):
        """Go on in the page around all frames."""
        self._context = self._page

    def type(self, text):
        """Press keys, heard by whatever has the focus."""
        keys = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keyboard", "actions": keys})

    def click(self, selector):
        self.scroll_to(selector)
        locator = {"type": "css", "value": selector}
        found = self._call("browsingContext.locateNodes", context=self._context, locator=locator)
        to = {"type": "element", "element": {"sharedId": found["nodes"][0]["sharedId"]}}
        presses = [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        move = {"type": "pointerMove", "x": 0, "y": 0, "origin": to}
        self._act({"type": "pointer", "id": "mouse", "actions": [move, *presses]})

    def read(self, expression):
        answer = self._call("script.evaluate", expression=f"JSON.stringify({expression})", **self._here())
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"].get("value", "null"))

    def quit(self):
        self._call("browser.close")
        self._connection.shutdown()
        self._browser.wait(WAIT_S)

    def _here(self):
        return {"target": {"context": self._context}, "awaitPromise": True}

    def _act(self, source):
        self._call("input.performActions", context=self._context, actions=[source])

    def _call(self, method, **params):
        self._connection.send(json.dumps({"id": next(self._ids), "method": method, "params": params}))
        answer = json.loads(self._connection.recv())  # no events are subscribed to, so nothing else comes
        assert "result" in answer, f"{method}: {answer}"
        return answer["result"]
