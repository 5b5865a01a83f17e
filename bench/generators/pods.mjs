// A Deployment on fake nodes against the control plane at $BASE (no kubelet needed): how fast its pods are created and bound.
//
//   BASE=https://127.0.0.1:6443 CA=ca.crt TOKEN=... PIDS=server=1234 NODES=100 node pods.mjs 1000
import { Connection, lanes, nowMs, percentile, residentMemory, sleep } from './connection.mjs';

const REPLICAS = Number(process.argv[2] ?? 1000);
const NODES = Number(process.env.NODES ?? 100);
const NAMESPACE = `pods-${Date.now().toString(36)}`;
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const CAPACITY = { cpu: '32', memory: '256Gi', pods: '256', 'ephemeral-storage': '500Gi' };
const LIMIT_MS = 580_000;

const labels = { a: 'd' };
const container = { name: 'c', image: 'x', resources: { requests: { cpu: '10m', memory: '16Mi' } } };
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: {
    replicas: REPLICAS,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [container] } },
  },
};

function fakeNode(name, zone) {
  const nowIso = new Date().toISOString();
  const times = { lastHeartbeatTime: nowIso, lastTransitionTime: nowIso };
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', ...times };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `z${zone}` } },
    status: { capacity: CAPACITY, allocatable: CAPACITY, conditions: [ready] },
  };
}

async function makeNodes() {
  const existing = await main.json('GET', '/api/v1/nodes');
  if (existing.items.length >= NODES) return;
  await lanes(NODES, 8, async (index) => {
    const name = `fake-${index}`;
    await main.request('POST', '/api/v1/nodes', { body: fakeNode(name, index % 3), expected: [201, 409] });
    const headers = { 'content-type': 'application/merge-patch+json' };
    await main.request('PATCH', `/api/v1/nodes/${name}`, { body: { spec: { taints: null } }, headers });
  });
}

/** Follows the pods as a client does, watching again where a watch ended; resolves once all are bound. */
function followPods(resourceVersion) {
  const connection = new Connection();
  const created = new Map();
  const bound = new Map();
  let last = resourceVersion;
  let finish;
  const finished = new Promise((resolve) => {
    finish = resolve;
  });
  const onLine = (line) => {
    const text = line.toString('latin1');
    const name = /"metadata":\{"name":"([^"]+)"/.exec(text)?.[1];
    last = /"resourceVersion":"(\d+)"/.exec(text)?.[1] ?? last;
    if (!name) return;
    if (!created.has(name)) created.set(name, nowMs());
    if (bound.has(name) || !text.includes('"nodeName":"')) return;
    bound.set(name, nowMs());
    if (bound.size === REPLICAS) finish();
  };
  let isOver = false;
  const watch = () => {
    if (isOver) return undefined;
    return connection.watch(`${PODS}?watch=1&allowWatchBookmarks=true&resourceVersion=${last}`, onLine, watch);
  };
  const { ready } = watch();
  const limit = setTimeout(finish, LIMIT_MS);
  const stop = () => {
    isOver = true;
    clearTimeout(limit);
    connection.close();
  };
  return { created, bound, ready, finished, stop };
}

async function removeAll() {
  await main.request('DELETE', `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/d?propagationPolicy=Background`);
  const startMs = nowMs();
  for (let left = 1; left > 0; ) {
    await main.request('DELETE', `${PODS}?gracePeriodSeconds=0`);
    left = (await main.json('GET', `${PODS}?limit=1`)).items.length;
    if (left > 0) await sleep(200);
  }
  console.log(`all pods gone ${((nowMs() - startMs) / 1000).toFixed(1)}s after the Deployment's delete`);
  await main.request('DELETE', `/api/v1/namespaces/${NAMESPACE}`);
}

const main = new Connection();
await makeNodes();
await main.request('POST', '/api/v1/namespaces', { body: { metadata: { name: NAMESPACE } } });
// Pods need their namespace's service account, which the controllers make.
await sleep(1000);
const pods = followPods((await main.json('GET', PODS)).metadata.resourceVersion);
await pods.ready;
const startMs = nowMs();
await main.request('POST', `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`, { body: deployment });
await pods.finished;
const seconds = (nowMs() - startMs) / 1000;
pods.stop();
const waits = [...pods.bound].map(([name, boundMs]) => boundMs - pods.created.get(name));
const lastCreated = (Math.max(...pods.created.values()) - startMs) / 1000;
console.log(`created ${pods.created.size}: last ${lastCreated.toFixed(2)}s`);
console.log(
  `bound ${pods.bound.size} in ${seconds.toFixed(2)}s = ${(pods.bound.size / seconds).toFixed(1)} pods/s; create->bind p50=${percentile(waits, 0.5).toFixed(0)}ms p99=${percentile(waits, 0.99).toFixed(0)}ms`,
);
console.log(residentMemory().join(' '));
await removeAll();
main.close();
