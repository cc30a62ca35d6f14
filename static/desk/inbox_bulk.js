/** Carries a decision about many leads out in small steps and shows how far it is; see web/desk/inbox/bulk.py. */

const STEP = 10; // leads in a request
const PAUSE_MS = 100; // leaves the server to others

const form = document.querySelector("#carry-out");
const find = (id) => document.getElementById(id);

/** Show and use what is only there with a script. */
function begin(form) {
  const fields = new FormData(form);
  const work = { fields, left: fields.getAll("lead"), all: fields.getAll("lead").length, done: 0, skipped: [] };
  form.hidden = true;
  find("progress").hidden = false;
  find("bar").max = work.all;
  find("go-on").addEventListener("click", () => carryOn(work));
  carryOn(work);
}

async function carryOn(work) {
  complain("");
  addEventListener("beforeunload", ask);
  try {
    while (work.left.length > 0) {
      await step(work);
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
    finish(work);
  } catch (problem) {
    complain(problem.message);
  } finally {
    removeEventListener("beforeunload", ask);
  }
}

/** Do the next few leads; they are taken off only when the server has said what came of them. */
async function step(work) {
  const leads = work.left.slice(0, STEP);
  const answer = await post(work.fields, leads);
  work.left = work.left.slice(STEP);
  work.done += answer.done;
  work.skipped.push(...answer.skipped);
  find("bar").value = work.all - work.left.length;
  find("done").textContent = work.all - work.left.length;
}

async function post(fields, leads) {
  const body = new URLSearchParams(leads.map((lead) => ["lead", lead]));
  for (const name of ["act", "again"]) if (fields.has(name)) body.set(name, fields.get(name));
  const token = document.querySelector("meta[name=csrf-token]").content;
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  const answer = await fetch(form.action, { method: "POST", headers, body }).catch(() => null);
  const said = await answer?.json().catch(() => null);
  if (!answer?.ok || !said) throw new Error(said?.error ?? find("progress").dataset.offline);
  return said;
}

function finish({ fields, done, skipped }) {
  offerUndo(fields.getAll("lead"), skipped);
  find("progress").hidden = true;
  const heading = find("result").querySelector("h2");
  heading.textContent = heading.dataset.words.replace("%(n)s", done);
  const list = find("result").querySelector("ul");
  list.parentElement.hidden = skipped.length === 0;
  list.append(...skipped.map(line));
  find("result").hidden = false;
  heading.focus();
}

/** Offer to restore what was discarded: the same versions with their new status. */
function offerUndo(leads, skipped) {
  const left = new Set(skipped.map(({ lead }) => lead.replaceAll("-", "")));
  const place = find("undo");
  for (const [id, , revision] of leads.map((lead) => lead.split("."))) {
    if (place && !left.has(id)) place.append(Object.assign(document.createElement("input"), { type: "hidden", name: "lead", value: `${id}.discarded.${revision}.0` }));
  }
}

function line({ lead, why }) {
  const link = Object.assign(document.createElement("a"), { href: `/inbox/leads/${lead}`, textContent: lead.slice(0, 8) });
  const item = document.createElement("li");
  item.append(link, ` ${why}`);
  return item;
}

/** Say what went wrong, and offer to go on; '' when nothing did. */
function complain(problem) {
  const { dataset } = find("progress");
  const place = find("progress").querySelector("[role=alert]");
  place.hidden = find("go-on").hidden = !problem;
  place.firstElementChild.textContent = problem && dataset.stopped.replace("%(problem)s", problem);
}

function ask(event) {
  event.preventDefault();
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  begin(form);
});
