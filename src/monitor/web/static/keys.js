// Keys for what can be clicked, and progress of long work. Every page works without: this only saves the hand a way.
"use strict";

const PLACES = { i: "/", l: "/label", s: "/sources", t: "/topics", m: "/model", a: "/audit" };
let waiting = false; // "g" was pressed: the next key names a place

function items() {
  return [...document.querySelectorAll(".list > li")];
}

function current() {
  return document.activeElement?.closest(".list > li");
}

function step(by) {
  const all = items();
  const next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(current()) + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function pressed(key) {
  // What stands in the chosen item of a list comes first; without one, what stands outside of lists.
  const here = current()?.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const found = here ?? [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((one) => !one.closest(".list > li"));
  if (!found) return false;
  if (found.matches("input[type=search]")) found.focus();
  else found.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && !"jk".includes(event.key)) return;
  if (event.target.matches("input:not([type=checkbox]), textarea, select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (waiting) {
    waiting = false;
    if (PLACES[event.key]) location.assign(PLACES[event.key]);
    return;
  }
  if (event.key === "g") waiting = true;
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "Enter" && event.target.matches(".list > li")) current().querySelector("[data-open]")?.click();
  else if (event.key === "/" && !document.querySelector('[data-key="/"]')) location.assign("/search");
  else if (!pressed(event.key)) return;
  event.preventDefault();
});

// Where a form led back to an item of a list, that item is the chosen one again.
if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.focus();

for (const work of document.querySelectorAll("[data-events]")) {
  const stream = new EventSource(work.dataset.events);
  stream.onmessage = (event) => {
    const state = JSON.parse(event.data);
    const bar = work.querySelector("progress");
    work.querySelector(".doing").textContent = state.doing;
    if (state.share === null) bar.removeAttribute("value");
    else bar.value = state.share;
    if (state.ended) {
      stream.close();
      location.reload();
    }
  };
}

// What is still being counted is looked at again, unless somebody has begun to write meanwhile.
if (document.querySelector("[data-again]")) {
  let touched = false;
  document.addEventListener("input", () => { touched = true; });
  setTimeout(() => { if (!touched) location.reload(); }, 4000);
}
