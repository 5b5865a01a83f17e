// DockerCoins' hasher: POST / answers the SHA-256 of the body in hexadecimal, after 100 ms. Requests run side by side.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { hostname } from 'node:os';

const REQUEST_MS = 100;

createServer((request, response) => {
  response.on('finish', () => {
    console.log(`${request.socket.remoteAddress} "${request.method} ${request.url}" ${response.statusCode}`);
  });
  response.setHeader('content-type', 'text/plain');
  if (request.method !== 'POST') return response.end(`HASHER running on ${hostname()}\n`);
  const hash = createHash('sha256');
  request.on('data', (chunk) => hash.update(chunk));
  request.on('end', () => setTimeout(() => response.end(hash.digest('hex')), REQUEST_MS));
}).listen(80, () => console.log('hasher: listening on port 80'));
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
