// ConfigMaps of 1 KiB against the API server at $BASE: create, get, merge patch, list, watch fan-out, deletecollection.
//
//   BASE=https://127.0.0.1:6443 CA=ca.crt TOKEN=... PIDS=server=1234 node api.mjs
import { Connection, lanes, nowMs, percentile, residentMemory, sleep } from './connection.mjs';

const VALUE = 'x'.repeat(1024);
const NAMESPACE = `bench-${Date.now().toString(36)}`;
const WATCH_LIMIT_MS = 15_000;

const pathOf = (namespace) => `/api/v1/namespaces/${namespace}/configmaps`;
const configMap = (name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { d: VALUE } });
const makeNamespace = (name) => main.request('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
const create = (connection, namespace, name) =>
  connection.request('POST', pathOf(namespace), { body: configMap(name) });

/** Over a connection of its own, so that one figure's leftovers do not weigh on the next. */
async function measure(label, { count, concurrency, run }) {
  const connection = new Connection();
  console.log(`${label}: ${await lanes(count, concurrency, (index) => run(connection, index))}`);
  connection.close();
}

async function creates() {
  await lanes(300, 8, (index) => create(main, NAMESPACE, `warm-${index}`));
  for (const [concurrency, count] of [
    [1, 1000],
    [16, 4000],
    [64, 4700],
  ]) {
    const run = (connection, index) => create(connection, NAMESPACE, `c${concurrency}-${index}`);
    await measure('create 1KiB', { count, concurrency, run });
  }
}

async function gets() {
  for (const [concurrency, count] of [
    [1, 2000],
    [16, 8000],
    [64, 8000],
  ]) {
    const run = (connection, index) => connection.request('GET', `${pathOf(NAMESPACE)}/c16-${index % 4000}`);
    await measure('get', { count, concurrency, run });
  }
}

async function patches() {
  const headers = { 'content-type': 'application/merge-patch+json' };
  const run = (connection, index) =>
    connection.request('PATCH', `${pathOf(NAMESPACE)}/c16-${index}`, { body: { data: { p: `${index}` } }, headers });
  await measure('merge-patch', { count: 3000, concurrency: 16, run });
}

async function lists() {
  for (const query of ['', '?resourceVersion=0', '?limit=500']) {
    const first = await main.request('GET', pathOf(NAMESPACE) + query);
    const times = [];
    for (let run = 0; run < 5; run++) {
      const beganMs = nowMs();
      await main.request('GET', pathOf(NAMESPACE) + query);
      times.push(nowMs() - beganMs);
    }
    const items = JSON.parse(first).items.length;
    console.log(
      `list${query}: items=${items} bytes=${first.length} 5 runs ms median=${percentile(times, 0.5).toFixed(1)}`,
    );
  }
}

async function fanOut(namespace, watchers) {
  const objects = 1000;
  const wanted = watchers * objects;
  const readers = new Connection();
  const writers = new Connection();
  const { metadata } = await main.json('GET', `${pathOf(namespace)}?limit=1`);
  let seen = 0;
  let finish;
  const finished = new Promise((resolve) => {
    finish = resolve;
  });
  const onLine = () => {
    if (++seen === wanted) finish();
  };
  const path = `${pathOf(namespace)}?watch=1&resourceVersion=${metadata.resourceVersion}`;
  const watches = Array.from({ length: watchers }, () => readers.watch(path, onLine));
  await Promise.all(watches.map(({ ready }) => ready));
  await sleep(500);
  const startMs = nowMs();
  await lanes(objects, 16, (index) => create(writers, namespace, `w${watchers}-${index}`));
  const limit = setTimeout(finish, WATCH_LIMIT_MS);
  await finished;
  clearTimeout(limit);
  const seconds = (nowMs() - startMs) / 1000;
  console.log(
    `watch fan-out: watchers=${watchers} objects=${objects} deliveries=${seen} in ${seconds.toFixed(2)}s = ${(seen / seconds).toFixed(0)} events/s`,
  );
  for (const watch of watches) watch.close();
  readers.close();
  writers.close();
}

const main = new Connection();
await makeNamespace(NAMESPACE);
await creates();
await gets();
await patches();
await lists();
await makeNamespace(`${NAMESPACE}-w`);
await fanOut(`${NAMESPACE}-w`, 1);
await fanOut(`${NAMESPACE}-w`, 100);
const startMs = nowMs();
await main.request('DELETE', pathOf(NAMESPACE));
console.log(`deletecollection of all in ns: ${((nowMs() - startMs) / 1000).toFixed(2)}s`);
console.log(residentMemory().join(' '));
main.close();
