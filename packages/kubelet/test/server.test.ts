import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import https from 'node:https';
import { Duplex, PassThrough } from 'node:stream';
import { podKind } from '@kubets/api';
import { issueCertificate } from '@kubets/apiserver/node';
import {
  CHANNEL,
  PORT_FORWARD_TUNNEL,
  requestUpgrade,
  SpdySession,
  type UpgradedConnection,
  WebSocketReader,
  WS,
  webSocketFrame,
} from '@kubets/client/node';
import { hostClock, hostRandom } from '@kubets/core/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KubeletServer, linuxMachine, startKubeletServer } from '../src/node/index.ts';
import { until } from './cluster.ts';
import { type RealNode, realNode, whyNoContainers } from './machine.ts';

const why = whyNoContainers();
if (why) console.log(`tests with real containers are left out: ${why}`);

const SLEEP = 'trap "exit 0" TERM; while true; do sleep 0.1; done';
const yearMs = 365 * 86_400_000;

describe.skipIf(why)('the kubelet server', () => {
  let real: RealNode;
  let server: KubeletServer;
  const ports = { clock: hostClock, random: hostRandom };
  const ca = issueCertificate({ commonName: 'test-ca', usage: 'authority', validMs: yearMs }, ports);
  const serving = issueCertificate(
    { commonName: 'node-1', usage: 'server', hosts: ['127.0.0.1'], validMs: yearMs },
    { issuer: ca, ...ports },
  );
  const admin = issueCertificate(
    { commonName: 'kube-apiserver', usage: 'client', validMs: yearMs },
    { issuer: ca, ...ports },
  );
  const nobody = issueCertificate({ commonName: 'nobody', usage: 'client', validMs: yearMs }, { issuer: ca, ...ports });
  const tls = { ca: ca.cert, cert: admin.cert, key: admin.key };

  beforeAll(async () => {
    real = await realNode(2);
    const { kubelet } = real.node();
    const { client, clock, logger } = real.cluster;
    server = await startKubeletServer({
      kubelet,
      client,
      clock,
      logger,
      machine: await linuxMachine({ nodefsDir: '/', imagefsDir: '/' }),
      tls: { cert: serving.cert, key: serving.key, clientCa: ca.cert },
      host: '127.0.0.1',
      port: 0,
      trustedUsers: ['kube-apiserver'],
    });
    await real.cluster.createPod('web', {
      containers: [
        {
          name: 'main',
          image: 'busybox',
          imagePullPolicy: 'IfNotPresent',
          command: [
            'sh',
            '-c',
            `echo one; echo two; mkdir /www; echo page > /www/index.html; httpd -p 8080 -h /www; ${SLEEP}`,
          ],
          readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1 },
          stdin: true,
        },
      ],
    });
    await until(async () => (await real.cluster.pod('web')).status?.containerStatuses?.[0]?.ready, 'web ready');
  }, 60_000);
  afterAll(async () => {
    await server?.dispose();
    await real?.remove();
  }, 60_000);

  const base = () => `https://127.0.0.1:${server.port}`;

  function get(path: string, credentials: object = tls): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      https
        .get(`${base()}${path}`, { ca: ca.cert, ...credentials, agent: false }, (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (text) => {
            body += text;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        })
        .on('error', reject);
    });
  }

  const webSocket = (path: string, protocol: string) =>
    requestUpgrade({
      url: `${base()}${path}`,
      protocol: 'websocket',
      tls,
      headers: {
        'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Protocol': protocol,
      },
    });

  const send = (connection: UpgradedConnection, channel: number, content: string | Buffer) =>
    connection.socket.write(
      webSocketFrame(WS.binary, Buffer.concat([Buffer.from([channel]), Buffer.from(content)]), randomBytes(4)),
    );

  /** What came on each channel until the connection ended. */
  async function channels(connection: UpgradedConnection): Promise<Record<number, string>> {
    const reader = new WebSocketReader();
    const texts: Record<number, string> = {};
    const take = (chunk: Buffer) => {
      for (const { opcode, payload } of reader.push(chunk)) {
        if (opcode === WS.binary) texts[payload[0]!] = (texts[payload[0]!] ?? '') + payload.subarray(1).toString();
        if (opcode === WS.close) connection.socket.end();
      }
    };
    if (connection.head.length > 0) take(connection.head);
    connection.socket.on('data', take);
    await once(connection.socket, 'close');
    return texts;
  }

  const exec = (command: string, more = '') =>
    `/exec/default/web/main?output=1&error=1${more}${['sh', '-c', command].map((word) => `&command=${encodeURIComponent(word)}`).join('')}`;

  test('lets in who may', async () => {
    expect(await get('/healthz')).toEqual({ status: 200, body: 'ok' });
    expect((await get('/healthz', { cert: undefined })).status).toBe(401);
    expect((await get('/pods', { cert: nobody.cert, key: nobody.key })).status).not.toBe(200);
  });

  test('serves logs', async () => {
    expect(await get('/containerLogs/default/web/main')).toEqual({ status: 200, body: 'one\ntwo\n' });
    expect((await get('/containerLogs/default/web/main?tailLines=1')).body).toBe('two\n');
    expect((await get('/containerLogs/default/web/main?tailLines=1&timestamps=true')).body).toMatch(
      /^\d{4}-.*Z two\n$/,
    );
    expect((await get('/containerLogs/default/web/main?limitBytes=2')).body).toBe('on');
    expect((await get('/containerLogs/default/web/main?previous=true')).status).toBe(400);
    expect((await get('/containerLogs/default/web/other')).status).toBe(404);
  });

  test('runs commands over WebSocket v5, with the end of input and the exit code', async () => {
    const connection = await webSocket(
      exec('cat; echo oops >&2; exit 3', '&input=1'),
      'v5.channel.k8s.io, v4.channel.k8s.io',
    );
    expect(connection.headers['sec-websocket-protocol']).toBe('v5.channel.k8s.io');
    const result = channels(connection);
    send(connection, CHANNEL.stdin, 'typed');
    send(connection, CHANNEL.close, Buffer.from([CHANNEL.stdin]));
    const texts = await result;
    expect(texts[CHANNEL.stdout]).toBe('typed');
    expect(texts[CHANNEL.stderr]).toBe('oops\n');
    expect(JSON.parse(texts[CHANNEL.error] ?? '')).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    });
  });

  test('a terminal resizes', async () => {
    const connection = await webSocket(exec('stty size; sleep 0.5; stty size', '&input=1&tty=1'), 'v5.channel.k8s.io');
    const result = channels(connection);
    await hostClock.sleep(100);
    send(connection, CHANNEL.resize, JSON.stringify({ Width: 132, Height: 43 }));
    const texts = await result;
    expect(texts[CHANNEL.stdout]).toMatch(/43 132\r\n$/);
    expect(JSON.parse(texts[CHANNEL.error] ?? '')).toMatchObject({ status: 'Success' });
  });

  test('much output arrives whole', async () => {
    const connection = await webSocket(exec('seq 1 200000'), 'v5.channel.k8s.io');
    const texts = await channels(connection);
    expect(texts[CHANNEL.stdout]?.length).toBe(1_288_895);
    expect(texts[CHANNEL.stdout]?.endsWith('199999\n200000\n')).toBe(true);
  });

  test('runs commands over WebSocket v4, passed through', async () => {
    const texts = await channels(await webSocket(exec('echo four'), 'v4.channel.k8s.io'));
    expect(texts[CHANNEL.stdout]).toBe('four\n');
  });

  test('runs commands over SPDY, passed through', async () => {
    const connection = await requestUpgrade({
      url: `${base()}${exec('cat; exit 5', '&input=1')}`,
      method: 'POST',
      protocol: 'SPDY/3.1',
      tls,
      headers: { 'X-Stream-Protocol-Version': ['v4.channel.k8s.io', 'v3.channel.k8s.io'] },
    });
    const session = new SpdySession({ socket: connection.socket, head: connection.head, role: 'client' });
    const heard = { error: '', stdout: '' };
    const error = session.open({ streamType: 'error' });
    const stdin = session.open({ streamType: 'stdin' });
    const stdout = session.open({ streamType: 'stdout' });
    session.open({ streamType: 'stderr' }).listen({});
    stdout.listen({
      onData: (chunk) => {
        heard.stdout += chunk;
      },
    });
    const over = new Promise<void>((resolve) =>
      error.listen({
        onData: (chunk) => {
          heard.error += chunk;
        },
        onEnd: resolve,
        onClose: resolve,
      }),
    );
    stdin.write(Buffer.from('through'));
    stdin.end();
    await over;
    session.dispose();
    expect(heard.stdout).toBe('through');
    expect(JSON.parse(heard.error).details.causes[0].message).toBe('5');
  });

  async function page(session: SpdySession): Promise<string> {
    const headers = { port: '8080', requestid: '0' };
    session.open({ ...headers, streamtype: 'error' }).listen({});
    const data = session.open({ ...headers, streamtype: 'data' });
    let text = '';
    const over = new Promise<void>((resolve) =>
      data.listen({
        onData: (chunk) => {
          text += chunk;
        },
        onEnd: resolve,
        onClose: resolve,
      }),
    );
    data.write(Buffer.from('GET / HTTP/1.0\r\n\r\n'));
    await over;
    session.dispose();
    return text;
  }

  test('forwards ports over SPDY', async () => {
    const { socket, head } = await requestUpgrade({
      url: `${base()}/portForward/default/web`,
      method: 'POST',
      protocol: 'SPDY/3.1',
      tls,
      headers: { 'X-Stream-Protocol-Version': 'portforward.k8s.io' },
    });
    expect(await page(new SpdySession({ socket, head, role: 'client' }))).toMatch(/page\n$/);
  });

  test('forwards ports over SPDY inside a WebSocket', async () => {
    const connection = await webSocket('/portForward/default/web', PORT_FORWARD_TUNNEL);
    expect(connection.headers['sec-websocket-protocol']).toBe(PORT_FORWARD_TUNNEL);
    const inbound = new PassThrough();
    const outbound = new PassThrough();
    const reader = new WebSocketReader();
    connection.socket.on('data', (chunk: Buffer) => {
      for (const { opcode, payload } of reader.push(chunk)) if (opcode === WS.binary) inbound.write(payload);
    });
    outbound.on('data', (chunk: Buffer) => connection.socket.write(webSocketFrame(WS.binary, chunk, randomBytes(4))));
    const socket = Duplex.from({ readable: inbound, writable: outbound });
    expect(await page(new SpdySession({ socket, role: 'client' }))).toMatch(/page\n$/);
    connection.socket.destroy();
  });

  test('attaches to what runs', async () => {
    const connection = await webSocket('/attach/default/web/main?output=1&error=1', 'v5.channel.k8s.io');
    expect(connection.headers['sec-websocket-protocol']).toBe('v5.channel.k8s.io');
    connection.socket.destroy();
  });

  test('attaches to a terminal as one, whatever was asked for', async () => {
    const container = { name: 'main', image: 'busybox', imagePullPolicy: 'IfNotPresent', tty: true } as const;
    await real.cluster.createPod('terminal', { containers: [{ ...container, command: ['sh', '-c', SLEEP] }] });
    await until(async () => (await real.cluster.pod('terminal')).status?.phase === 'Running');
    const both = webSocket('/attach/default/terminal/main?output=1&error=1', 'v5.channel.k8s.io');
    await expect(both).rejects.toThrow('tty and stderr cannot both be true');
    const connection = await webSocket('/attach/default/terminal/main?output=1', 'v5.channel.k8s.io');
    connection.socket.destroy();
    await real.cluster.client.resource(podKind).delete('default', 'terminal', { gracePeriodSeconds: 0 });
    await until(() => real.node().kubelet.pods().length === 1);
  });

  test('tells figures', async () => {
    const summary = JSON.parse((await get('/stats/summary')).body);
    expect(summary.pods[0].podRef).toMatchObject({ name: 'web', namespace: 'default' });
    expect((await get('/metrics/resource')).body).toMatch(
      /container_memory_working_set_bytes\{container="main",namespace="default",pod="web"\} \d+/,
    );
    expect((await get('/metrics')).body).toContain('kubelet_running_pods 1');
    expect(JSON.parse((await get('/pods')).body).items[0].metadata.name).toBe('web');
  });
});
