// An API server by itself, to be loaded by the benchmarks: prints BASE, CA, TOKEN and PIDS as shell assignments.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiServer, createFront, EscalationGuard, JwtKeys } from '@kubets/apiserver';
import {
  ensurePki,
  gzipBody,
  kubeconfigFor,
  processMetrics,
  SocketForwarder,
  startHttpServer,
} from '@kubets/apiserver/node';
import { consoleLogger, hostClock, hostRandom } from '@kubets/core/node';
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

async function stop(): Promise<void> {
  await http.close();
  front.dispose();
  await server.close();
  await store.close();
  process.exit(0);
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
