// Times in the reader's own zone, filters that act when they are chosen, and previews that follow their files. Keys are in
// keys.js, parts that keep themselves current in live.js. Every page works without them.
"use strict";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const shown = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: zone,
});
function tell(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    time.textContent = shown.format(new Date(time.dateTime));
  }
}
tell(document);
// Dates of a filter are days of the reader's own.
for (const field of document.querySelectorAll("form.filters input[name=zone]")) field.value = zone;
for (const place of document.querySelectorAll("[data-zone]")) {
  place.textContent = zone.replaceAll("_", " ");
}

for (const select of document.querySelectorAll(".filters select")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

// Empty fields stay out of the address, so that it can be read and passed on.
for (const form of document.querySelectorAll("form.filters")) {
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) {
      if (value === "") event.formData.delete(name);
    }
  });
}

// A preview asks once a second whether a file of its folder was edited, and then shows itself anew where it stands.
const LOOK_EVERY_MS = 1000;
let preview = document.querySelector("#live[data-pulse]");

async function follow() {
  try {
    if (document.visibilityState === "visible") {
      const answer = await fetch(preview.dataset.pulseLink, { cache: "no-store" });
      const { pulse } = await answer.json();
      if (pulse !== preview.dataset.pulse) {
        const page = await (await fetch(location.href, { cache: "no-store" })).text();
        const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("#live[data-pulse]");
        if (fresh) {
          tell(fresh);
          preview.replaceWith(fresh);
          preview = fresh;
        }
      }
    }
  } catch {
    // The server rests or the file is half written: the next look tells.
  }
  setTimeout(follow, LOOK_EVERY_MS);
}
if (preview) setTimeout(follow, LOOK_EVERY_MS);
