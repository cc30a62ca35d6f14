/** Shows the captcha of another company, on projects that ask for one; its script loads when first needed. */

const SERVICES = {
  turnstile: {
    script: "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit",
    ready: () => window.turnstile,
    options: { action: "lead" },
  },
  hcaptcha: {
    script: "https://js.hcaptcha.com/1/api.js?render=explicit",
    ready: () => window.hcaptcha,
  },
  recaptcha: {
    script: "https://www.google.com/recaptcha/api.js?render=explicit",
    ready: () => new Promise((ready) => window.grecaptcha.ready(() => ready(window.grecaptcha))),
  },
  friendly: {
    script: "https://cdn.jsdelivr.net/npm/@friendlycaptcha/sdk@0.2.0/site.min.js",
    ready: () => ({ render: renderFriendly, reset: (widget) => widget.reset() }),
  },
};

export class Widget {
  #box;
  #load;
  #shown = null;
  #report = {};

  constructor(box, load = loadScript) {
    this.#box = box;
    this.#load = load;
  }

  /** Show the widget, or empty it for a new answer. Reports its answer, '' if it cannot be shown. */
  async show({ type, sitekey }, report) {
    this.#report = report;
    try {
      if (this.#shown) (await this.#shown).reset();
      else await (this.#shown = this.#render(SERVICES[type], sitekey));
    } catch {
      this.#shown = null;
      report.answered("");
    }
  }

  async #render({ script, ready, options }, sitekey) {
    await this.#load(script);
    const service = await ready();
    const id = service.render(this.#box, {
      ...options,
      sitekey,
      callback: (answer) => this.#report.answered(answer),
      "expired-callback": () => this.#report.expired(),
      "error-callback": () => this.#report.answered(""),
    });
    return { reset: () => service.reset(id) };
  }
}

/** Friendly Captcha, called as the others are. */
function renderFriendly(element, { sitekey, callback, ...options }) {
  const widget = window.frcaptcha.createWidget({ element, sitekey, startMode: "auto" });
  widget.addEventListener("frc:widget.complete", ({ detail }) => callback(detail.response));
  widget.addEventListener("frc:widget.expire", options["expired-callback"]);
  widget.addEventListener("frc:widget.error", options["error-callback"]);
  return widget;
}

function loadScript(address) {
  return new Promise((loaded, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = loaded;
    script.onerror = failed;
    document.head.append(script);
  });
}
