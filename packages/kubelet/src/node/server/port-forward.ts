import type { Duplex } from 'node:stream';
import {
  closePayload,
  PORT_FORWARD_PROTOCOL,
  requestUpgrade,
  SPDY_PROTOCOL,
  STREAM_PROTOCOL_HEADER,
  WebSocketReader,
  WS,
  webSocketFrame,
} from '@kubets/client/node';
import type { RuntimeSession } from './remote-command.ts';

const NORMAL_CLOSURE = 1000;

/**
 * Opens port forwarding with the runtime and later joins it with a client that sends the bytes of its SPDY connection as
 * messages over a WebSocket: what comes out of the messages goes on as it is.
 */
export async function openPortForwardTunnel(url: string): Promise<RuntimeSession> {
  const { socket: runtime, head: runtimeHead } = await requestUpgrade({
    url,
    method: 'POST',
    protocol: SPDY_PROTOCOL,
    headers: { [STREAM_PROTOCOL_HEADER]: PORT_FORWARD_PROTOCOL },
  });
  return { join: (socket, head) => joinTunnel({ socket, head, runtime, runtimeHead }), abort: () => runtime.destroy() };
}

function joinTunnel(options: { socket: Duplex; head: Buffer; runtime: Duplex; runtimeHead: Buffer }): void {
  const { socket, runtime } = options;
  const reader = new WebSocketReader();
  const toClient = (chunk: Buffer) => socket.write(webSocketFrame(WS.binary, chunk));
  const fromClient = (chunk: Buffer) => {
    for (const { opcode, payload } of reader.push(chunk)) {
      if (opcode === WS.ping) socket.write(webSocketFrame(WS.pong, payload));
      else if (opcode === WS.close) socket.end(webSocketFrame(WS.close, closePayload(NORMAL_CLOSURE)));
      else if (opcode === WS.binary && !runtime.write(payload)) {
        socket.pause();
        runtime.once('drain', () => socket.resume());
      }
    }
  };
  const guarded = (chunk: Buffer) => {
    try {
      fromClient(chunk);
    } catch {
      socket.destroy();
    }
  };
  runtime.on('data', (chunk: Buffer) => {
    if (toClient(chunk)) return;
    runtime.pause();
    socket.once('drain', () => runtime.resume());
  });
  runtime.on('close', () => socket.end(webSocketFrame(WS.close, closePayload(NORMAL_CLOSURE))));
  socket.on('data', guarded);
  socket.on('close', () => runtime.destroy());
  for (const end of [runtime, socket]) end.on('error', () => undefined);
  if (options.runtimeHead.length > 0) toClient(options.runtimeHead);
  if (options.head.length > 0) guarded(options.head);
}
