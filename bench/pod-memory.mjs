// Many pods in the store, the watch cache and the informers of controllers and scheduler: memory for each, and how long lists
// of them keep the event loop from other requests.
//
//   BASE=... CA=... TOKEN=... PIDS=server=1234 node bench/pod-memory.mjs 100000      (see api-server.mjs)
import { Connection, lanes, nowMs, percentile, residentMemory, sleep } from './generators/connection.mjs';

const PODS = Number(process.argv[2] ?? 100_000);
const NAMESPACES = 10;
const RUN = Date.now().toString(36);
const SMALL_READ = '/api/v1/namespaces/default';

const namespaceOf = (index) => `memory-${RUN}-${index % NAMESPACES}`;
const env = Array.from({ length: 6 }, (_, index) => ({ name: `VARIABLE_${index}`, value: `value-${index}` }));

/** A pod as a Deployment's is, of a scheduler that is not here, so that it stays as it is made. */
const pod = (index) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `p-${index}`, labels: { app: `web-${index % 100}`, 'pod-template-hash': 'abcdef1234' } },
  spec: {
    schedulerName: 'none',
    containers: [
      {
        name: 'main',
        image: 'registry.example.com/team/web:1.2.3',
        env,
        ports: [{ containerPort: 80 }],
        resources: { requests: { cpu: '100m', memory: '64Mi' } },
      },
    ],
  },
});

/** Runs `work` while small reads go on over another connection, and says how long the longest of them waited. */
async function longestWait(label, work) {
  const other = new Connection();
  const waits = [];
  let isOver = false;
  const reading = (async () => {
    while (!isOver) {
      const beganMs = nowMs();
      await other.request('GET', SMALL_READ);
      waits.push(nowMs() - beganMs);
      await sleep(1);
    }
  })();
  await sleep(300);
  const beganMs = nowMs();
  const result = await work();
  const tookMs = nowMs() - beganMs;
  isOver = true;
  await reading;
  other.close();
  const ms = (value) => `${value.toFixed(1)} ms`;
  console.log(
    `${label}: ${result} in ${ms(tookMs)}; other reads meanwhile p50 ${ms(percentile(waits, 0.5))}, longest ${ms(Math.max(...waits))}`,
  );
}

const main = new Connection();
for (let index = 0; index < NAMESPACES; index++) {
  await main.request('POST', '/api/v1/namespaces', { body: { metadata: { name: namespaceOf(index) } } });
}
await sleep(1000);
console.log(`before: ${residentMemory().join(' ')}`);
const create = (index) => main.request('POST', `/api/v1/namespaces/${namespaceOf(index)}/pods`, { body: pod(index) });
console.log(`create pods: ${await lanes(PODS, 64, create)}`);
await sleep(2000);
console.log(`with ${PODS} pods: ${residentMemory().join(' ')}`);
const list = async (path) => `${((await main.request('GET', path)).length / 1e6).toFixed(1)} MB`;
await longestWait('list of one namespace', () => list(`/api/v1/namespaces/${namespaceOf(0)}/pods`));
await longestWait('list of all by label (1 %)', () => list('/api/v1/pods?labelSelector=app%3Dweb-7'));
await longestWait('list of all by field (none)', () => list('/api/v1/pods?fieldSelector=status.phase%3DFailed'));
await longestWait('list of all', () => list('/api/v1/pods'));
console.log(`after the lists: ${residentMemory().join(' ')}`);
main.close();
