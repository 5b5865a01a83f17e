// DockerCoins' miner: takes 32 random bytes from rng, has them hashed by hasher, and works 100 ms itself; that is one unit of
// work. Once a second it adds the units done to the counter "hashes" in redis. It does not react to SIGTERM.
import { redisClient } from '../redis-client.mjs';

const WORK_MS = Number(process.env.WORK_MS ?? 100);
const RETRY_MS = 10_000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function request(url, options) {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

async function workOnce(redis) {
  const bytes = await request('http://rng/32');
  const hash = (await request('http://hasher/', { method: 'POST', body: bytes })).toString();
  await sleep(WORK_MS);
  if (!hash.startsWith('0')) return;
  console.log(`Coin found: ${hash.slice(0, 8)}...`);
  const created = await redis.command('HSET', 'wallet', hash, bytes.toString('hex'));
  if (!created) console.log('We already had that coin');
}

async function workLoop(redis, intervalMs = 1000) {
  let deadline = 0;
  let unitsDone = 0;
  for (;;) {
    if (Date.now() > deadline) {
      console.log(`${unitsDone} units of work done, updating hash counter`);
      await redis.command('INCRBY', 'hashes', unitsDone);
      unitsDone = 0;
      deadline = Date.now() + intervalMs;
    }
    await workOnce(redis);
    unitsDone++;
  }
}

process.on('SIGTERM', () => {});
for (;;) {
  let redis;
  try {
    redis = await redisClient('redis');
    await workLoop(redis);
  } catch (error) {
    console.error(`In work loop: ${error.cause?.message ?? error.message}. Waiting 10 s and restarting.`);
    redis?.close();
    await sleep(RETRY_MS);
  }
}
