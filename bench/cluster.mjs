// Figures of a real cluster on this machine: warm start, API server start, pods from create to Running, memory and CPU at
// rest. Needs root, a built program (npm run build) and ends by removing the cluster it made.
//
//   node bench/cluster.mjs [pods]
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../packages/kubets/bin/kubets.mjs', import.meta.url));
const NAME = 'bench';
const PODS = Number(process.argv[2] ?? 20);
const IDLE_MS = 30_000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function kubets(...args) {
  const startMs = performance.now();
  const result = spawnSync(process.execPath, [PROGRAM, ...args, '--name', NAME], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`kubets ${args.join(' ')}: ${result.stderr}`);
  return { seconds: (performance.now() - startMs) / 1000, stdout: result.stdout, stderr: result.stderr };
}

const percentile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

/** One request as the administrator; `onLine` takes a watch's lines. */
function api(credentials, method, path, body, onLine) {
  return new Promise((resolve, reject) => {
    const call = request(
      new URL(path, credentials.server),
      { ...credentials, method, headers: { 'content-type': 'application/json' } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
          if (!onLine) return;
          const lines = text.split('\n');
          text = lines.pop();
          for (const line of lines) onLine(JSON.parse(line));
        });
        response.on('end', () => resolve(onLine ? undefined : JSON.parse(text)));
        if (onLine) resolve(() => call.destroy());
      },
    );
    call.on('error', (error) => (error.code === 'ECONNRESET' ? resolve() : reject(error)));
    call.end(body && JSON.stringify(body));
  });
}

function credentialsOf(kubeconfigPath) {
  const text = readFileSync(kubeconfigPath, 'utf8');
  const field = (name) => Buffer.from(new RegExp(`${name}: (\\S+)`).exec(text)[1], 'base64');
  const server = /server: "?([^"\n]+)/.exec(text)[1];
  return {
    server,
    ca: field('certificate-authority-data'),
    cert: field('client-certificate-data'),
    key: field('client-key-data'),
  };
}

/** Milliseconds from create to Running of pods made one after the other. */
async function podStarts(credentials) {
  const path = '/api/v1/namespaces/default/pods';
  const running = new Map();
  const list = await api(credentials, 'GET', path);
  const stop = await api(
    credentials,
    'GET',
    `${path}?watch=1&resourceVersion=${list.metadata.resourceVersion}`,
    undefined,
    ({ object }) => {
      if (object.status?.phase === 'Running' && !running.has(object.metadata.name))
        running.set(object.metadata.name, performance.now());
    },
  );
  const times = [];
  for (let i = 0; i < PODS; i++) {
    const name = `bench-${i}`;
    const containers = [{ name: 'c', image: 'busybox', imagePullPolicy: 'IfNotPresent', command: ['sleep', '3600'] }];
    const startMs = performance.now();
    await api(credentials, 'POST', path, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { containers, terminationGracePeriodSeconds: 0 },
    });
    while (!running.has(name)) await sleep(2);
    times.push(running.get(name) - startMs);
  }
  for (let i = 0; i < PODS; i++) await api(credentials, 'DELETE', `${path}/bench-${i}?gracePeriodSeconds=0`);
  stop();
  return times;
}

/** Every process of the cluster: its own programs, containerd with its shims, and the add-ons' containers. */
function processes() {
  const own = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
        return {
          pid,
          command,
          parent: stat[1],
          rssMiB: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024,
          cpuSeconds: (Number(stat[11]) + Number(stat[12])) / 100,
        };
      } catch {
        return undefined;
      }
    });
  const all = own.filter(Boolean);
  const roots = new Set(
    all
      .filter(({ command }) => command.includes(`/${NAME}/`) || command.endsWith(`--name ${NAME}`))
      .map(({ pid }) => pid),
  );
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent } of all) if (!roots.has(pid) && roots.has(parent)) grown = roots.add(pid) !== undefined;
  }
  return all.filter(({ pid }) => roots.has(pid) && pid !== String(process.pid));
}

const label = ({ command }) =>
  / (server|agent) --name/.exec(command)?.[1] ??
  (/dns\.mjs/.test(command) ? 'dns' : command.split(' ')[0].split('/').at(-1));

try {
  kubets('up', '--detach');
  kubets('down');
  const warm = kubets('up', '--detach');
  console.log(
    `warm start, exec to node Ready and DNS answering: ${warm.seconds.toFixed(1)} s (goal: under 10 s; k3d 19.9 s, kind 33.0 s, minikube 50.8 s as published)`,
  );
  console.log(
    warm.stderr
      .trim()
      .split('\n')
      .map((line) => `  ${line}`)
      .join('\n'),
  );
  const { kubeconfig } = JSON.parse(kubets('status', '--output', 'json').stdout);
  const before = processes();
  await sleep(IDLE_MS);
  const after = processes();
  const cpu =
    after.reduce((sum, item) => sum + item.cpuSeconds, 0) - before.reduce((sum, item) => sum + item.cpuSeconds, 0);
  const total = after.reduce((sum, item) => sum + item.rssMiB, 0);
  console.log(
    `at rest: ${total.toFixed(0)} MiB resident (goal: under 350), ${((cpu / IDLE_MS) * 100_000).toFixed(1)} % of one core (goal: under 3)`,
  );
  for (const item of after) console.log(`  ${label(item).padEnd(24)} ${item.rssMiB.toFixed(0).padStart(5)} MiB`);
  kubets('image', 'load', '--samples');
  const times = await podStarts(credentialsOf(kubeconfig));
  console.log(
    `pod, image present, create to Running: p50 ${percentile(times, 0.5).toFixed(0)} ms, p90 ${percentile(times, 0.9).toFixed(0)} ms over ${PODS} pods (goal: p50 under 1000)`,
  );
} finally {
  kubets('reset', '--yes');
}
