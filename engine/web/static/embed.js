// Sends a form of ours from the page it stands on, and says thank you there. Without this the form works all the same.
(() => {
  "use strict";
  const say = (form, text, isFault) => {
    let place = form.querySelector("[data-fifthtouch-said]");
    if (!place) {
      place = document.createElement("p");
      place.setAttribute("data-fifthtouch-said", "");
      place.setAttribute("role", isFault ? "alert" : "status");
      form.append(place);
    }
    place.textContent = text;
  };
  const send = async (form, event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      const filled = Object.fromEntries(new FormData(form));
      filled._page = location.href;
      const answer = await fetch(form.action, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(filled),
      });
      const told = await answer.json();
      if (answer.ok) {
        const thanks = document.createElement("p");
        thanks.setAttribute("role", "status");
        thanks.textContent = form.dataset.thanks;
        form.replaceWith(thanks);
        return;
      }
      const faults = (told.errors || []).map((one) => `${one.message} ${one.remedy}`);
      say(form, faults.join(" ") || told.title || form.dataset.again, true);
    } catch {
      form.submit(); // whatever kept the script from it does not keep the form
      return;
    }
    button.disabled = false;
  };
  for (const form of document.querySelectorAll("form[data-fifthtouch]")) {
    fetch(`${form.action}/shown`).then((answer) => answer.json()).then((told) => {
      for (const [name, value] of Object.entries(told)) {
        const field = document.createElement("input");
        field.type = "hidden";
        field.name = name;
        field.value = value;
        form.append(field);
      }
    }).catch(() => {});
    form.addEventListener("submit", (event) => send(form, event));
  }
})();
