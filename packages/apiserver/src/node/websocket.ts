import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { badRequest } from '@kubets/core';
import type { MessageKind, ResponseHeaders, ResponseStream } from '../pipeline/http.ts';

const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const OPCODE = { text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;
/** Watchers have nothing to say; control frames are at most this long. */
const MAX_CLIENT_FRAME_BYTES = 64 * 1024;

/** The answer to a client's `Sec-WebSocket-Key`. */
export function acceptKey(key: string): string {
  return createHash('sha1').update(`${key}${ACCEPT_GUID}`).digest('base64');
}

/** One unmasked, unfragmented frame. */
export function encodeFrame(opcode: number, payload: Uint8Array): Buffer {
  const lengthBytes = payload.length < 126 ? 0 : payload.length < 65536 ? 2 : 8;
  const frame = Buffer.allocUnsafe(2 + lengthBytes + payload.length);
  frame[0] = 0x80 | opcode;
  frame[1] = lengthBytes === 0 ? payload.length : lengthBytes === 2 ? 126 : 127;
  if (lengthBytes === 2) frame.writeUInt16BE(payload.length, 2);
  if (lengthBytes === 8) frame.writeBigUInt64BE(BigInt(payload.length), 2);
  frame.set(payload, 2 + lengthBytes);
  return frame;
}

function encodeMessage(kind: MessageKind, chunk: Uint8Array): Buffer {
  if (kind !== 'base64') return encodeFrame(OPCODE[kind], chunk);
  return encodeFrame(OPCODE.text, Buffer.from(Buffer.from(chunk).toString('base64')));
}

interface Handshake {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly headers: ResponseHeaders;
  readonly kind: MessageKind;
}

/** Completes the opening handshake for a stream that only the server speaks on. Throws 400 when it is no WebSocket. */
export function acceptWebSocket({ request, socket, head, headers, kind }: Handshake): ResponseStream {
  const key = request.headers['sec-websocket-key'];
  if (request.headers.upgrade?.toLowerCase() !== 'websocket' || !key)
    throw badRequest('unable to upgrade: not a WebSocket handshake');
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey(key)}`,
  ];
  const protocol = request.headers['sec-websocket-protocol']?.split(',')[0]?.trim();
  if (protocol && !protocol.startsWith('base64url.bearer.')) lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
  if (headers['audit-id']) lines.push(`Audit-Id: ${headers['audit-id']}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  socket.on('error', () => socket.destroy());
  listen(socket, head);
  return {
    write: (chunk) => socket.destroyed || socket.writableEnded || socket.write(encodeMessage(kind, chunk)),
    end: () => {
      if (!socket.destroyed && !socket.writableEnded) socket.end(encodeFrame(OPCODE.close, Buffer.from([0x03, 0xe8])));
    },
    abort: () => {
      socket.destroy();
    },
    get bufferedBytes() {
      return socket.writableLength;
    },
    onDrain: (callback) => {
      socket.on('drain', callback);
    },
  };
}

/** Answers pings and closes; everything else that the client sends is dropped. */
function listen(socket: Duplex, head: Buffer): void {
  let rest: Buffer = Buffer.from(head);
  const onData = (chunk: Buffer) => {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (let frame = takeFrame(rest); frame; frame = takeFrame(rest)) {
      rest = rest.subarray(frame.bytes);
      if (frame.opcode === OPCODE.ping) socket.write(encodeFrame(OPCODE.pong, frame.payload));
      if (frame.opcode === OPCODE.close) socket.end(encodeFrame(OPCODE.close, frame.payload.subarray(0, 2)));
    }
    if (rest.length > MAX_CLIENT_FRAME_BYTES) socket.destroy();
  };
  socket.on('data', onData);
  socket.resume();
}

function takeFrame(bytes: Buffer): { opcode: number; payload: Buffer; bytes: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1]! & 0x7f;
  const lengthBytes = short < 126 ? 0 : short === 126 ? 2 : 8;
  const start = 2 + lengthBytes + (bytes[1]! & 0x80 ? 4 : 0);
  if (bytes.length < start) return undefined;
  const length =
    lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + length) return undefined;
  const payload = Buffer.from(bytes.subarray(start, start + length));
  if (bytes[1]! & 0x80) for (let i = 0; i < length; i++) payload[i]! ^= bytes[start - 4 + (i % 4)]!;
  return { opcode: bytes[0]! & 0x0f, payload, bytes: start + length };
}
