// Small comforts; every page works without them.
(function () {
  "use strict";
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy).textContent;
      await navigator.clipboard.writeText(text.trim());
      button.textContent = "Copied";
    });
  }
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || event.defaultPrevented) return;
    setTimeout(() => {
      button.setAttribute("aria-busy", "true");
      button.classList.add("busy");
    }, 400);
  });
})();
