/** What makes some questions quicker to answer: a slider beside a box, days from today on, folded sections. */

import { toNumber } from "./format.js";

/** Let what needs a script come to life. */
export function startAids(questions, { now = () => new Date() } = {}) {
  for (const details of questions.querySelectorAll("details[data-collapsed]")) details.open = false;
  for (const input of questions.querySelectorAll("[data-min], [data-max]")) limitDays(input, now());
  for (const slider of questions.querySelectorAll(".slider")) startSlider(slider);
}

/** Give a date box the days that `today` and `today+N` mean now, where the flats are, as the server counts them. */
function limitDays(input, now) {
  const today = new Intl.DateTimeFormat("sv", { timeZone: "Europe/Prague" }).format(now);
  for (const end of ["min", "max"]) {
    const bound = input.dataset[end];
    if (!bound) continue;
    const days = Number(bound.split("+")[1] ?? 0);
    input.setAttribute(end, new Date(Date.parse(today) + days * 86_400_000).toISOString().slice(0, 10));
  }
}

/** Keep a slider and the box beside it at the same amount; without one it stands in the middle, and says so. */
function startSlider(slider) {
  const range = slider.querySelector("input");
  const field = slider.closest("[data-key]");
  const box = field.querySelector(".box");
  const follow = () => {
    const amount = toNumber(box.value, "whole");
    slider.classList.toggle("is-unset", amount === null);
    range.value = amount ?? (Number(range.min) + Number(range.max)) / 2;
    const words = `${amount?.toLocaleString(document.documentElement.lang)}\u00a0${field.querySelector(".sign").textContent}`;
    range.setAttribute("aria-valuetext", amount === null ? range.dataset.unset : words);
  };
  range.addEventListener("input", () => {
    box.value = range.value;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new Event("change", { bubbles: true }));
  });
  box.addEventListener("input", follow);
  box.addEventListener("change", follow);
  box.form.addEventListener("reset", () => setTimeout(follow));
  slider.hidden = false;
  follow();
}
