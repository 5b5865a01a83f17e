// The verbs without HTTP: operations per second over each store, and the memory of many pods. Prints a table.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigMap, Pod } from '@kubets/api';
import { type ApiServer, createApiServer } from '@kubets/apiserver';
import { hostClock, hostRandom } from '@kubets/core/node';
import { memoryStore, type Store } from '@kubets/storage';
import { lmdbStore } from '@kubets/storage/node';

const clock = hostClock;
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const PODS = { group: '', version: 'v1', resource: 'pods' };
const user = { name: 'bench', groups: ['system:masters'] };
const base = { namespace: 'default', name: '', subresource: '', options: { fieldManager: 'bench' }, user };

const configMap = (name: string) =>
  ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', labels: { app: 'bench' } },
    data: { value: 'x'.repeat(1024) },
  }) as unknown as ConfigMap;

async function rate(what: string, options: { count: number; lanes: number; run: (index: number) => Promise<unknown> }) {
  const startMs = clock.monotonicMs();
  let next = 0;
  const lane = async () => {
    while (next < options.count) await options.run(next++);
  };
  await Promise.all(Array.from({ length: options.lanes }, lane));
  const seconds = (clock.monotonicMs() - startMs) / 1000;
  console.log(
    `${what.padEnd(44)} ${Math.round(options.count / seconds)
      .toString()
      .padStart(9)} per s`,
  );
}

async function time(what: string, run: () => Promise<unknown>) {
  const startMs = clock.monotonicMs();
  await run();
  console.log(`${what.padEnd(44)} ${(clock.monotonicMs() - startMs).toFixed(1).padStart(9)} ms`);
}

async function verbs(name: string, server: ApiServer) {
  const create = (prefix: string) => (index: number) =>
    server.handle({ ...base, verb: 'create', resource: CONFIG_MAPS, body: configMap(`${prefix}-${index}`) });
  for (const lanes of [1, 16, 64]) {
    await rate(`${name}: create 1 KiB, concurrency ${lanes}`, {
      count: lanes === 1 ? 1000 : 8000,
      lanes,
      run: create(`c${lanes}`),
    });
  }
  const get = (index: number) =>
    server.handle({ ...base, verb: 'get', resource: CONFIG_MAPS, name: `c64-${index % 8000}` });
  await rate(`${name}: get, concurrency 16`, { count: 50_000, lanes: 16, run: get });
  const patch = (index: number) =>
    server.handle({
      ...base,
      verb: 'patch',
      patchType: 'merge',
      resource: CONFIG_MAPS,
      name: `c64-${index % 8000}`,
      body: { data: { value: `${index}` } },
    });
  await rate(`${name}: merge patch, concurrency 16`, { count: 8000, lanes: 16, run: patch });
  await time(`${name}: list 17,000`, () => server.handle({ ...base, verb: 'list', resource: CONFIG_MAPS }));
  await time(`${name}: list 17,000 by label`, () =>
    server.handle({ ...base, verb: 'list', resource: CONFIG_MAPS, options: { labelSelector: 'app=other' } }),
  );
  await time(`${name}: encode a list of 17,000`, async () => {
    const result = await server.handle({ ...base, verb: 'list', resource: CONFIG_MAPS });
    if (result.type === 'list') for (const item of result.items) item.encoded('json');
  });
  let seen = 0;
  for (let i = 0; i < 100; i++) {
    server.watch(
      { ...base, verb: 'watch', resource: CONFIG_MAPS, options: { resourceVersion: String(await latest(server)) } },
      {
        onEvents: (events) => {
          for (const event of events) seen += event.frame('json').length > 0 ? 1 : 0;
        },
        onEnd() {},
      },
    );
  }
  await clock.sleep(50);
  const startMs = clock.monotonicMs();
  await rate(`${name}: create with 100 watchers`, { count: 2000, lanes: 16, run: create('w') });
  console.log(
    `${`${name}: events delivered`.padEnd(44)} ${Math.round((seen / (clock.monotonicMs() - startMs)) * 1000)
      .toString()
      .padStart(9)} per s`,
  );
  await time(`${name}: deletecollection of 19,000`, () =>
    server.handle({ ...base, verb: 'deletecollection', resource: CONFIG_MAPS }),
  );
}

async function latest(server: ApiServer): Promise<string> {
  const result = await server.handle({ ...base, verb: 'list', resource: CONFIG_MAPS, options: { limit: 1 } });
  return result.type === 'list' ? result.metadata.resourceVersion! : '0';
}

function pod(name: string): Pod {
  const env = Array.from({ length: 6 }, (_, i) => ({ name: `VARIABLE_${i}`, value: `value-${i}` }));
  const container = {
    name: 'main',
    image: 'registry.example.com/team/web:1.2.3',
    env,
    ports: [{ containerPort: 80 }],
    resources: { requests: { cpu: '100m', memory: '64Mi' } },
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'web', 'pod-template-hash': 'abc' } },
    spec: { containers: [container] },
  } as unknown as Pod;
}

async function memory(server: ApiServer, count: number) {
  global.gc?.();
  const before = process.memoryUsage().rss;
  await rate(`lmdb: create pods, concurrency 64`, {
    count,
    lanes: 64,
    run: (index) => server.handle({ ...base, verb: 'create', resource: PODS, body: pod(`p-${index}`) }),
  });
  global.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  console.log(
    `${`memory of ${count} pods`.padEnd(44)} ${mib(rss - before)} more, ${mib(rss)} resident (heap ${mib(heapUsed)}, external ${mib(external)})`,
  );
  let maxMs = 0;
  let lastMs = clock.monotonicMs();
  let isDone = false;
  const watchLoop = async () => {
    while (!isDone) {
      await clock.sleep(1);
      maxMs = Math.max(maxMs, clock.monotonicMs() - lastMs - 1);
      lastMs = clock.monotonicMs();
    }
  };
  const watching = watchLoop();
  await time(`list ${count} pods by label`, () =>
    server.handle({ ...base, verb: 'list', resource: PODS, options: { labelSelector: 'app=other' } }),
  );
  isDone = true;
  await watching;
  console.log(`${'longest time without other work'.padEnd(44)} ${maxMs.toFixed(1).padStart(9)} ms`);
}

const dir = mkdtempSync(join(process.env.DATA_DIR ?? '/var/tmp', 'kubets-bench-'));
const stores: Record<string, () => Promise<Store> | Store> = {
  memory: () => memoryStore({ clock }),
  lmdb: () => lmdbStore({ path: join(dir, 'db'), clock }),
};
for (const [name, open] of Object.entries(stores)) {
  const store = await open();
  const server = await createApiServer({ store, clock, random: hostRandom });
  await verbs(name, server);
  if (name === 'lmdb') await memory(server, Number(process.env.PODS ?? 100_000));
  await server.close();
  await store.close();
}
rmSync(dir, { recursive: true, force: true });
