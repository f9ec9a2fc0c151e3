// What a strict client does with a stack, by oauth4webapi alone: it checks every answer against the RFCs
// and throws at the first that is wrong. One JSON line comes out for each flow that was asked for.

import * as oauth from 'oauth4webapi'

const asked = JSON.parse(process.argv[2])
const client = { client_id: asked.client_id }
const secret = { basic: oauth.ClientSecretBasic, post: oauth.ClientSecretPost }[asked.method]
const authentication = secret ? secret(asked.client_secret) : await privateKeyJwt(asked.private_jwk)

async function privateKeyJwt(jwk) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign'])
  return oauth.PrivateKeyJwt({ key, kid: jwk.kid })
}

async function discover(algorithm) {
  const issuer = new URL(asked.issuer)
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm }))
}

async function signIn(as, scope) {
  const parameters = { username: asked.username, password: asked.password, scope }
  const answer = await oauth.genericTokenEndpointRequest(as, client, authentication, 'password', parameters)
  return oauth.processGenericTokenEndpointResponse(as, client, answer)
}

async function introspect(as, token) {
  const answer = await oauth.introspectionRequest(as, client, authentication, token)
  return oauth.processIntrospectionResponse(as, client, answer)
}

async function revoke(as, token) {
  return oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, token))
}

async function call(token, method, path) {
  return oauth.protectedResourceRequest(token, method, new URL(asked.orders_url + path))
}

async function pollDevice(as, deviceCode) {
  const answer = await oauth.deviceCodeGrantRequest(as, client, authentication, deviceCode)
  return oauth.processDeviceCodeResponse(as, client, answer)
}

async function refusal(promise) {
  try {
    await promise
    return 'none'
  } catch (error) {
    return error.error ?? `${error.code}: ${error.cause?.[0]?.scheme} ${error.cause?.[0]?.parameters?.error ?? ''}`.trim()
  }
}

const flows = {
  async discovery() {
    const [oauth2, oidc] = [await discover('oauth2'), await discover('oidc')]
    return { issuer: oauth2.issuer, token_endpoint: oauth2.token_endpoint, same: JSON.stringify(oauth2) === JSON.stringify(oidc) }
  },

  async clientCredentials() {
    const as = await discover('oauth2')
    const answer = await oauth.clientCredentialsGrantRequest(as, client, authentication, { scope: 'read' })
    const token = await oauth.processClientCredentialsResponse(as, client, answer)
    const opened = await call(token.access_token, 'GET', '/orders')
    return { ...token, status: opened.status }
  },

  async refresh() {
    const as = await discover('oauth2')
    const first = await signIn(as, 'read update')
    const answer = await oauth.refreshTokenGrantRequest(as, client, authentication, first.refresh_token)
    const second = await oauth.processRefreshTokenResponse(as, client, answer)
    const opened = await call(second.access_token, 'GET', '/orders')
    return { differs: first.access_token !== second.access_token, scope: second.scope, status: opened.status }
  },

  async introspectionAndRevocation() {
    const as = await discover('oauth2')
    const token = await signIn(as, 'read')
    const before = await introspect(as, token.access_token)
    await revoke(as, token.refresh_token)
    const after = await introspect(as, token.access_token)
    return { before, after, gate: await refusal(call(token.access_token, 'GET', '/orders')) }
  },

  async refusals() {
    const as = await discover('oauth2')
    const wrong = oauth.ClientSecretBasic('wrong')
    const answer = await oauth.clientCredentialsGrantRequest(as, client, wrong, {})
    const token = await signIn(as, 'read')
    return {
      client: await refusal(oauth.processClientCredentialsResponse(as, client, answer)),
      user: await refusal(signIn(as, 'scope"s')),
      scope: await refusal(call(token.access_token, 'POST', '/orders')),
      token: await refusal(call('gha_nobody.knows', 'GET', '/orders')),
    }
  },

  async authorizationUrl() {
    const as = await discover('oidc')
    const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()]
    const url = new URL(as.authorization_endpoint)
    const parameters = {
      client_id: client.client_id,
      redirect_uri: asked.redirect_uri,
      response_type: 'code',
      scope: 'openid profile email read',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      max_age: '600',
      state,
      nonce,
    }
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    return { url: url.href, verifier, state, nonce }
  },

  async authorizationAnswer() {
    const as = await discover('oidc')
    const { url, verifier, state, nonce } = asked.begun
    const parameters = oauth.validateAuthResponse(as, client, new URL(asked.answer), state)
    const answer = await oauth.authorizationCodeGrantRequest(as, client, authentication, parameters, asked.redirect_uri, verifier)
    const expected = { expectedNonce: nonce, maxAge: 600, requireIdToken: true }
    const token = await oauth.processAuthorizationCodeResponse(as, client, answer, expected)
    await oauth.validateApplicationLevelSignature(as, answer)
    const claims = oauth.getValidatedIdTokenClaims(token)
    const userinfo = await oauth.processUserInfoResponse(as, client, claims.sub, await oauth.userInfoRequest(as, client, token.access_token))
    return { claims, userinfo, scope: token.scope, asked: url }
  },

  async deviceAuthorization() {
    const as = await discover('oidc')
    const answer = await oauth.deviceAuthorizationRequest(as, client, authentication, { scope: 'openid offline_access read' })
    const begun = await oauth.processDeviceAuthorizationResponse(as, client, answer)
    return { ...begun, pending: await refusal(pollDevice(as, begun.device_code)), fast: await refusal(pollDevice(as, begun.device_code)) }
  },

  async deviceCode() {
    const as = await discover('oidc')
    const token = await pollDevice(as, asked.device_code)
    const opened = await call(token.access_token, 'GET', '/orders')
    const again = await refusal(pollDevice(as, asked.device_code))
    return { scope: token.scope, claims: oauth.getValidatedIdTokenClaims(token), status: opened.status, again }
  },

  async jwtAccessToken() {
    const as = await discover('oauth2')
    const token = await signIn(as, 'read')
    const headers = { authorization: `Bearer ${token.access_token}` }
    const request = new Request(`${asked.orders_url}/orders`, { headers })
    return oauth.validateJwtAccessToken(as, request, asked.issuer)
  },
}

console.log(JSON.stringify(await flows[asked.flow]()))
