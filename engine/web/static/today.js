// Who still waits for a first answer: the time counts on while the page is open.
"use strict";

function long(seconds) {
  const parts = [[Math.floor(seconds / 86400), "d"], [Math.floor(seconds / 3600) % 24, "h"], [Math.floor(seconds / 60) % 60, "min"], [seconds % 60, "s"]];
  return parts.filter(([count]) => count > 0).slice(0, 2).map(([count, unit]) => `${count} ${unit}`).join(" ") || "under 1 s";
}

// Counted from the server's own clock: this machine's may be wrong, and the sandbox's days are its own.
const first = new Map();
function count() {
  for (const place of document.querySelectorAll("[data-since]")) {
    const { since, from } = place.dataset;
    if (!first.has(from)) first.set(from, Date.now());
    const told = (Date.parse(from) - Date.parse(since) + Date.now() - first.get(from)) / 1000;
    place.textContent = long(Math.max(0, Math.floor(told)));
  }
}
setInterval(count, 1000);
