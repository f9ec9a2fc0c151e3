/* Passkeys in the sign-in pages. Everything else on these pages works without this script. */
"use strict";
(() => {
  const form = document.getElementById("passkey");
  if (!form) return;
  const isNew = form.dataset.kind === "create";
  const message = document.getElementById("passkey-message");
  const api = window.PublicKeyCredential;
  const isSupported = api && api.parseCreationOptionsFromJSON && api.parseRequestOptionsFromJSON;
  const say = (text) => { message.textContent = text; message.hidden = !text; };
  if (!isSupported) {
    if (isNew) say("This browser cannot use passkeys. Use a current browser, or an authenticator app.");
    return;
  }
  form.hidden = false;

  const options = JSON.parse(form.dataset.options);
  let waiting = null;
  const send = (credential) => {
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.submit();
  };
  const ask = (more) => isNew
    ? navigator.credentials.create({ publicKey: api.parseCreationOptionsFromJSON(options), ...more })
    : navigator.credentials.get({ publicKey: api.parseRequestOptionsFromJSON(options), ...more });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say("");
    if (waiting) waiting.abort();
    try {
      send(await ask({}));
    } catch (error) {
      if (error.name === "InvalidStateError") say("This device has a passkey for your account already.");
      else say("No passkey was used. Try again, or continue another way.");
    }
  });

  const autofill = async () => {
    if (!form.dataset.autofill || !(await api.isConditionalMediationAvailable?.())) return;
    waiting = new AbortController();
    try {
      send(await ask({ mediation: "conditional", signal: waiting.signal }));
    } catch { /* aborted, or nothing was chosen */ }
  };
  autofill();

  /* The challenge lasts ten minutes: load the page again while nobody has typed anything. A reload of a page that
     refused a form would send that form again. */
  const seconds = Number(form.dataset.renew);
  if (seconds) setTimeout(() => {
    const fields = [...document.querySelectorAll("input:not([type=hidden])")];
    if (fields.every((field) => field.value === field.defaultValue)) location.replace(form.dataset.page);
  }, seconds * 1000);
})();
