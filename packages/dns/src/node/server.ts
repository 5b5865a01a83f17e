import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import type { AsyncDisposable, Clock, Logger, Random } from '@kubets/core';
import { type Answer, encode as encodeQuery } from 'dns-packet';
import type { ClusterRecords } from '../records.ts';
import { Zone } from '../zone.ts';
import { Forwarder, lengthPrefix } from './forwarder.ts';
import { answerOf, encodeReply, parseQuery, type Query, RCODE, type Reply, udpLimitBytes } from './message.ts';

const MAX_TCP_CLIENTS = 1000;
const TCP_IDLE_MS = 10_000;
const MAX_CNAME_STEPS = 8;
const NEGATIVE_TTL_SECONDS = 30;
const RCODE_MASK = 0xf;

export interface DnsServerOptions {
  readonly records: ClusterRecords;
  /** Such as cluster.local. */
  readonly clusterDomain: string;
  /** Addresses of the resolvers for every other name. */
  readonly upstreams: readonly string[];
  readonly host?: string;
  /** 53 unless given; 0 takes a free port. */
  readonly port?: number;
  /** Serves /health, /ready and /metrics; 0 takes a free port. Absent: not served. */
  readonly healthPort?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface DnsServer extends AsyncDisposable {
  readonly port: number;
  readonly healthPort: number | undefined;
}

class Responder {
  readonly #options: DnsServerOptions;
  readonly #zone: Zone;
  readonly #forwarder: Forwarder;
  readonly counts = new Map<string, number>();

  constructor(options: DnsServerOptions) {
    this.#options = options;
    this.#zone = new Zone(options);
    this.#forwarder = new Forwarder({ ...options, servers: options.upstreams });
  }

  async respond(message: Uint8Array, limitBytes: (query: Query) => number): Promise<Buffer | undefined> {
    const query = parseQuery(message);
    if (!query) return undefined;
    const reply = await this.#reply(query, message).catch((error: unknown): Reply => {
      this.#options.logger.log('warn', 'question failed', { name: query.question.name, error: String(error) });
      return { rcode: RCODE.serverFailure };
    });
    this.counts.set(String(reply.rcode), (this.counts.get(String(reply.rcode)) ?? 0) + 1);
    return encodeReply(query, reply, limitBytes(query));
  }

  async #reply(query: Query, message: Uint8Array): Promise<Reply> {
    const { name, type } = query.question;
    const answer = this.#zone.resolve(name, type);
    if (answer.result === 'elsewhere') return this.#forward(message, name, type);
    if (!this.#options.records.ready()) return { rcode: RCODE.serverFailure };
    if (answer.result === 'nameError')
      return { rcode: RCODE.nameError, authoritative: true, authorities: [this.#soa()] };
    if (answer.result === 'noData') return { rcode: RCODE.noError, authoritative: true, authorities: [this.#soa()] };
    // The question's own spelling comes back, which some resolvers use as a check (0x20 encoding).
    const own = answer.answers.map((record) => answerOf({ ...record, name }));
    const followed = await this.#followAlias(own, type);
    const additionals = answer.additionals.map(answerOf);
    return {
      rcode: RCODE.noError,
      authoritative: true,
      answers: shuffled([...own, ...followed], this.#options.random),
      additionals,
    };
  }

  /** The records behind a CNAME, inside the zone or outside. */
  async #followAlias(answers: readonly Answer[], type: string): Promise<Answer[]> {
    const followed: Answer[] = [];
    let alias = answers.find((record) => record.type === 'CNAME');
    for (let step = 0; alias && type !== 'CNAME' && step < MAX_CNAME_STEPS; step++) {
      const target = String((alias as { data: unknown }).data);
      const inside = this.#zone.resolve(target, type);
      const next =
        inside.result === 'elsewhere'
          ? ((await this.#forward(questionFor(target, type), target, type)).answers ?? [])
          : inside.result === 'answered'
            ? inside.answers.map(answerOf)
            : [];
      followed.push(...next);
      alias = inside.result === 'elsewhere' ? undefined : next.find((record) => record.type === 'CNAME');
    }
    return followed;
  }

  async #forward(message: Uint8Array, name: string, type: string): Promise<Reply> {
    const packet = await this.#forwarder.ask(message, name, type);
    if (!packet) return { rcode: RCODE.serverFailure };
    const notEdns = (records: Answer[] | undefined) => (records ?? []).filter((record) => record.type !== 'OPT');
    return {
      rcode: (packet.flags ?? 0) & RCODE_MASK,
      answers: packet.answers ?? [],
      authorities: packet.authorities ?? [],
      additionals: notEdns(packet.additionals),
    };
  }

  #soa(): Answer {
    const zone = this.#options.clusterDomain;
    const data = {
      mname: `ns.dns.${zone}`,
      rname: `hostmaster.${zone}`,
      serial: Math.floor(this.#options.clock.now() / 1000),
      refresh: 7200,
      retry: 1800,
      expire: 86_400,
      minimum: NEGATIVE_TTL_SECONDS,
    };
    return { type: 'SOA', name: zone, ttl: NEGATIVE_TTL_SECONDS, data };
  }
}

/** A query message for a name that the server itself wants to know. */
function questionFor(name: string, type: string): Buffer {
  return encodeQuery({ type: 'query', id: 0, flags: 1 << 8, questions: [{ type: type as 'A', name }] });
}

/** Addresses in turn for everybody: clients tend to take the first. Aliases stay in front. */
function shuffled(answers: Answer[], random: Random): Answer[] {
  const aliases = answers.filter((record) => record.type === 'CNAME');
  const rest = answers.filter((record) => record.type !== 'CNAME');
  for (let i = rest.length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    [rest[i], rest[j]] = [rest[j] as Answer, rest[i] as Answer];
  }
  return [...aliases, ...rest];
}

function serveTcp(responder: Responder): TcpServer {
  const server = createTcpServer((socket: Socket) => {
    let received = Buffer.alloc(0);
    let turn = Promise.resolve();
    socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const message = received.subarray(2, 2 + received.readUInt16BE(0));
        received = received.subarray(2 + message.length);
        turn = turn.then(async () => {
          const reply = await responder.respond(message, () => 65_535);
          if (reply) socket.write(Buffer.concat([lengthPrefix(reply), reply]));
          else socket.destroy();
        });
      }
    });
  });
  server.maxConnections = MAX_TCP_CLIENTS;
  return server;
}

function serveUdp(responder: Responder, host: string): DatagramSocket {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', async (message, sender) => {
    const reply = await responder.respond(message, udpLimitBytes);
    if (reply) socket.send(reply, sender.port, sender.address, () => {});
  });
  return socket;
}

function serveHealth(responder: Responder, records: ClusterRecords): HttpServer {
  return createHttpServer((request, response) => {
    if (request.url === '/health') response.end('OK');
    else if (request.url === '/ready')
      response.writeHead(records.ready() ? 200 : 503).end(records.ready() ? 'OK' : 'not synced');
    else if (request.url === '/metrics') {
      const lines = [...responder.counts].map(
        ([rcode, count]) => `kubets_dns_responses_total{rcode="${rcode}"} ${count}`,
      );
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(`# TYPE kubets_dns_responses_total counter\n${lines.join('\n')}\n`);
    } else response.writeHead(404).end('not found');
  });
}

const whenListening = (server: TcpServer | HttpServer, port: number, host: string) =>
  new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as { port: number }).port));
  });

/** Serves the cluster's zone over UDP and TCP on one port, and everything else through the upstream resolvers. */
export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  const { host = '0.0.0.0', records } = options;
  const responder = new Responder(options);
  const tcp = serveTcp(responder);
  const port = await whenListening(tcp, options.port ?? 53, host);
  const udp = serveUdp(responder, host);
  await new Promise<void>((resolve, reject) => {
    udp.once('error', reject);
    udp.bind(port, host, resolve);
  });
  const health = options.healthPort === undefined ? undefined : serveHealth(responder, records);
  const healthPort = health && (await whenListening(health, options.healthPort ?? 0, host));
  return {
    port,
    healthPort,
    async dispose() {
      udp.close();
      health?.closeAllConnections();
      await Promise.all([tcp, health].map((server) => server && new Promise((resolve) => server.close(resolve))));
    },
  };
}
