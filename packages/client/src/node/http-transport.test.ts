import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@kubets/core';
import { hostClock } from '@kubets/core/node';
import { expect, it } from 'vitest';
import { httpTransport } from './http-transport.ts';

it('takes a plain 404 for something that is not there', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const transport = httpTransport({
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: '',
    credential: { token: () => 'token' },
    userAgent: 'test',
    clock: hostClock,
    logger: silentLogger,
  });
  const resource = { group: 'example.com', version: 'v1', resource: 'widgets' };
  const gone = transport.request({ verb: 'list', resource, namespace: '', name: '', subresource: '', options: {} });
  await expect(gone).rejects.toMatchObject({ code: 404, reason: 'NotFound', message: '404 page not found' });
  await transport.dispose();
  server.close();
});
