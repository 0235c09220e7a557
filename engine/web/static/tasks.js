// A key chooses an outcome and gives it the focus, so that Enter, and nothing less, ends the task with it.
"use strict";

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-outcome]")) event.target.focus();
});
