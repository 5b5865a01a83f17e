// What extends an API server, in one program that runs as a pod: admission webhooks, a conversion webhook and an aggregated API.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const GROUP = 'flowers.example.org';
const CERTIFICATES = '/certificates';

const roses = ['gallica', 'rugosa'].map((name) => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'Rose',
  metadata: { name, namespace: 'garden' },
  color: name === 'gallica' ? 'pink' : 'white',
}));

const discovery = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: `${GROUP}/v1`,
  resources: [{ name: 'roses', singularName: 'rose', namespaced: true, kind: 'Rose', verbs: ['get', 'list'] }],
};

const schema = {
  type: 'object',
  description: 'A rose of the garden.',
  properties: { color: { type: 'string', description: 'What it looks like.' } },
  'x-kubernetes-group-version-kind': [{ group: GROUP, version: 'v1', kind: 'Rose' }],
};
const PATH = `/apis/${GROUP}/v1/namespaces/{namespace}/roses`;
const operation = (content) => ({
  get: {
    operationId: 'listRoses',
    'x-kubernetes-action': 'list',
    'x-kubernetes-group-version-kind': { group: GROUP, version: 'v1', kind: 'Rose' },
    responses: { 200: { description: 'OK', ...content } },
  },
});

const documents = {
  [`/apis/${GROUP}/v1`]: discovery,
  [`/apis/${GROUP}/v1/namespaces/garden/roses`]: {
    kind: 'RoseList',
    apiVersion: `${GROUP}/v1`,
    metadata: {},
    items: roses,
  },
  '/openapi/v2': {
    swagger: '2.0',
    info: { title: 'Flowers', version: 'v1' },
    paths: { [PATH]: operation({ schema: { $ref: '#/definitions/Rose' } }) },
    definitions: { Rose: schema },
  },
  '/openapi/v3': { paths: { [`apis/${GROUP}/v1`]: { serverRelativeURL: `/openapi/v3/apis/${GROUP}/v1?hash=1` } } },
  [`/openapi/v3/apis/${GROUP}/v1`]: {
    openapi: '3.0.0',
    info: { title: 'Flowers', version: 'v1' },
    paths: {
      [PATH]: operation({ content: { 'application/json': { schema: { $ref: '#/components/schemas/Rose' } } } }),
    },
    components: { schemas: { Rose: schema } },
  },
};

const patchOf = (operations) => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
});

const reviews = {
  '/mutate': () => patchOf([{ op: 'add', path: '/data/seen', value: 'yes' }]),
  '/validate': ({ object }) =>
    object.data?.bad
      ? { allowed: false, status: { message: 'it is bad' } }
      : { allowed: true, warnings: ['looked at'] },
  '/attach': ({ name, object }) =>
    object.kind === 'PodAttachOptions' && name === 'to-be-attached-pod'
      ? { allowed: false, status: { message: `attaching to pod '${name}' is not allowed` } }
      : { allowed: true },
};

/** v1 has `hostPort: host:port`, v2 has the two apart. */
function converted(object, apiVersion) {
  const { hostPort, host, port, ...rest } = object;
  if (apiVersion.endsWith('/v1')) return { ...rest, apiVersion, hostPort: `${host}:${port}` };
  const [name, number] = String(hostPort).split(':');
  return { ...rest, apiVersion, host: name, port: number };
}

function convert({ uid, objects, desiredAPIVersion }) {
  const convertedObjects = objects.map((object) => converted(object, desiredAPIVersion));
  return { uid, result: { status: 'Success' }, convertedObjects };
}

function answer(path, body) {
  if (path === '/convert') return { ...JSON.parse(body), response: convert(JSON.parse(body).request) };
  const review = reviews[path];
  if (!review) return documents[path];
  const { apiVersion, kind, request } = JSON.parse(body);
  return { apiVersion, kind, response: { uid: request.uid, ...review(request) } };
}

const tls = {
  cert: readFileSync(`${CERTIFICATES}/tls.crt`),
  key: readFileSync(`${CERTIFICATES}/tls.key`),
};
createServer(tls, async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const found = answer(request.url.split('?')[0], body);
  response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(found ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 }));
}).listen(8443, () => console.log('listening on port 8443'));
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
