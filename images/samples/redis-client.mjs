// As much of the Redis protocol (RESP2) as DockerCoins needs: commands go out in order, answers come back in order.
import { connect } from 'node:net';

/** Reads one reply at `offset`; undefined while it is incomplete. */
function parseReply(buffer, offset) {
  const lineEnd = buffer.indexOf('\r\n', offset);
  if (lineEnd < 0) return undefined;
  const kind = String.fromCharCode(buffer[offset]);
  const line = buffer.toString('utf8', offset + 1, lineEnd);
  const next = lineEnd + 2;
  if (kind === ':') return { value: Number(line), next };
  if (kind === '+') return { value: line, next };
  if (kind === '-') return { error: new Error(line), next };
  const length = Number(line);
  if (length < 0) return { value: null, next };
  if (buffer.length < next + length + 2) return undefined;
  return { value: buffer.toString('utf8', next, next + length), next: next + length + 2 };
}

const encode = (args) => {
  const parts = args.map((arg) => (Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg))));
  return Buffer.concat([
    Buffer.from(`*${parts.length}\r\n`),
    ...parts.flatMap((part) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from('\r\n')]),
  ]);
};

/** Connects to `host`:6379 and returns `command(...args)`, which resolves with the reply. */
export async function redisClient(host) {
  const socket = connect({ host, port: 6379 });
  const waiting = [];
  let received = Buffer.alloc(0);
  let failure;
  const fail = (error) => {
    failure ??= error ?? new Error('connection to redis closed');
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  socket.on('error', fail).on('close', () => fail());
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (let reply = parseReply(received, 0); reply; reply = parseReply(received, 0)) {
      received = received.subarray(reply.next);
      const { resolve, reject } = waiting.shift();
      if (reply.error) reject(reply.error);
      else resolve(reply.value);
    }
  });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return {
    command: (...args) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        waiting.push({ resolve, reject });
        socket.write(encode(args));
      }),
    close: () => socket.destroy(),
  };
}
