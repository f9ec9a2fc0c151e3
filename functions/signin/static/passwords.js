/* Shows a typed password, says how hard a new one is to guess, and sends it once. The pages work without this script. */
"use strict";
(() => {
  for (const button of document.querySelectorAll("[data-shows]")) {
    const field = document.getElementById(button.dataset.shows);
    button.hidden = false;
    const show = (isShown) => {
      field.type = isShown ? "text" : "password";
      button.firstElementChild.textContent = isShown ? "Hide" : "Show";
    };
    button.addEventListener("click", () => show(field.type === "password"));
    /* Browsers offer to save what leaves as a password, and only that. */
    field.form.addEventListener("submit", () => show(false));
  }

  /* A form is sent once: the second click of a double click would prove a password that the first has just changed. */
  for (const form of document.querySelectorAll("form:has([type=password])")) {
    let isSent = false;
    form.addEventListener("submit", (event) => {
      if (isSent) event.preventDefault();
      isSent = true;
      setTimeout(() => { isSent = false; }, 30_000); /* API Gateway has answered by then */
    });
    addEventListener("pageshow", () => { isSent = false; });
  }

  const WORDS = ["Very easy to guess", "Easy to guess", "Fair", "Strong", "Very strong"];
  const COMMON = /pass(wor[dt])?|qwert[yz]|letmein|welcome|admin|iloveyou|dragon|monkey|football|sunshine|master|login|(19|20)\d\d|abc/g;

  /* Counts characters that tell something new: no repeats, no runs such as 1234, no common words, no username. */
  const weigh = (password, username) => {
    const known = username.toLowerCase().split(/[^a-z0-9]+/).filter((part) => part.length > 2);
    let text = password.toLowerCase().replace(COMMON, "\u0000");
    for (const part of known) text = text.replaceAll(part, "\u0000");
    let count = 0;
    for (let i = 0; i < text.length; i++) {
      const step = text.charCodeAt(i) - text.charCodeAt(i - 1);
      count += i > 0 && Math.abs(step) <= 1 ? 0.25 : 1;
    }
    const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((kind) => kind.test(password)).length;
    const bits = Math.min(count, new Set(text).size * 2) * (3 + kinds);
    return bits < 28 ? 0 : bits < 44 ? 1 : bits < 60 ? 2 : bits < 84 ? 3 : 4;
  };

  for (const place of document.querySelectorAll("[data-strength]")) {
    const field = document.getElementById(place.dataset.strength);
    const username = document.querySelector("[autocomplete=username]")?.value ?? "";
    const least = Number(place.dataset.least);
    field.addEventListener("input", () => {
      const missing = least - [...field.value].length;
      place.hidden = !field.value;
      const level = missing > 0 ? 0 : weigh(field.value, username);
      place.querySelector("meter").value = level + 0.5;
      place.querySelector("[role=status]").textContent =
        missing > 0 ? `${missing} more ${missing === 1 ? "character" : "characters"} needed` : WORDS[level];
    });
  }
})();
