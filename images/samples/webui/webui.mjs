// DockerCoins' web page: / leads to /index.html, which draws the mining speed; /json has the counters.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { redisClient } from '../redis-client.mjs';

const page = readFileSync(new URL('index.html', import.meta.url));
let redis;

async function counters() {
  try {
    redis ??= await redisClient('redis');
    const [coins, hashes] = await Promise.all([redis.command('HLEN', 'wallet'), redis.command('GET', 'hashes')]);
    return { coins, hashes: Number(hashes ?? 0), now: Date.now() / 1000 };
  } catch (error) {
    redis?.close();
    redis = undefined;
    throw error;
  }
}

createServer(async (request, response) => {
  if (request.url === '/') return response.writeHead(302, { location: '/index.html' }).end();
  if (request.url === '/index.html')
    return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  if (request.url !== '/json') return response.writeHead(404).end('Not Found\n');
  try {
    const body = JSON.stringify(await counters());
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  } catch (error) {
    response.writeHead(503, { 'content-type': 'application/json' }).end(JSON.stringify({ error: error.message }));
  }
}).listen(80, () => console.log('webui: listening on port 80'));
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
