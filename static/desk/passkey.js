/**
 * Passkeys: each form with `data-passkey` gets them from the browser and posts the answer there.
 * `data-new` asks for a new one; `data-options` are options the page came with. Source: W3C, Web Authentication 3.
 */

const BINARY = { id: true, challenge: true };

const toBytes = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};

const toText = (buffer) => {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

/** Returns options as the browser takes them: what is binary comes as base64url. */
const read = (options) =>
  Object.fromEntries(
    Object.entries(options).map(([key, value]) => {
      if (BINARY[key]) return [key, toBytes(value)];
      if (key === "user") return [key, read(value)];
      if (Array.isArray(value) && key.endsWith("Credentials")) return [key, value.map(read)];
      return [key, value];
    }),
  );

/** Returns a credential as JSON may carry it. */
const write = ({ id, rawId, type, response }) => {
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const present = parts.filter((part) => response[part]);
  return { id, rawId: toText(rawId), type, response: Object.fromEntries(present.map((part) => [part, toText(response[part])])) };
};

const post = async (url, form, body) => {
  const headers = { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value };
  const answer = await fetch(url, { method: "POST", headers, body });
  // A page instead of JSON: one has to prove again who one is, before this can be done.
  if (answer.redirected) location.assign(answer.url);
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error);
  return said;
};

const use = async (form) => {
  const { passkey: url, options, new: isNew } = form.dataset;
  const asked = options ? JSON.parse(options) : await post(`${url}/options`, form);
  const publicKey = read(asked);
  const credential = await (isNew === undefined ? navigator.credentials.get({ publicKey }) : navigator.credentials.create({ publicKey }));
  const about = new URLSearchParams({ next: form.elements.next?.value ?? "", name: form.elements.name?.value ?? "" });
  const said = await post(`${url}?${about}`, form, JSON.stringify(write(credential)));
  location.assign(said.next);
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  const told = form.querySelector('[role="alert"]');
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    told.hidden = true;
    try {
      await use(form);
    } catch (error) {
      // What the browser itself says is English and about its inside; what the server says is for people.
      told.textContent = error.constructor === Error ? error.message : form.dataset.sorry;
      told.hidden = false;
    }
  });
}
