"""The OAuth and OpenID Connect endpoints, one module for each: no page, no cookie, no session.

The routes of `functions/token`, each also below `/t/<organisation>`, and at WSO2's paths (`/oauth2/token`)::

    POST /token                  `token`                 RFC 6749 section 3.2, RFC 8707, RFC 8628 section 3.4
    POST /device_authorization   `device_authorization`  RFC 8628 section 3.1
    POST /revoke                 `revocation`            RFC 7009
    POST /introspect             `introspection`         RFC 7662
    GET, POST /userinfo          `userinfo`              OpenID Connect Core section 5.3
    GET /.well-known/...         `metadata`              RFC 8414, OpenID Connect Discovery, JWKS
                                 `protected_resources`   RFC 9728
    GET /openapi.json            `description`

How a grant of a user lives, from the first request to its end::

    password ─────────────────────────┐
    code of /authorize ───────────────┤  a second use revokes the grant
    device code, approved on a page ──┤
                                      ▼
                                  ┌───────┐ ── refresh: new tokens, one conditional write ──┐
                                  │ alive │ ◀────────────────────────────────────────────────┘
                                  └───────┘ ── the spent token within the replay window: the same new tokens
                                      │
       /revoke, a spent token after the window, `ends_at`,
       or a fresh generation of user, client or organisation
                                      ▼
                                    ended: `invalid_grant` here, 401 at the gate

The order of the steps of a request that a client authenticates, each of which can only refuse::

    Router.answer                   the path, the organisation in it, the method  404, 405
    forms.parse                     form-encoded, within bounds, no name twice    400 `invalid_request`
    client_authentication.extract   exactly one method                            400 or 401
    ClientAuthenticator             secret, assertion, count of failures, origin  401, 429
    grants.issue, ...               the rule in `domain/oauth`                    400, 401
    responses.token                 JSON that no cache keeps

A refusal is an `OAuthError`. The entry point logs its reason and answers with its literal description; its status is in
`error_table`. What only some requests need is imported within functions: no start of the function waits for it.
"""
