"""The components of docs/sites.md, built as a site builds them, in a page of ours."""

import subprocess
from pathlib import Path

import pytest
from visitor import form_in, send

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
APPS = {
    "react": """
        import { StrictMode, useState } from "react";
        import { createRoot } from "react-dom/client";
        import { LeadForm } from "./LeadForm";

        window.leads = [];
        function Site() {
          const [unit, setUnit] = useState("A-101");
          const [isShown, setIsShown] = useState(true);
          Object.assign(window, { setUnit, hide: () => setIsShown(false) });
          const onSubmitted = (lead) => leads.push(lead);
          return isShown && <LeadForm project="riverside" unit={unit} onSubmitted={onSubmitted} />;
        }
        createRoot(document.querySelector("main")).render(<StrictMode><Site /></StrictMode>);
    """,
    "vue": """
        import { createApp, h, ref } from "vue";
        import LeadForm from "./LeadForm";

        window.leads = [];
        const unit = ref("A-101");
        const isShown = ref(true);
        Object.assign(window, {
          setUnit: (name) => (unit.value = name),
          hide: () => (isShown.value = false),
        });
        const onSubmitted = (lead) => leads.push(lead);
        const form = () => h(LeadForm, { project: "riverside", unit: unit.value, onSubmitted });
        createApp({ render: () => isShown.value && form() }).mount("main");
    """,
}


@pytest.fixture(params=APPS)
def framework(request):
    return request.param


@pytest.fixture
def page(framework, demo, open_page, site):
    """Open a page that a framework makes; its global functions change it."""
    command = ["node", ROOT / ".ci" / "build_recipes.mjs", framework, demo.web]
    built = subprocess.run(command, input=APPS[framework], capture_output=True, text=True, check=True)
    script = built.stdout.replace("</script", "<\\/script")
    return open_page(site.put(f"</main><script>{script}</script>"))


def test_component_shows_one_form_and_tells_of_its_lead_once(page, framework, arrived):
    form = form_in(page)
    form.locator("#unit:has-text('A-101')").wait_for()
    send(form, f"Recept{framework}")

    page.wait_for_function("leads.length > 0")
    calls = arrived(f"Recept{framework}")

    assert page.locator("main iframe").count() == 1
    assert page.evaluate("leads.map(({ project, unit }) => [project, unit])") == [["riverside", "A-101"]]
    assert page.locator("script[src$='/embed.js']").count() == 1
    assert len(calls) == 1


def test_another_unit_is_another_form(page):
    form_in(page).locator("#unit:has-text('A-101')").wait_for()

    page.evaluate("setUnit('A-102')")

    page.frame_locator("main iframe").locator("#unit:has-text('A-102')").wait_for()
    assert page.locator("main iframe").count() == 1


def test_form_goes_with_its_component_and_leaves_nothing_that_listens(page):
    form_in(page)

    page.evaluate("hide()")
    page.locator("main iframe").wait_for(state="detached")
    page.evaluate("document.dispatchEvent(new CustomEvent('realpad-form:submitted', { detail: {} }))")

    assert page.evaluate("leads") == []
