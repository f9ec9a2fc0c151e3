"""The store's pages, rendered on the server. The store is an ordinary OAuth client of Gatehouse.

It keeps nothing: access and refresh token are in cookies that no script can read. How a browser gets them::

    GET /store/…  ─ no session ─▶ GET /store/signin ─ organisation ─▶ POST /store/signin
                                                                            │ state, code_verifier in a cookie
                                    /t/<organisation>/authorize ◀───────────┘
                                              │ code (RFC 6749 section 4.1.2)
    GET /store/…  ◀─ token cookies ─ GET /store/callback
    POST /store/signout ─▶ revoke the grant ─▶ /t/<organisation>/logout

`Site.answer` handles every request in this order:

1. Assets (style sheet, scripts, icon) need no session.
2. The five addresses above are answered without a session.
3. The route and its parameters are found; a request without a session continues at `/store/signin`.
4. The session is found by the checks of the JSON API (`endpoints.bearer`); expired access tokens are refreshed.
5. A route that needs a scope refuses callers without it.
6. A form is refused unless it carries the token of the form cookie.
7. The page's handler runs. It calls the same domain functions as the JSON API.
8. A refusal becomes a page with the status of the JSON API and a text that says what to do.
"""
