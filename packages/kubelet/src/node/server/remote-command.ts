import type { Duplex } from 'node:stream';
import {
  CHANNEL,
  closePayload,
  requestUpgrade,
  SPDY_PROTOCOL,
  SpdySession,
  type SpdyStream,
  STREAM_PROTOCOL_HEADER,
  WebSocketReader,
  WS,
  webSocketFrame,
} from '@kubets/client/node';

export interface RemoteCommandStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

const NORMAL_CLOSURE = 1000;
const GOING_AWAY = 1001;
/** SPDY's own subprotocol: a status as JSON on the error stream, resizes on a stream of their own. */
const STREAM_PROTOCOL = 'v4.channel.k8s.io';

/** A session with the runtime, ready to be joined with a client. */
export interface RuntimeSession {
  join(socket: Duplex, head: Buffer): void;
  abort(): void;
}

/**
 * Opens a command's session with the runtime over SPDY and later joins it with a client that speaks the channel protocol v5
 * over WebSocket: numbered channels, a message each, and a message on channel 255 for the end of one.
 */
export async function openRemoteCommand(url: string, streams: RemoteCommandStreams): Promise<RuntimeSession> {
  const upgraded = await requestUpgrade({
    url,
    method: 'POST',
    protocol: SPDY_PROTOCOL,
    headers: { [STREAM_PROTOCOL_HEADER]: STREAM_PROTOCOL },
  });
  const session = new SpdySession({ socket: upgraded.socket, head: upgraded.head, role: 'client' });
  return { join: (socket, head) => new Joint({ session, streams, socket, head }), abort: () => session.dispose() };
}

/** One client's WebSocket and one SPDY session, stream by channel. */
class Joint {
  readonly #session: SpdySession;
  readonly #socket: Duplex;
  readonly #reader = new WebSocketReader();
  readonly #inputs = new Map<number, SpdyStream>();
  #open = 0;
  #isClosed = false;

  constructor(options: { session: SpdySession; streams: RemoteCommandStreams; socket: Duplex; head: Buffer }) {
    this.#session = options.session;
    this.#socket = options.socket;
    const { stdin, stdout, stderr, tty } = options.streams;
    this.#output('error', CHANNEL.error);
    if (stdin) this.#input('stdin', CHANNEL.stdin);
    if (stdout) this.#output('stdout', CHANNEL.stdout);
    if (stderr && !tty) this.#output('stderr', CHANNEL.stderr);
    if (tty) this.#input('resize', CHANNEL.resize);
    this.#socket.on('data', (chunk: Buffer) => this.#fromClient(chunk));
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => this.#session.dispose());
    this.#socket.on('end', () => this.#session.dispose());
    if (options.head.length > 0) this.#fromClient(options.head);
  }

  #input(streamType: string, channel: number): void {
    const stream = this.#session.open({ streamType });
    this.#inputs.set(channel, stream);
    stream.listen({});
  }

  /**
   * Copies what the runtime writes to the client; when all outputs are over, so is the session. Nothing is answered when an
   * output ends: the runtime closes its connection right after the status, and whatever reached it then would be met with a
   * reset, which discards what this side has not read yet, the status among it.
   */
  #output(streamType: string, channel: number): void {
    const stream = this.#session.open({ streamType });
    this.#open++;
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      if (--this.#open === 0) this.#finish(NORMAL_CLOSURE);
    };
    stream.listen({
      onData: (chunk) => void this.#toClient(channel, chunk),
      onEnd: over,
      onClose: over,
    });
  }

  #toClient(channel: number, chunk: Buffer): void {
    if (this.#isClosed) return;
    this.#socket.write(webSocketFrame(WS.binary, Buffer.concat([Buffer.from([channel]), chunk])));
  }

  #fromClient(chunk: Buffer): void {
    try {
      for (const { opcode, payload } of this.#reader.push(chunk)) this.#message(opcode, payload);
    } catch {
      this.#finish(GOING_AWAY);
    }
  }

  #message(opcode: number, payload: Buffer): void {
    if (opcode === WS.ping) this.#socket.write(webSocketFrame(WS.pong, payload));
    else if (opcode === WS.close) this.#finish(NORMAL_CLOSURE);
    else if (opcode === WS.binary || opcode === WS.text) this.#channelMessage(payload);
  }

  #channelMessage(payload: Buffer): void {
    const channel = payload[0];
    if (channel === undefined) return;
    if (channel === CHANNEL.close) {
      this.#inputs.get(payload[1] ?? -1)?.end();
      return;
    }
    const isRoomy = this.#inputs.get(channel)?.write(payload.subarray(1)) ?? true;
    if (isRoomy) return;
    this.#socket.pause();
    void this.#session.drained().then(() => this.#socket.resume());
  }

  #finish(code: number): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.write(webSocketFrame(WS.close, closePayload(code)));
    this.#socket.end();
    this.#session.dispose();
  }
}
