// Small comforts; every page works without them.
(function () {
  "use strict";
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    const label = button.getAttribute("aria-label").replace(/^Copy/, "");
    const say = (text) => {
      button.textContent = text;
      button.setAttribute("aria-label", text + label);
    };
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy).textContent;
      try {
        await navigator.clipboard.writeText(text.trim());
        say("Copied");
      } catch {
        getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
        say("Selected: copy it with the keyboard");
      }
      setTimeout(say, 5000, "Copy");
    });
  }
  // On a phone the tabs scroll; the current one is in view.
  const showCurrentTab = () => {
    for (const current of document.querySelectorAll(".tabs [aria-current], .sections [aria-current]")) {
      const bar = current.parentElement;
      bar.scrollLeft = current.offsetLeft - bar.offsetLeft - (bar.clientWidth - current.offsetWidth) / 2;
    }
  };
  showCurrentTab();
  addEventListener("resize", showCurrentTab);
  // What was done is told once: neither reloading nor a bookmark says it again.
  if (document.querySelector("[data-flash]")) {
    const url = new URL(location.href);
    url.searchParams.delete("done");
    history.replaceState(history.state, "", url);
  }
  // Without this script a dialog stands open at the top of its page.
  for (const dialog of document.querySelectorAll("dialog[data-modal]")) {
    const was = document.activeElement;
    dialog.close();
    dialog.showModal();
    const again = document.getElementById("shown-again");
    again.querySelector("button").addEventListener("click", () => {
      again.hidden = true;
      dialog.showModal();
    });
    dialog.addEventListener("close", () => {
      again.hidden = false;
      (was === document.body ? document.getElementById("main") : was).focus();
    });
  }
  // A search that another page answers, such as that of the sign-in or of an error, becomes a visit of its address.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target, pathInfo } = event.detail;
    if (xhr.status === 200 && xhr.responseText.includes('id="' + target.id + '"')) return;
    event.preventDefault();
    location.assign(pathInfo.finalRequestPath);
  });
  // A form is sent once: a second click would throw away the answer to the first, and a secret is shown only there.
  // API Gateway answers within 30 seconds: a form whose sending was stopped can be sent again then.
  const sent = new Set();
  const release = () => {
    sent.clear();
    for (const button of document.querySelectorAll(".busy")) {
      button.removeAttribute("aria-busy");
      button.classList.remove("busy");
    }
  };
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.defaultPrevented || event.target.method !== "post") return;
    if (sent.has(event.target)) {
      event.preventDefault();
      return;
    }
    sent.add(event.target);
    setTimeout(release, 30_000);
    if (!button) return;
    setTimeout(() => {
      button.setAttribute("aria-busy", "true");
      button.classList.add("busy");
    }, 400);
  });
  window.addEventListener("pageshow", release);
})();
