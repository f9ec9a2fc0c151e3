// node oidc-provider: with everything in memory, and on DynamoDB by AWS's SDK. Called through light-my-request.

import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.BENCH_NODE}/package.json`);
const load = async (name) => import(pathToFileURL(require.resolve(name)));
const { Provider } = await load('oidc-provider');
const { default: inject } = await load('light-my-request');
const { DynamoDBClient } = await load('@aws-sdk/client-dynamodb');
const { DynamoDBDocumentClient, GetCommand, PutCommand, DeleteCommand } = await load('@aws-sdk/lib-dynamodb');

const table = process.env.GRANTS_TABLE;
const dynamodb = DynamoDBDocumentClient.from(
  new DynamoDBClient({ endpoint: process.env.AWS_ENDPOINT_URL_DYNAMODB, region: process.env.AWS_REGION }),
  { marshallOptions: { removeUndefinedValues: true } },
);

class DynamoAdapter {
  constructor(name) { this.name = name; }
  key(id) { return { pk: `${this.name}#${id}` }; }
  async upsert(id, payload, expiresIn) {
    await dynamodb.send(new PutCommand({
      TableName: table, Item: { ...this.key(id), payload, expires_at: Math.floor(Date.now() / 1000) + expiresIn },
    }));
  }
  async find(id) {
    const { Item } = await dynamodb.send(new GetCommand({ TableName: table, Key: this.key(id), ConsistentRead: true }));
    return Item?.payload;
  }
  async findByUid() { return undefined; }
  async findByUserCode() { return undefined; }
  async consume() {}
  async destroy(id) { await dynamodb.send(new DeleteCommand({ TableName: table, Key: this.key(id) })); }
  async revokeByGrantId() {}
}

const provider = new Provider('https://auth.example', {
  ...(process.env.BENCH_STORE === 'dynamodb' && { adapter: DynamoAdapter }),
  clients: [{
    client_id: 'node-client', client_secret: 'ksdSdoefDDP7wpaElfqvmjDue', grant_types: ['client_credentials'],
    redirect_uris: [], response_types: [],
  }],
  scopes: ['read', 'update'],
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    devInteractions: { enabled: false },
  },
});
provider.proxy = true;
provider.on('server_error', (_ctx, error) => console.error(error));
const callback = provider.callback();

const headers = {
  'content-type': 'application/x-www-form-urlencoded',
  host: 'auth.example',
  'x-forwarded-proto': 'https',
  authorization: `Basic ${Buffer.from('node-client:ksdSdoefDDP7wpaElfqvmjDue').toString('base64')}`,
};
const post = async (url, form) => {
  const answer = await inject(callback, { method: 'POST', url, headers, payload: new URLSearchParams(form).toString() });
  if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${answer.payload}`);
  return JSON.parse(answer.payload);
};
const issue = () => post('/token', { grant_type: 'client_credentials', scope: 'read' });
const token = (await issue()).access_token;
const scenarios = {
  client_credentials: issue,
  introspection: async () => {
    if (!(await post('/token/introspection', { token })).active) throw new Error('not active');
  },
};

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
say({ scenarios: Object.keys(scenarios), facts: {} });
for await (const line of createInterface({ input: process.stdin })) {
  const wanted = JSON.parse(line);
  const started = process.cpuUsage();
  for (let number = 0; number < wanted.requests; number += 1) await scenarios[wanted.scenario]();
  const { user, system } = process.cpuUsage(started);
  say({ requests: wanted.requests, cpu_ms: (user + system) / 1000 / wanted.requests });
}
