import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Clock, Random } from '@kubets/core';
import { type Answer, decode, type Packet } from 'dns-packet';

const UPSTREAM_TIMEOUT_MS = 2000;
const MAX_CACHED_ANSWERS = 10_000;
const MAX_CACHE_SECONDS = 30;
const MAX_TCP_MESSAGE_BYTES = 65_535;
const TRUNCATED = 1 << 9;
const RCODE_MASK = 0xf;

interface CachedAnswer {
  readonly packet: Packet;
  readonly storedMs: number;
  readonly ttlMs: number;
}

/** Asks the resolvers of the outside world, in order, and remembers their answers for up to thirty seconds. */
export class Forwarder {
  readonly #options: { servers: readonly string[]; clock: Clock; random: Random };
  readonly #cache = new Map<string, CachedAnswer>();

  constructor(options: { servers: readonly string[]; clock: Clock; random: Random }) {
    this.#options = options;
  }

  /** The upstream's answer to `query` (a whole message), or undefined when no server answers. */
  async ask(query: Uint8Array, name: string, type: string): Promise<Packet | undefined> {
    const key = `${type} ${name.toLowerCase()}`;
    const known = this.#cached(key);
    if (known) return known;
    for (const server of this.#options.servers) {
      const packet = await this.#exchange(server, query).catch(() => undefined);
      if (!packet) continue;
      this.#remember(key, packet);
      return packet;
    }
    return undefined;
  }

  #cached(key: string): Packet | undefined {
    const entry = this.#cache.get(key);
    if (!entry) return undefined;
    const ageMs = this.#options.clock.monotonicMs() - entry.storedMs;
    if (ageMs >= entry.ttlMs) {
      this.#cache.delete(key);
      return undefined;
    }
    const ageSeconds = Math.floor(ageMs / 1000);
    const aged = (records: Answer[] | undefined) => records?.map((record) => withTtl(record, ageSeconds));
    return { ...entry.packet, answers: aged(entry.packet.answers) ?? [] };
  }

  #remember(key: string, packet: Packet): void {
    const rcode = (packet.flags ?? 0) & RCODE_MASK;
    if (rcode !== 0 && rcode !== 3) return;
    const ttls = (packet.answers ?? []).map((record) => ('ttl' in record ? (record.ttl ?? 0) : MAX_CACHE_SECONDS));
    const ttlMs = Math.min(MAX_CACHE_SECONDS, ...ttls) * 1000;
    if (this.#cache.size >= MAX_CACHED_ANSWERS) this.#cache.delete(this.#cache.keys().next().value as string);
    this.#cache.set(key, { packet, storedMs: this.#options.clock.monotonicMs(), ttlMs });
  }

  async #exchange(server: string, query: Uint8Array): Promise<Packet> {
    const id = Math.floor(this.#options.random.next() * 0xffff);
    const message = Buffer.from(query);
    message.writeUInt16BE(id, 0);
    const reply = await askUdp(server, message, this.#options.clock);
    return (reply.flags ?? 0) & TRUNCATED ? askTcp(server, message, this.#options.clock) : reply;
  }
}

function withTtl(record: Answer, ageSeconds: number): Answer {
  if (!('ttl' in record) || record.ttl === undefined) return record;
  return { ...record, ttl: Math.max(0, record.ttl - ageSeconds) } as Answer;
}

function askUdp(server: string, message: Buffer, clock: Clock): Promise<Packet> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4');
    const timer = clock.after(UPSTREAM_TIMEOUT_MS, () => finish(new Error(`no answer from ${server}`)));
    const finish = (result: Packet | Error) => {
      timer.dispose();
      socket.close();
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    socket.on('error', finish);
    socket.on('message', (bytes) => {
      if (bytes.length < 12 || bytes.readUInt16BE(0) !== message.readUInt16BE(0)) return;
      try {
        finish(decode(bytes));
      } catch (error) {
        finish(error as Error);
      }
    });
    // A connected socket takes datagrams of that server alone.
    socket.connect(53, server, () => socket.send(message));
  });
}

function askTcp(server: string, message: Buffer, clock: Clock): Promise<Packet> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: server, port: 53 });
    const timer = clock.after(UPSTREAM_TIMEOUT_MS, () => finish(new Error(`no answer from ${server}`)));
    let received = Buffer.alloc(0);
    const finish = (result: Packet | Error) => {
      timer.dispose();
      socket.destroy();
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    socket.on('error', finish);
    socket.on('connect', () => socket.write(Buffer.concat([lengthPrefix(message), message])));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      try {
        finish(decode(received.subarray(2)));
      } catch (error) {
        finish(error as Error);
      }
    });
  });
}

/** DNS over TCP puts the length of a message in two bytes before it (RFC 1035, 4.2.2). */
export function lengthPrefix(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(2);
  prefix.writeUInt16BE(Math.min(message.length, MAX_TCP_MESSAGE_BYTES));
  return prefix;
}
