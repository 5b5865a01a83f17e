// An API server to be loaded by the benchmarks, with controllers and scheduler in the same process when CONTROLLERS=1, as
// `kubets server` has them. Prints BASE, CA, TOKEN and PIDS as shell assignments; SIGUSR2 prints the longest time the event
// loop was blocked since the last one, and the memory.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createApiServer, createFront, EscalationGuard, JwtKeys } from '@kubets/apiserver';
import {
  ensurePki,
  gzipBody,
  kubeconfigFor,
  processMetrics,
  SocketForwarder,
  startHttpServer,
} from '@kubets/apiserver/node';
import { createClient, InformerFactory } from '@kubets/client';
import { startControllers } from '@kubets/controllers';
import { consoleLogger, hostClock, hostRandom } from '@kubets/core/node';
import { startScheduler } from '@kubets/scheduler';
import { memoryStore } from '@kubets/storage';
import { lmdbStore } from '@kubets/storage/node';

const startedMs = hostClock.monotonicMs();
const dir = process.env.DATA_DIR ?? mkdtempSync(join(tmpdir(), 'kubets-bench-'));
const clock = hostClock;
const random = hostRandom;
const logger = consoleLogger((process.env.LOG_LEVEL as 'info' | undefined) ?? 'warn');
const pki = ensurePki({ dir: join(dir, 'pki') });
const store =
  process.env.STORE === 'memory' ? memoryStore({ clock }) : await lmdbStore({ path: join(dir, 'db'), clock });
const escalationGuard = new EscalationGuard();
const server = await createApiServer({ store, clock, random, logger, admission: [escalationGuard] });
const token = hostRandom.uuid();
const processFamilies = processMetrics(clock);
const admin = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
const front = await createFront({
  server,
  clock,
  random,
  logger,
  keys: await JwtKeys.fromPem(pki.serviceAccountKey),
  issuer: 'https://kubernetes.default.svc.cluster.local',
  tokens: new Map([[token, admin]]),
  gzip: gzipBody,
  escalationGuard,
  metrics: () => processFamilies,
  forwarder: new SocketForwarder({ client: pki.apiserverKubeletClient, ca: pki.ca.cert, clock }),
});
const http = await startHttpServer({
  server: front.frontDoor,
  host: '127.0.0.1',
  port: Number(process.env.PORT ?? 0),
  tls: { ...pki.apiserver, clientCa: pki.ca.cert, frontProxyCa: pki.frontProxyCa.cert },
  clock,
  logger,
});
const base = `https://127.0.0.1:${http.port}`;
writeFileSync(
  join(dir, 'admin.kubeconfig'),
  kubeconfigFor({ cluster: 'bench', user: 'admin', server: base, ca: pki.ca.cert, credential: pki.admin }),
  { mode: 0o600 },
);
console.log(`BASE=${base} CA=${join(pki.dir, 'ca.crt')} TOKEN=${token} PIDS=server=${process.pid}`);
console.log(`KUBECONFIG=${join(dir, 'admin.kubeconfig')}`);
console.error(
  `ready after ${(hostClock.monotonicMs() - startedMs).toFixed(0)} ms, ${hostClock.monotonicMs().toFixed(0)} ms after exec`,
);

const parts: { dispose(): unknown }[] = [];
if (process.env.CONTROLLERS) {
  const client = createClient(server.localTransport());
  const host = { client, clock, random, logger };
  const informers = new InformerFactory(host);
  parts.push(informers, await startControllers({ ...host, informers, options: { rootCa: pki.ca.cert } }));
  parts.push(await startScheduler({ ...host, informers }));
  console.error(`controllers and scheduler ready, ${hostClock.monotonicMs().toFixed(0)} ms after exec`);
}
reportOnDemand();

function reportOnDemand(): void {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  process.on('SIGUSR2', () => {
    const blocked = { maxMs: delay.max / 1e6 - 1, p999Ms: delay.percentile(99.9) / 1e6 - 1 };
    global.gc?.();
    const mib = (bytes: number) => Math.round(bytes / 2 ** 20);
    const { rss, heapUsed, heapTotal, arrayBuffers } = process.memoryUsage();
    console.error(
      JSON.stringify({
        blockedMaxMs: Math.round(blocked.maxMs),
        blockedP999Ms: Math.round(blocked.p999Ms),
        rssMiB: mib(rss),
        heapUsedMiB: mib(heapUsed),
        heapTotalMiB: mib(heapTotal),
        buffersMiB: mib(arrayBuffers),
      }),
    );
    delay.reset();
  });
}

async function stop(): Promise<void> {
  for (const part of parts.reverse()) await part.dispose();
  await http.close();
  front.dispose();
  await server.close();
  await store.close();
  process.exit(0);
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
