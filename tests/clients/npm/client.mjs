// Widely used npm clients in their documented default configuration. Each flow is one process: it reads what is asked
// as JSON from its only argument, and prints one JSON line. Flows with a browser in the middle are two processes.

import { Auth } from '@auth/core'
import { JwtVerifier } from 'aws-jwt-verify'
import * as jose from 'jose'
import * as openid from 'openid-client'
import OpenIDConnectStrategy from 'passport-openidconnect'
import { AuthorizationCode, ClientCredentials, ResourceOwnerPassword } from 'simple-oauth2'

const asked = JSON.parse(process.argv[2])
const url = path => `${asked.issuer}${path}`

async function call(token) {
  const answer = await fetch(`${asked.orders_url}/orders`, { headers: { Authorization: `Bearer ${token}` } })
  return answer.status
}

const simple = {
  client: { id: asked.client_id, secret: asked.client_secret },
  auth: { tokenHost: asked.issuer, tokenPath: '/token', revokePath: '/revoke' },
}
const simpleCode = { ...simple, auth: { ...simple.auth, authorizePath: '/authorize' } }

function passport(session, finish) {
  const strategy = new OpenIDConnectStrategy(
    {
      issuer: asked.issuer,
      authorizationURL: url('/authorize'),
      tokenURL: url('/token'),
      userInfoURL: url('/userinfo'),
      clientID: asked.client_id,
      clientSecret: asked.client_secret,
      callbackURL: asked.redirect_uri,
      scope: 'profile email',
    },
    (issuer, profile, done) => done(null, { issuer, ...profile }),
  )
  const run = Object.create(strategy)
  run.redirect = location => finish({ url: location, session })
  run.success = user => finish({ user })
  run.fail = (challenge, status) => finish({ failed: challenge ?? status })
  run.error = error => finish({ failed: String(error) })
  return run
}

const authConfig = {
  providers: [
    {
      id: 'gatehouse',
      name: 'Gatehouse',
      type: 'oidc',
      issuer: asked.issuer,
      clientId: asked.client_id,
      clientSecret: asked.client_secret,
    },
  ],
  secret: 'a-secret-of-the-test-application-only',
  trustHost: true,
  basePath: '/auth',
  callbacks: { session: ({ session, token }) => ({ ...session, subject: token.sub }) },
}

function jar(cookies, answer) {
  for (const line of answer.headers.getSetCookie()) {
    const [pair] = line.split(';')
    const at = pair.indexOf('=')
    cookies[pair.slice(0, at)] = pair.slice(at + 1)
  }
  return cookies
}

const header = cookies => Object.entries(cookies).map(([name, value]) => `${name}=${value}`).join('; ')

const flows = {
  async simplePassword() {
    const first = await new ResourceOwnerPassword(simple).getToken({
      username: asked.username, password: asked.password, scope: 'read update',
    })
    const second = await first.refresh()
    const status = await call(second.token.access_token)
    await second.revokeAll()
    return { scope: second.token.scope, status, differs: first.token.access_token !== second.token.access_token }
  },

  async simpleClientCredentials() {
    const issued = await new ClientCredentials(simple).getToken({ scope: 'read' })
    return { scope: issued.token.scope, status: await call(issued.token.access_token), expired: issued.expired() }
  },

  async simpleCodeUrl() {
    return { url: new AuthorizationCode(simpleCode).authorizeURL({ redirect_uri: asked.redirect_uri, scope: 'read', state: 's' }) }
  },

  async simpleCode() {
    const code = new URL(asked.answer).searchParams.get('code')
    const issued = await new AuthorizationCode(simpleCode).getToken({ code, redirect_uri: asked.redirect_uri, scope: 'read' })
    return { scope: issued.token.scope, status: await call(issued.token.access_token) }
  },

  async openidUrl() {
    const config = await openid.discovery(new URL(asked.issuer), asked.client_id, asked.client_secret)
    const verifier = openid.randomPKCECodeVerifier()
    const challenge = await openid.calculatePKCECodeChallenge(verifier)
    const location = openid.buildAuthorizationUrl(config, {
      redirect_uri: asked.redirect_uri, scope: 'openid profile read offline_access', code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    return { url: location.href, verifier }
  },

  async openid() {
    const config = await openid.discovery(new URL(asked.issuer), asked.client_id, asked.client_secret)
    const tokens = await openid.authorizationCodeGrant(config, new URL(asked.answer), { pkceCodeVerifier: asked.begun.verifier })
    const sub = tokens.claims().sub
    const userinfo = await openid.fetchUserInfo(config, tokens.access_token, sub)
    const again = await openid.refreshTokenGrant(config, tokens.refresh_token, { scope: 'openid profile read offline_access' })
    const seen = await openid.tokenIntrospection(config, again.access_token)
    await openid.tokenRevocation(config, again.refresh_token)
    const gone = await openid.tokenIntrospection(config, again.access_token)
    return { sub, userinfo: userinfo.sub, scope: again.scope, active: [seen.active, gone.active] }
  },

  async authUrl() {
    const cookies = {}
    const begun = await Auth(new Request(`${asked.app}/auth/csrf`), authConfig)
    jar(cookies, begun)
    const { csrfToken } = await begun.json()
    const answer = await Auth(
      new Request(`${asked.app}/auth/signin/gatehouse`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', cookie: header(cookies) },
        body: new URLSearchParams({ csrfToken, callbackUrl: asked.app }),
      }),
      authConfig,
    )
    return { url: answer.headers.get('location'), cookies: jar(cookies, answer) }
  },

  async auth() {
    const cookies = asked.begun.cookies
    const answer = await Auth(new Request(asked.answer, { headers: { cookie: header(cookies) } }), authConfig)
    jar(cookies, answer)
    const session = await Auth(new Request(`${asked.app}/auth/session`, { headers: { cookie: header(cookies) } }), authConfig)
    return { location: answer.headers.get('location'), session: await session.json() }
  },

  async passportUrl() {
    const session = {}
    return new Promise(finish => passport(session, finish).authenticate({ query: {}, session }, {}))
  },

  async passport() {
    const query = Object.fromEntries(new URL(asked.answer).searchParams)
    const { session } = asked.begun
    return new Promise(finish => passport(session, finish).authenticate({ query, session, body: {} }, {}))
  },

  async awsJwtVerify() {
    const access = JwtVerifier.create({ issuer: asked.issuer, audience: asked.issuer, jwksUri: url('/.well-known/jwks.json') })
    const claims = await access.verify(asked.token)
    return { sub: claims.sub, scope: claims.scope }
  },

  async jose() {
    const keys = jose.createRemoteJWKSet(new URL(url('/.well-known/jwks.json')))
    const { payload } = await jose.jwtVerify(asked.token, keys, { issuer: asked.issuer, audience: asked.issuer, typ: 'at+jwt' })
    return { sub: payload.sub, scope: payload.scope }
  },
}

console.log(JSON.stringify(await flows[asked.flow]()))
