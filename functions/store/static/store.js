// Small comforts; every page works without them.
(function () {
  "use strict";
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy).textContent;
      try {
        await navigator.clipboard.writeText(text.trim());
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
        button.textContent = "Selected: copy it with the keyboard";
      }
    });
  }
  // A form is sent once: a second click would throw away the answer to the first, and a secret is shown only there.
  const sent = new Set();
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.defaultPrevented || event.target.method !== "post") return;
    if (sent.has(event.target)) {
      event.preventDefault();
      return;
    }
    sent.add(event.target);
    if (!button) return;
    setTimeout(() => {
      button.setAttribute("aria-busy", "true");
      button.classList.add("busy");
    }, 400);
  });
  window.addEventListener("pageshow", () => {
    sent.clear();
    for (const button of document.querySelectorAll(".busy")) {
      button.removeAttribute("aria-busy");
      button.classList.remove("busy");
    }
  });
})();
