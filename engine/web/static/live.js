// Parts of a page that keep themselves current: the server says that something changed, the page is read again, and the
// parts that differ are swapped. What a person has in hand there stays: the focus, what is unfolded, what was typed.
"use strict";

const CALM_MS = 250; // many changes in a row are read as one
const LATER_MS = 1_000; // until what a person has in hand is looked at again
const AGAIN_MS = 15_000; // after a server that does not answer

const lively = () => [...document.querySelectorAll("[data-live][id]")];
const topicsOf = (part) => part.dataset.live.split(/\s+/).filter(Boolean);
const written = new Map(); // what the server last wrote of each part, by its id
const dirty = new Set(); // the topics that changed since the page was read
let source = null;
let reading = false;
let planned = null;

// Where something stands, in words that still find it in a page that was written anew.
function place(element, part) {
  if (element.id) return element.id;
  const row = element.closest("[data-row][id]");
  const form = element.form?.getAttribute("action") ?? "";
  const own = element.getAttribute("href") ?? element.getAttribute("name") ?? element.querySelector("summary")?.textContent;
  const name = [row && part.contains(row) ? row.id : "", element.tagName, form, own ?? "", element.value ?? ""];
  if (element.matches("input, textarea, select")) name[4] = "";
  return name.join("\n");
}

function places(part, selector) {
  const found = new Map();
  for (const element of part.querySelectorAll(selector)) {
    const base = place(element, part);
    let name = base;
    for (let number = 2; found.has(name); number += 1) name = `${base}\n${number}`;
    found.set(name, element);
  }
  return found;
}

const HELD = "a, button, input, textarea, select, summary, [tabindex]";

function isTyped(field) {
  if (field.matches("select")) return [...field.options].some((one) => one.selected !== one.defaultSelected && one.selected);
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  return field.value !== field.defaultValue && field.type !== "hidden";
}

// Give the new part what a person has done to the old one.
function hand(old, fresh) {
  const unfolded = places(old, "details");
  for (const [name, fold] of places(fresh, "details")) {
    if (unfolded.has(name)) fold.open = unfolded.get(name).open;
  }
  const typed = places(old, "input, textarea, select");
  for (const [name, field] of places(fresh, "input, textarea, select")) {
    const before = typed.get(name);
    if (!before || !isTyped(before)) continue;
    if (field.matches("[type=checkbox], [type=radio]")) field.checked = before.checked;
    else field.value = before.value;
  }
  const known = new Set([...old.querySelectorAll("[data-row][id]")].map((row) => row.id));
  for (const row of fresh.querySelectorAll("[data-row][id]")) {
    if (!known.has(row.id)) row.classList.add("arrived");
  }
}

// The first row that can be seen stays where it is when others come in above it.
function anchor(part) {
  if (window.scrollY === 0) return null;
  const row = [...part.querySelectorAll("[data-row][id]")].find((one) => one.getBoundingClientRect().top >= 0);
  return row ? { id: row.id, top: row.getBoundingClientRect().top } : null;
}

function swap(old, fresh) {
  const text = fresh.outerHTML;
  if (written.get(old.id) === text) return;
  const active = old.contains(document.activeElement) ? document.activeElement : null;
  const [at] = [...places(old, HELD)].find(([, element]) => element === active) ?? [];
  const kept = anchor(old);
  hand(old, fresh);
  tell(fresh);
  old.replaceWith(fresh);
  written.set(fresh.id, text);
  const seen = kept && document.getElementById(kept.id);
  if (seen) window.scrollBy(0, seen.getBoundingClientRect().top - kept.top);
  if (!active) return;
  const next = places(fresh, HELD).get(at) ?? (active === old ? fresh : fresh.querySelector("[data-row] [data-open]"));
  next?.focus({ preventScroll: true });
}

// Nothing is taken out of the hand of somebody who types, presses or marks text there.
function isInHand(part) {
  const marked = document.getSelection();
  if (!marked.isCollapsed && marked.containsNode(part, true)) return true;
  if (part.querySelector(":active")) return true;
  const active = document.activeElement;
  return part.contains(active) && active.matches("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select");
}

const concerned = () => lively().filter((part) => topicsOf(part).some((topic) => dirty.has(topic)));

async function read() {
  planned = null;
  if (reading || document.visibilityState !== "visible") return;
  if (concerned().every(isInHand)) {
    if (dirty.size > 0) plan(LATER_MS);
    return;
  }
  reading = true;
  const topics = new Set(dirty);
  dirty.clear();
  try {
    const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } });
    if (answer.redirected && new URL(answer.url).pathname !== location.pathname) {
      rest("You are signed out: sign in again to see what is new.");
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of lively()) {
      if (!topicsOf(part).some((topic) => topics.has(topic))) continue;
      const fresh = page.getElementById(part.id);
      if (!fresh?.hasAttribute("data-live")) continue;
      if (isInHand(part)) for (const topic of topicsOf(part)) dirty.add(topic);
      else swap(part, document.importNode(fresh, true));
    }
  } catch {
    for (const topic of topics) dirty.add(topic);
    plan(AGAIN_MS);
  } finally {
    reading = false;
    if (dirty.size > 0) plan(LATER_MS);
  }
}

function plan(ms) {
  planned ??= setTimeout(read, ms);
}

function rest(words) {
  source?.close();
  source = null;
  document.removeEventListener("visibilitychange", look);
  const note = document.createElement("p");
  note.setAttribute("role", "status");
  note.className = "said";
  note.textContent = words;
  document.querySelector("main")?.prepend(note);
}

function listen() {
  const topics = [...new Set(lively().flatMap(topicsOf))].sort();
  if (source || topics.length === 0) return;
  source = new EventSource(`/console/live?topics=${topics.join(",")}`);
  const change = (changed) => {
    for (const topic of changed) dirty.add(topic);
    plan(CALM_MS);
  };
  // What changed between the page and the first word of the server is told by nobody.
  source.addEventListener("listening", () => change(topics));
  source.addEventListener("changed", (event) => change(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    if (source?.readyState !== EventSource.CLOSED) return;
    source = null;
    setTimeout(look, AGAIN_MS);
  });
}

// A browser opens six connections to a server, so that a page nobody sees lets go of its own.
function look() {
  if (document.visibilityState === "visible") {
    listen();
  } else {
    source?.close();
    source = null;
  }
}

if (lively().length > 0) {
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pagehide", () => {
    source?.close();
    source = null;
  });
  window.addEventListener("pageshow", look);
  look();
}
