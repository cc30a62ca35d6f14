/** What makes some questions quicker to answer: a slider beside a box, days from today on, folded sections. */

import { toNumber } from "./format.js";

/** Let what needs a script come to life. */
export function startAids(questions, { now = () => new Date() } = {}) {
  for (const details of questions.querySelectorAll("details[data-collapsed]")) details.open = false;
  for (const input of questions.querySelectorAll("[data-min], [data-max]")) limitDays(input, now());
  for (const slider of questions.querySelectorAll(".slider")) startSlider(slider);
}

/** Give a date box the days that `today` and `today+N` mean now. */
function limitDays(input, today) {
  for (const end of ["min", "max"]) {
    const bound = input.dataset[end];
    if (!bound) continue;
    const days = Number(bound.split("+")[1] ?? 0);
    const day = new Date(Date.UTC(today.getFullYear(), today.getMonth(), today.getDate() + days));
    input.setAttribute(end, day.toISOString().slice(0, 10));
  }
}

/** Keep a slider and the box beside it at the same amount. */
function startSlider(slider) {
  const range = slider.querySelector("input");
  const box = slider.closest("[data-key]").querySelector(".box");
  const follow = () => {
    const amount = toNumber(box.value, "whole");
    slider.classList.toggle("is-unset", amount === null);
    range.value = amount ?? (Number(range.min) + Number(range.max)) / 2;
    range.setAttribute("aria-valuetext", box.value);
  };
  range.addEventListener("input", () => {
    box.value = range.value;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new Event("change", { bubbles: true }));
    range.setAttribute("aria-valuetext", box.value);
  });
  box.addEventListener("input", follow);
  box.addEventListener("change", follow);
  slider.hidden = false;
  follow();
  return follow;
}
