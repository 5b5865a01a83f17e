import { createHash } from 'node:crypto';

const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** A message longer than this is not one of a stream protocol's. */
const MAX_MESSAGE_BYTES = 16 << 20;
const MAX_CONTROL_BYTES = 125;

export const WS = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

/** The answer to a client's `Sec-WebSocket-Key`. */
export function webSocketAccept(key: string): string {
  return createHash('sha1').update(`${key}${ACCEPT_GUID}`).digest('base64');
}

/** One whole, unfragmented frame. Clients have to give a mask of four random bytes, servers none. */
export function webSocketFrame(opcode: number, payload: Uint8Array, mask?: Uint8Array): Buffer {
  const lengthBytes = payload.length < 126 ? 0 : payload.length < 65536 ? 2 : 8;
  const maskBytes = mask ? 4 : 0;
  const frame = Buffer.allocUnsafe(2 + lengthBytes + maskBytes + payload.length);
  frame[0] = 0x80 | opcode;
  frame[1] = (mask ? 0x80 : 0) | (lengthBytes === 0 ? payload.length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) frame.writeUInt16BE(payload.length, 2);
  if (lengthBytes === 8) frame.writeBigUInt64BE(BigInt(payload.length), 2);
  const start = 2 + lengthBytes + maskBytes;
  frame.set(payload, start);
  if (mask) {
    frame.set(mask, 2 + lengthBytes);
    applyMask(frame.subarray(start), mask);
  }
  return frame;
}

function applyMask(bytes: Uint8Array, mask: Uint8Array): void {
  for (let index = 0; index < bytes.length; index++) bytes[index] = bytes[index]! ^ mask[index & 3]!;
}

/** The payload of a close frame. */
export function closePayload(code: number, reason = ''): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code, 0);
  payload.write(reason, 2);
  return payload;
}

export interface WebSocketMessage {
  /** text, binary, close, ping or pong, as `WS` numbers them. */
  readonly opcode: number;
  readonly payload: Buffer;
}

interface Frame extends WebSocketMessage {
  readonly isFinal: boolean;
}

/** Takes messages out of a byte stream; fragments are put together. Throws on what no peer may send. */
export class WebSocketReader {
  #pending: Buffer = Buffer.alloc(0);
  #fragments: Buffer[] = [];
  #fragmentOpcode = 0;
  #fragmentBytes = 0;

  push(chunk: Buffer): WebSocketMessage[] {
    this.#pending = this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : chunk;
    const messages: WebSocketMessage[] = [];
    for (let frame = this.#frame(); frame; frame = this.#frame()) {
      const message = this.#assemble(frame);
      if (message) messages.push(message);
    }
    return messages;
  }

  #frame(): Frame | undefined {
    const bytes = this.#pending;
    if (bytes.length < 2) return undefined;
    const first = bytes[0]!;
    const second = bytes[1]!;
    if (first & 0x70) throw new Error('WebSocket frame with reserved bits');
    const short = second & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const maskBytes = second & 0x80 ? 4 : 0;
    const start = 2 + lengthBytes + maskBytes;
    if (bytes.length < start) return undefined;
    const length =
      lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    const opcode = first & 0x0f;
    if (length > MAX_MESSAGE_BYTES || (opcode >= 8 && length > MAX_CONTROL_BYTES))
      throw new Error('WebSocket frame is too long');
    if (bytes.length < start + length) return undefined;
    const payload = Buffer.from(bytes.subarray(start, start + length));
    if (maskBytes) applyMask(payload, bytes.subarray(start - 4, start));
    this.#pending = bytes.subarray(start + length);
    return { opcode, payload, isFinal: (first & 0x80) !== 0 };
  }

  #assemble({ opcode, payload, isFinal }: Frame): WebSocketMessage | undefined {
    if (opcode >= 8) {
      if (!isFinal) throw new Error('fragmented WebSocket control frame');
      return { opcode, payload };
    }
    const isContinuation = opcode === WS.continuation;
    if (isContinuation !== this.#fragmentOpcode > 0) throw new Error('WebSocket fragments out of order');
    if (isFinal && !isContinuation) return { opcode, payload };
    if (!isContinuation) this.#fragmentOpcode = opcode;
    this.#fragments.push(payload);
    this.#fragmentBytes += payload.length;
    if (this.#fragmentBytes > MAX_MESSAGE_BYTES) throw new Error('WebSocket message is too long');
    if (!isFinal) return undefined;
    const message = { opcode: this.#fragmentOpcode, payload: Buffer.concat(this.#fragments) };
    this.#fragments = [];
    this.#fragmentOpcode = 0;
    this.#fragmentBytes = 0;
    return message;
  }
}
