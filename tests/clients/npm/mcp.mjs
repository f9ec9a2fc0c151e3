// The official MCP clients with nothing but a server's URL. One process plays one client: it prints JSON lines, and reads
// from its input where the user's browser was sent back to.

import readline from 'node:readline/promises'

const asked = JSON.parse(process.argv[2])
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const say = message => console.log(JSON.stringify(message))
const hear = async () => (await lines.next()).value

const { Client, StreamableHTTPClientTransport } =
  asked.package === '@modelcontextprotocol/client'
    ? await import('@modelcontextprotocol/client')
    : {
        ...(await import('@modelcontextprotocol/sdk/client/index.js')),
        ...(await import('@modelcontextprotocol/sdk/client/streamableHttp.js')),
      }

class Provider {
  kept = {}
  redirectUrl = 'http://127.0.0.1:4712/callback'
  clientMetadata = {
    client_name: 'Agent',
    redirect_uris: [this.redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  }
  clientMetadataUrl = asked.document
  state = () => 'of-the-test'
  clientInformation = () => this.kept.client
  saveClientInformation = client => void (this.kept.client = client)
  tokens = () => this.kept.tokens
  saveTokens = tokens => void (this.kept.tokens = tokens)
  saveCodeVerifier = verifier => void (this.kept.verifier = verifier)
  codeVerifier = () => this.kept.verifier
  redirectToAuthorization = url => void (this.kept.authorize = url.href)
  saveDiscoveryState = found => void (this.kept.found = found)
  discoveryState = () => this.kept.found
}

const provider = new Provider()
let transport

async function connect() {
  transport = new StreamableHTTPClientTransport(new URL(asked.url), { authProvider: provider })
  const client = new Client({ name: 'agent', version: '1' })
  await client.connect(transport)
  return client
}

// Do something, and send the user to the browser as often as the client wants to.
async function attempt(act, rounds = 2) {
  try {
    return await act()
  } catch (error) {
    if (!provider.kept.authorize || !rounds) throw error
    say({ authorize: provider.kept.authorize })
    delete provider.kept.authorize
    const back = new URL(await hear()).searchParams
    await (asked.package === '@modelcontextprotocol/client'
      ? transport.finishAuth(back)
      : transport.finishAuth(back.get('code')))
    return attempt(act, rounds - 1)
  }
}

let client = await attempt(connect)
const { tools } = await client.listTools()
await client.callTool({ name: 'list_orders', arguments: {} })
const first = provider.kept.tokens
let created
if (asked.steps_up) {
  created = await attempt(() => client.callTool({ name: 'create_order', arguments: { item: 'tea' } }))
}
const before = provider.kept.tokens
provider.kept.tokens = { ...before, access_token: 'an-expired-one' }
await client.callTool({ name: 'list_orders', arguments: {} })
say({
  tools: tools.map(one => one.name),
  client_id: provider.kept.client?.client_id,
  scopes: [first.scope, before.scope],
  created: created?.content[0].text ?? null,
  refreshed: provider.kept.tokens.access_token !== 'an-expired-one',
})
await hear()
// The gate repeats its answers for some seconds.
const until = Date.now() + 15_000
let isRefused = false
while (!isRefused && Date.now() < until) {
  try {
    await client.callTool({ name: 'list_orders', arguments: {} })
    await new Promise(done => setTimeout(done, 200))
  } catch {
    isRefused = true
  }
}
say({ refused: isRefused, asks: Boolean(provider.kept.authorize) })
process.exit(0)
