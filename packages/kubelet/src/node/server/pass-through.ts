import type { IncomingMessage } from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';

/** Headers that belong to the connection with the client and not to the one with the runtime. */
const OWN_HEADERS = new Set(['host', 'authorization', 'content-length']);

/**
 * Hands an upgraded connection to the runtime: the client's request is repeated to the URL that the runtime gave, and from
 * then on both sides' bytes are copied as they are, the answer to the upgrade included.
 */
export function passThrough(request: IncomingMessage, socket: Duplex, head: Buffer, url: string): void {
  const target = new URL(url);
  const runtime = net.connect(Number(target.port || 80), target.hostname);
  const lines = [`${request.method} ${target.pathname}${target.search} HTTP/1.1`, `Host: ${target.host}`];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? '';
    if (!OWN_HEADERS.has(name.toLowerCase())) lines.push(`${name}: ${request.rawHeaders[index + 1]}`);
  }
  runtime.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) runtime.write(head);
  runtime.pipe(socket);
  socket.pipe(runtime);
  const end = () => {
    runtime.destroy();
    socket.destroy();
  };
  for (const each of [runtime, socket]) each.on('error', end);
  runtime.on('close', () => socket.end());
  socket.on('close', () => runtime.destroy());
}
