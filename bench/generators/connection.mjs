// What the generators have in common: a raw HTTP/2 connection to the server at $BASE, lanes of requests, and figures of time.
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { performance } from 'node:perf_hooks';

const WINDOW_BYTES = 64 << 20;
const NEWLINE = 10;

/** One HTTP/2 session with the credentials of the environment: BASE, CA (a file) and TOKEN. */
export class Connection {
  constructor() {
    const ca = process.env.CA ? readFileSync(process.env.CA) : undefined;
    this.session = connect(process.env.BASE, { ca, settings: { initialWindowSize: 16 << 20 } });
    this.session.on('connect', () => this.session.setLocalWindowSize(WINDOW_BYTES));
    this.session.on('error', (error) => console.error(`connection: ${error.message}`));
  }

  /** Resolves with the body; throws when the status is none of `expected`. */
  async request(method, path, { body, headers = {}, expected = [200, 201] } = {}) {
    const { status, bytes } = await this.#exchange(method, path, body, headers);
    if (!expected.includes(status)) throw new Error(`${method} ${path}: ${status} ${bytes.toString().slice(0, 300)}`);
    return bytes;
  }

  async json(method, path, options) {
    return JSON.parse(await this.request(method, path, options));
  }

  /** A watch: `onLine` gets each event's bytes, `onEnd` hears of its end. `ready` resolves once the server has answered. */
  watch(path, onLine, onEnd = () => {}) {
    const stream = this.session.request({ ':path': path, ...credentials() });
    let rest = Buffer.alloc(0);
    stream.on('data', (chunk) => {
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        onLine(bytes.subarray(start, end));
        start = end + 1;
      }
      rest = Buffer.from(bytes.subarray(start));
    });
    stream.on('end', onEnd);
    stream.on('error', () => {});
    return { ready: new Promise((resolve) => stream.on('response', resolve)), close: () => stream.close() };
  }

  /** At once: watches under way end with it. */
  close() {
    this.session.destroy();
  }

  #exchange(method, path, body, headers) {
    return new Promise((resolve, reject) => {
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const stream = this.session.request(
        { ':method': method, ':path': path, ...credentials(), ...type, ...headers },
        { endStream: body === undefined },
      );
      const chunks = [];
      let status = 0;
      stream.on('response', (answer) => {
        status = answer[':status'];
      });
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('end', () => resolve({ status, bytes: Buffer.concat(chunks) }));
      stream.on('error', reject);
      if (body !== undefined) stream.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  }
}

const credentials = () => ({ authorization: `Bearer ${process.env.TOKEN}`, accept: 'application/json' });

export const nowMs = () => performance.now();
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Runs `run(0)` to `run(count - 1)`, so many at a time, and says how fast that was. */
export async function lanes(count, concurrency, run) {
  const times = [];
  const startMs = nowMs();
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const index = next++;
      const beganMs = nowMs();
      await run(index);
      times.push(nowMs() - beganMs);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  const perSecond = (count / (nowMs() - startMs)) * 1000;
  const ms = (share) => `${percentile(times, share).toFixed(2)}ms`;
  return `n=${count} conc=${concurrency} ${perSecond.toFixed(0)}/s p50=${ms(0.5)} p99=${ms(0.99)} max=${ms(1)}`;
}

/** Processes named in PIDS as `name=pid,...`: their resident memory now. */
export function residentMemory() {
  const named = (process.env.PIDS ?? '').split(',').filter(Boolean);
  return named.map((pair) => {
    const [name, pid] = pair.split('=');
    const kib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
    return `${name} RSS=${Math.round(kib / 1024)}MiB`;
  });
}
