// An OpenID provider that is not ours, npm's oidc-provider, for the local stack. It signs in any name with any password.
//
//     node provider.mjs '{"issuer": …, "port": …, "certificate": …, "key": …, "client": {…}}'
//
// POST /control lets tests misbehave: {"rotate": true} uses another key; {"down": "/token"} answers nothing below a path;
// {"claims": {"nonce": "x"}} changes ID tokens; {"sidOnly": true} names no person in logout tokens; {"holds": true} shows
// where a browser would go back to instead of sending it there.

import { readFileSync } from "node:fs";
import { createServer } from "node:https";

import { SignJWT, decodeJwt, exportJWK, generateKeyPair, importJWK } from "jose";
import Provider from "oidc-provider";

const FETCH_MS = 20_000;
const given = JSON.parse(process.argv[2]);
const control = { down: "", claims: {}, sidOnly: false, holds: false };
let answer;
let key;

async function newKey() {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: `key-${Date.now()}`, alg: "RS256", use: "sig" };
}

async function sign(token, changes, typ) {
  const claims = Object.entries({ ...decodeJwt(token), ...changes }).filter(([, value]) => value !== null);
  const header = { alg: "RS256", kid: key.kid, typ };
  return new SignJWT(Object.fromEntries(claims)).setProtectedHeader(header).sign(await importJWK(key, "RS256"));
}

function describe(_, sub) {
  const email = sub.includes("@") ? sub : `${sub}@example.com`;
  return { accountId: sub, claims: () => ({ sub, email, email_verified: true, name: sub.split("@")[0] }) };
}

async function fetchLocally(url, { dispatcher, signal, ...options }) {
  // The library refuses loopback addresses and waits 2.5 seconds, less than the first call of a function takes.
  if (control.sidOnly && options.body instanceof URLSearchParams) {
    const token = options.body.get("logout_token");
    options.body = new URLSearchParams({ logout_token: await sign(token, { sub: null }, "logout+jwt") });
  }
  return fetch(url, { ...options, signal: AbortSignal.timeout(FETCH_MS) });
}

async function start() {
  key = await newKey();
  const provider = new Provider(given.issuer, {
    clients: [given.client],
    claims: { openid: ["sub", "sid"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: ["local"] },
    features: { backchannelLogout: { enabled: true } },
    fetch: fetchLocally,
    findAccount: describe,
    jwks: { keys: [key] },
  });
  provider.use(async (context, next) => {
    await next();
    const location = context.response.get("location");
    if (control.holds && location?.startsWith(given.client.redirect_uris[0])) {
      context.status = 200;
      context.response.remove("location");
      context.type = "text/plain";
      context.body = location;
    }
    if (context.path === "/token" && context.body?.id_token && Object.keys(control.claims).length) {
      context.body = { ...context.body, id_token: await sign(context.body.id_token, control.claims, "JWT") };
    }
  });
  provider.on("backchannel.success", (_, client) => console.log(`told ${client.clientId} of a sign-out`));
  provider.on("backchannel.error", (_, error) => console.log(`cannot tell of a sign-out: ${error.message}`));
  provider.on("server_error", (_, error) => console.log(error));
  answer = provider.callback();
}

async function obey(request, response) {
  let text = "";
  for await (const part of request) text += part;
  const { rotate, ...changes } = JSON.parse(text);
  if (rotate) await start();
  Object.assign(control, changes);
  response.end("{}");
}

await start();
const tls = { cert: readFileSync(given.certificate), key: readFileSync(given.key) };
const server = createServer(tls, (request, response) => {
  if (request.url === "/control" && request.method === "POST") return obey(request, response);
  return control.down && request.url.startsWith(control.down) ? request.socket.destroy() : answer(request, response);
});
server.listen(given.port, "127.0.0.1", () => console.log(`${given.issuer} answers on port ${given.port}`));
