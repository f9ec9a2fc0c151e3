// The try-out console: one request from this page to the API, with the token that stands in the field.
(function () {
  "use strict";
  const form = document.getElementById("console");
  if (!form) return;
  const field = (name) => form.elements.namedItem(name);
  const status = document.getElementById("status");
  const headers = document.getElementById("headers");
  const body = document.getElementById("body");
  const curl = document.getElementById("curl");

  const quote = (text) => "'" + text.replaceAll("'", "'\\''") + "'";

  // A greedy variable, {name+}, takes several segments.
  const encode = (name, value) =>
    name.endsWith("+") ? value.split("/").map(encodeURIComponent).join("/") : encodeURIComponent(value);

  function say(text, kind) {
    status.textContent = text;
    status.className = kind;
    status.scrollIntoView({ block: "nearest" });
  }

  function request() {
    const [wanted, path] = field("operation").value.split(" ");
    const method = wanted === "ANY" ? field("method").value : wanted;
    const variables = {};
    for (const input of document.querySelectorAll("#variables input")) variables[input.dataset.name] = input.value;
    const filled = path.replace(/\{([^}]+)\}/g, (whole, name) => encode(name, variables[name] || ""));
    const query = field("query").value.replace(/^\?/, "").replaceAll("#", "%23");
    // As the browser sends it: curl encodes no spaces.
    const url = new URL(field("base").value + filled + (query ? "?" + query : "")).href;
    const sent = { Accept: "application/json" };
    const token = field("access_token").value.trim();
    if (token) sent.Authorization = "Bearer " + token;
    const content = method === "GET" || method === "HEAD" ? "" : field("content").value;
    if (content) sent["Content-Type"] = "application/json";
    return { method, url, headers: sent, content };
  }

  function show() {
    const one = request();
    const insecure = /^https:\/\/(localhost|127\.0\.0\.1)[:/]/.test(one.url) ? " -k" : "";
    // After -X HEAD, curl waits for a body.
    const parts = [one.method === "HEAD" ? "curl -I" + insecure : "curl -i" + insecure + " -X " + one.method];
    for (const [name, value] of Object.entries(one.headers)) parts.push("-H " + quote(name + ": " + value));
    if (one.content) parts.push("--data " + quote(one.content));
    parts.push(quote(one.url));
    curl.textContent = parts.join(" \\\n  ");
  }

  function ask() {
    document.getElementById("methods").hidden = !field("operation").value.startsWith("ANY ");
    const box = document.getElementById("variables");
    box.replaceChildren();
    for (const [, name] of field("operation").value.matchAll(/\{([^}]+)\}/g)) {
      const id = "variable-" + name;
      const label = document.createElement("label");
      label.htmlFor = id;
      label.textContent = name;
      const input = document.createElement("input");
      input.id = id;
      input.dataset.name = name;
      input.value = "1";
      box.append(label, input);
    }
    show();
  }

  // Another operation needs another scope: select it, and say who may call the operation.
  function need() {
    const option = field("operation").selectedOptions[0];
    const scopes = option.dataset.scopes ? option.dataset.scopes.split(" ") : [];
    document.getElementById("open-to").textContent = "Open to " + option.dataset.open + ".";
    const boxes = [...document.querySelectorAll("#scopes input")];
    const needed = boxes.filter((box) => scopes.includes(box.name.replace(/^scope /, "")));
    if (needed.length && !needed.some((box) => box.checked)) {
      for (const box of boxes) box.checked = box === needed[0];
    }
    const chosen = document.querySelector("input[name=operation]");
    if (chosen) chosen.value = option.value;
  }

  // The home ticks its last step, once for each visit of this page.
  let ticked = false;
  function tick() {
    const keys = document.getElementById("keys");
    if (ticked || !keys) return;
    ticked = true;
    const told = new URLSearchParams({ form_token: keys.form.elements.namedItem("form_token").value });
    told.set("application", keys.value.split(" ")[0]);
    fetch("/store/home/called", { method: "POST", body: told, redirect: "manual" }).catch(() => {});
  }

  form.addEventListener("input", show);
  field("operation").addEventListener("change", () => {
    need();
    ask();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.hasAttribute("aria-busy")) return; // a second click would call the API a second time
    const one = request();
    const began = performance.now();
    form.setAttribute("aria-busy", "true");
    say("Waiting for the API …", "lead");
    document.getElementById("answer").hidden = true;
    try {
      const answer = await fetch(one.url, {
        method: one.method,
        headers: one.headers,
        body: one.content || undefined,
        credentials: "omit",
        redirect: "manual",
        signal: AbortSignal.timeout(60_000),
      });
      if (answer.type === "opaqueredirect") {
        say("The API answered with a redirect. Browsers do not show where it leads.", "alert");
        return;
      }
      const text = await answer.text();
      if (answer.ok) tick();
      const took = Math.round(performance.now() - began);
      say(answer.status + " " + answer.statusText + " in " + took + " ms", answer.ok ? "done" : "alert");
      document.getElementById("answer").hidden = false;
      headers.textContent = [...answer.headers].map(([name, value]) => name + ": " + value).join("\n");
      try {
        body.textContent = JSON.stringify(JSON.parse(text), null, 2);
      } catch {
        body.textContent = text;
      }
    } catch (error) {
      const cause = "The API must allow this page's origin (CORS): " + location.origin;
      say(error.name === "TimeoutError" ? "No answer within a minute." : "No answer. " + cause, "alert");
    } finally {
      form.removeAttribute("aria-busy");
    }
  });
  ask();
  // Only this script sends the form: the browser itself would write the access token into the address of this page.
  document.getElementById("send").disabled = false;
})();
