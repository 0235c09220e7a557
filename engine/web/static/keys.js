// Keys: j and k walk through rows, a button's own key presses it for the row one stands at, ? lists what this page knows.
"use strict";

const TYPED = "input:not([type=checkbox], [type=radio], [type=submit], [type=button]), textarea, select";

function rows() {
  return [...document.querySelectorAll("[data-row]")].filter((row) => row.checkVisibility());
}

function handle(row) {
  return row.querySelector("[data-open]") ?? row;
}

function standAt(row) {
  const place = handle(row);
  if (place === row && !row.hasAttribute("tabindex")) row.tabIndex = -1;
  place.focus();
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = rows();
  if (all.length === 0) return;
  const at = all.indexOf(document.activeElement.closest("[data-row]"));
  standAt(all[at === -1 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]);
}

// What a key presses: in the row one stands at, or else on the page itself.
function keyed(key) {
  const here = document.activeElement.closest("[data-row]");
  const all = [...document.querySelectorAll("[data-key]")].filter((one) => one.dataset.key === key && !one.disabled);
  return all.find((one) => here?.contains(one)) ?? all.find((one) => !one.closest("[data-row]"));
}

function press(target) {
  for (let fold = target.closest("details:not([open])"); fold; fold = fold.parentElement.closest("details:not([open])")) {
    fold.open = true;
  }
  if (target.matches(TYPED)) target.focus();
  else target.click();
}

function named(element) {
  const copy = element.cloneNode(true);
  for (const key of copy.querySelectorAll("kbd")) key.remove();
  return (element.dataset.keyName ?? element.getAttribute("aria-label") ?? copy.textContent).trim().replace(/\s+/g, " ");
}

function known() {
  const told = new Map();
  if (document.querySelector("[data-search], .filters select")) told.set("/", "Search or filter");
  if (rows().length > 0) {
    told.set("j", "Next row");
    told.set("k", "Previous row");
  }
  if (document.querySelector("[data-open]")) told.set("Enter", "Open the row");
  for (const one of document.querySelectorAll("[data-key]")) {
    if (!told.has(one.dataset.key)) told.set(one.dataset.key, named(one));
  }
  told.set("?", "This list");
  told.set("Esc", "Close it");
  return told;
}

function make(name, text = "") {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

function listKeys() {
  document.querySelector("dialog.keys")?.remove();
  const dialog = make("dialog");
  dialog.className = "keys";
  const title = make("h2", "Keys of this page");
  title.id = "keys-title";
  dialog.setAttribute("aria-labelledby", title.id);
  const list = make("dl");
  for (const [key, meaning] of known()) {
    const term = make("dt");
    term.append(make("kbd", key));
    const line = make("div");
    line.append(term, make("dd", meaning));
    list.append(line);
  }
  const form = make("form");
  form.method = "dialog";
  form.append(make("button", "Close"));
  dialog.append(title, list, form);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.repeat && !["j", "k"].includes(event.key)) return;
  if (event.target.closest(TYPED) || event.target.isContentEditable || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter") {
    // A row that was given the focus itself; a link or a button opens by itself.
    if (event.target.matches("[data-row]")) event.target.querySelector("[data-open]")?.click();
    return;
  }
  if (event.key === "j" || event.key === "k") {
    step(event.key === "j" ? 1 : -1);
    return;
  }
  if (event.key === "?") {
    event.preventDefault();
    listKeys();
    return;
  }
  const target = event.key === "/" ? document.querySelector("[data-search], .filters select") : keyed(event.key);
  if (!target) return;
  event.preventDefault();
  press(target);
});

for (const button of document.querySelectorAll("[data-keys]")) {
  button.hidden = false;
  button.addEventListener("click", listKeys);
}
