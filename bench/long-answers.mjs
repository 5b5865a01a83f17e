// How long answers of many objects keep the server's event loop from other requests, when their first byte comes and their
// last, in every encoding. Starts a server of its own.
//
//   node bench/long-answers.mjs [pods] [runs]
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PODS = Number(process.argv[2] ?? 10_000);
const RUNS = Number(process.argv[3] ?? 7);
const SETTLE_MS = 50;
const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const METADATA = ';as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const PATH = '/api/v1/pods';
const STREAMED = '?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
const END_OF_STATE = 'k8s.io/initial-events-end';
const CASES = [
  ['JSON', '', { accept: JSON_TYPE }],
  ['JSON, gzip', '', { accept: JSON_TYPE, 'accept-encoding': 'gzip' }],
  ['JSON, indented', '?pretty=true', { accept: JSON_TYPE }],
  ['protobuf', '', { accept: PROTOBUF_TYPE }],
  ['Table', '', { accept: TABLE }],
  ['metadata, JSON', '', { accept: JSON_TYPE + METADATA }],
  ['metadata, protobuf', '', { accept: PROTOBUF_TYPE + METADATA }],
  ['by label', '?labelSelector=app', { accept: JSON_TYPE }],
  ['by field, none found', '?fieldSelector=status.phase%3DFailed', { accept: JSON_TYPE }],
  ['streamed list, JSON', STREAMED, { accept: JSON_TYPE }, END_OF_STATE],
  ['streamed list, protobuf', STREAMED, { accept: `${PROTOBUF_TYPE};stream=watch` }, END_OF_STATE],
  ['page of 500', '?limit=500', { accept: JSON_TYPE }],
];

const dir = mkdtempSync(join(process.env.DATA_DIR ?? '/var/tmp', 'kubets-long-'));
const program = new URL('api-server.mjs', import.meta.url).pathname;
const child = spawn(process.execPath, [program], {
  env: { ...process.env, DATA_DIR: dir },
  stdio: ['ignore', 'pipe', 'pipe'],
});
process.on('exit', () => child.kill());
let onReport = () => {};
createInterface(child.stderr).on('line', (line) => {
  if (line.startsWith('{')) onReport(JSON.parse(line));
});
const first = await new Promise((resolve) => createInterface(child.stdout).once('line', resolve));
for (const pair of first.split(' ')) process.env[pair.slice(0, pair.indexOf('='))] = pair.slice(pair.indexOf('=') + 1);
const { Connection, lanes, nowMs, percentile, sleep } = await import('./generators/connection.mjs');
const pid = Number(/server=(\d+)/.exec(process.env.PIDS)[1]);
const main = new Connection();

/** The longest time since the last call that the server's event loop was blocked, in milliseconds. */
const blockedMs = () =>
  new Promise((resolve) => {
    onReport = ({ blockedMaxMs }) => resolve(blockedMaxMs);
    process.kill(pid, 'SIGUSR2');
  });

const residentMiB = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

const pod = (index) => ({
  metadata: { name: `p-${index}`, labels: { app: `web-${index % 100}` } },
  spec: {
    schedulerName: 'none',
    containers: [
      {
        name: 'main',
        image: 'registry.example.com/team/web:1.2.3',
        env: Array.from({ length: 6 }, (_, at) => ({ name: `VARIABLE_${at}`, value: `value-${at}` })),
        resources: { requests: { cpu: '100m', memory: '64Mi' } },
      },
    ],
  },
});

/** One answer, read to its end or to `end`. */
function read(path, headers, end) {
  return new Promise((resolve, reject) => {
    const beganMs = nowMs();
    const authorization = `Bearer ${process.env.TOKEN}`;
    const stream = main.session.request({ ':path': path, authorization, ...headers });
    let firstMs;
    let bytes = 0;
    const finish = () => resolve({ firstMs, lastMs: nowMs() - beganMs, bytes });
    stream.on('data', (chunk) => {
      firstMs ??= nowMs() - beganMs;
      bytes += chunk.length;
      if (!end || !chunk.includes(end)) return;
      finish();
      stream.close();
    });
    stream.on('end', finish);
    stream.on('error', reject);
  });
}

async function measure([title, query, headers, end]) {
  const runs = [];
  const beforeMiB = residentMiB();
  for (let run = 0; run < RUNS; run++) {
    await sleep(SETTLE_MS);
    await blockedMs();
    const answer = await read(PATH + query, headers, end);
    await sleep(SETTLE_MS);
    runs.push({ ...answer, blockedMs: await blockedMs() });
  }
  const median = (name) =>
    percentile(
      runs.map((each) => each[name]),
      0.5,
    );
  const blocked = runs.map((each) => each.blockedMs);
  const size = `${(runs[0].bytes / 1e6).toFixed(1)} MB`.padStart(8);
  const times = `first byte ${median('firstMs').toFixed(1)} ms, last ${median('lastMs').toFixed(1)} ms`;
  const turns = `longest turn ${Math.min(...blocked)}-${Math.max(...blocked)} ms (median ${percentile(blocked, 0.5)})`;
  console.log(
    `${title.padEnd(24)} ${size}  ${times}; ${turns}; memory ${(residentMiB() - beforeMiB).toFixed(0)} MiB more`,
  );
}

await main.request('POST', '/api/v1/namespaces', { body: { metadata: { name: 'long' } } });
await main.request('POST', '/api/v1/namespaces/long/serviceaccounts', { body: { metadata: { name: 'default' } } });
await lanes(PODS, 64, (index) => main.request('POST', '/api/v1/namespaces/long/pods', { body: pod(index) }));
for (const each of CASES) await measure(each);
main.close();
child.kill();
await new Promise((resolve) => child.once('exit', resolve));
rmSync(dir, { recursive: true, force: true });
