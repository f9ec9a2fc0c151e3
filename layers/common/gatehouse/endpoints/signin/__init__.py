"""The pages where people sign in, consent, sign up and recover: the only place that ever shows a password field.

They need no script. A page that continues an authorization request carries it in its own query and returns to
`/authorize` with it. There is no `next` parameter, so no page redirects to an address from outside.

The states of a browser during an authorization request, each with the page that it sees::

    GET /authorize ── destination in doubt ─────────────▶ error page (RFC 6749 section 4.1.2.1: no redirect)
         │
         ├─ no session, another user, `prompt=login`, older than `max_age` ─▶ /signin ◀──▶ /recover ─▶ mail
         │                                                                    │  ◀──▶ /signup  ─▶ mail
         │ ◀──────────────── session cookie, same query ──────────────────────┘
         ├─ scopes without consent ─▶ consent page ─▶ POST /account/consent ─┐
         │ ◀─────────────────────────────────────────────────────────────────┤
         └─ code, or an error of the request ─▶ the client's redirect URI ◀──┘

The account pages: `/account`, `/account/password`, and `/account/set-password` behind the link of a mail. A mail is
sent by a job, after the answer: whether an address has an account must not be visible in the time of an answer.

The order of the steps in every handler:

1. `PageContexts.begin` finds the organisation, the cookies and the form's token.
2. `PageContext.check` refuses a form of another site. It comes before anything is read or counted.
3. `PageContexts.find_person` finds the session, which ends with the user's generation. Where a sign-in or a second
   factor is missing, `PageContexts.require_person` and `Steps.require…` raise `RedirectError`, which leads there.
4. The domain decides.
5. `pages.render` or `pages.redirect` answers. Both set the same security headers.
"""
