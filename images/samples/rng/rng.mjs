// DockerCoins' random number generator: GET /N answers N random bytes. It serves one request at a time, 100 ms each, which
// makes it the bottleneck that the scaling exercises look for.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { hostname } from 'node:os';

const REQUEST_MS = 100;
const MAX_BYTES = 1 << 20;
let turn = Promise.resolve();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function answer(request, response) {
  const match = /^\/(\d+)$/.exec(request.url);
  if (request.url === '/') return response.end(`RNG running on ${hostname()}\n`);
  if (!match || Number(match[1]) > MAX_BYTES) return response.writeHead(404).end('Not Found\n');
  await sleep(REQUEST_MS);
  response.setHeader('content-type', 'application/octet-stream');
  response.end(randomBytes(Number(match[1])));
}

createServer((request, response) => {
  turn = turn.then(async () => {
    await answer(request, response);
    console.log(`${request.socket.remoteAddress} "${request.method} ${request.url}" ${response.statusCode}`);
  });
}).listen(80, () => console.log('rng: listening on port 80'));
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
