import { Duplex, PassThrough } from 'node:stream';
import { constants, createDeflate } from 'node:zlib';
import { expect, test } from 'vitest';
import { SpdySession } from './spdy.ts';
import { HeaderReader, HeaderWriter, SPDY_DICTIONARY } from './spdy-headers.ts';
import { WebSocketReader, WS, webSocketAccept, webSocketFrame } from './websocket.ts';

/** Two ends of one connection. */
function pair(): [Duplex, Duplex] {
  const there = new PassThrough();
  const back = new PassThrough();
  return [Duplex.from({ readable: back, writable: there }), Duplex.from({ readable: there, writable: back })];
}

test('the dictionary is that of the specification', () => {
  expect(SPDY_DICTIONARY.length).toBe(1423);
});

test('header blocks of our own and of a real compressor are read', async () => {
  const writer = new HeaderWriter();
  const reader = new HeaderReader();
  expect(await reader.decode(writer.encode({ streamType: 'error' }))).toEqual({ streamtype: 'error' });
  expect(await reader.decode(writer.encode({ port: '80', requestid: '1' }))).toEqual({ port: '80', requestid: '1' });
  reader.dispose();

  const deflate = createDeflate({ dictionary: SPDY_DICTIONARY });
  const block = Buffer.from('\0\0\0\x01\0\0\0\x04host\0\0\0\x01x', 'latin1');
  const compressed = await new Promise<Buffer>((resolve) => {
    const chunks: Buffer[] = [];
    deflate.on('data', (chunk: Buffer) => chunks.push(chunk));
    deflate.write(block);
    deflate.flush(constants.Z_SYNC_FLUSH, () => resolve(Buffer.concat(chunks)));
  });
  const other = new HeaderReader();
  expect(await other.decode(compressed)).toEqual({ host: 'x' });
  other.dispose();
});

test('streams carry data both ways and end by halves', async () => {
  const [near, far] = pair();
  const heard: string[] = [];
  const done = new Promise<void>((resolve) => {
    const server = new SpdySession({
      socket: far,
      role: 'server',
      onStream: (stream) =>
        stream.listen({
          onData: (chunk) => stream.write(Buffer.from(`${stream.headers.streamtype}:${chunk}`)),
          onEnd: () => stream.end(),
        }),
    });
    const client = new SpdySession({ socket: near, role: 'client', onClose: () => server.dispose() });
    const stream = client.open({ streamtype: 'echo' });
    stream.listen({
      onData: (chunk) => heard.push(chunk.toString()),
      onEnd: () => {
        client.dispose();
        resolve();
      },
    });
    stream.write(Buffer.from('hello'));
    stream.end();
  });
  await done;
  expect(heard.join('')).toBe('echo:hello');
});

test('WebSocket frames survive any cut, masks and fragments', () => {
  const mask = Buffer.from([1, 2, 3, 4]);
  const long = Buffer.alloc(70_000, 'x');
  const fragment = webSocketFrame(WS.binary, Buffer.from('ab'));
  fragment[0] = WS.binary;
  const rest = webSocketFrame(WS.continuation, Buffer.from('cd'));
  const stream = Buffer.concat([
    webSocketFrame(WS.binary, Buffer.from('hello'), mask),
    webSocketFrame(WS.binary, long, mask),
    fragment,
    webSocketFrame(WS.ping, Buffer.alloc(0)),
    rest,
  ]);
  const reader = new WebSocketReader();
  const messages = [];
  for (let start = 0; start < stream.length; start += 997)
    messages.push(...reader.push(stream.subarray(start, start + 997)));
  expect(messages.map(({ opcode, payload }) => [opcode, payload.length])).toEqual([
    [2, 5],
    [2, 70_000],
    [9, 0],
    [2, 4],
  ]);
  expect(messages[3]?.payload.toString()).toBe('abcd');
  expect(webSocketAccept('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});
