import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, TestCluster } from '../src/cluster.ts';
import { artifactsDir, CLUSTER_NAME } from '../src/global-setup.ts';

const MANIFEST = fileURLToPath(new URL('../manifests/dockercoins.yaml', import.meta.url));
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const MEASURE_MS = 10_000;

interface Counters {
  readonly hashes: number;
  readonly coins: number;
  readonly now: number;
}

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await TestCluster.up(CLUSTER_NAME);
});

async function webuiUrl(): Promise<string> {
  const service = await cluster.json<{ spec: { ports: { nodePort: number }[] } }>('get service webui');
  return `http://127.0.0.1:${service.spec.ports[0]?.nodePort}`;
}

async function counters(): Promise<Counters> {
  const url = await webuiUrl();
  return eventually(async () => {
    const response = await fetch(`${url}/json`).catch(() => undefined);
    return response?.ok ? ((await response.json()) as Counters) : undefined;
  });
}

/** Hashes per second over ten seconds, beginning when the counter has moved. */
async function measuredSpeed(): Promise<number> {
  const first = await counters();
  const start = await eventually(async () => {
    const next = await counters();
    return next.hashes > first.hashes && next;
  });
  await new Promise((resolve) => setTimeout(resolve, MEASURE_MS));
  const end = await eventually(async () => {
    const next = await counters();
    return next.now - start.now >= MEASURE_MS / 1000 && next;
  });
  return (end.hashes - start.hashes) / (end.now - start.now);
}

async function ready(...names: string[]): Promise<void> {
  for (const name of names) await cluster.kubectl(`rollout status deployment/${name} --timeout=120s`);
}

describe('DockerCoins by commands', () => {
  beforeAll(async () => {
    await cluster.kubectl('create deployment redis --image=redis');
    for (const name of ['hasher', 'rng', 'webui', 'worker']) {
      await cluster.kubectl(`create deployment ${name} --image=dockercoins/${name}:v0.1`);
    }
    await cluster.kubectl('expose deployment redis --port 6379');
    await cluster.kubectl('expose deployment rng --port 80');
    await cluster.kubectl('expose deployment hasher --port 80');
    await cluster.kubectl('expose deployment webui --type=NodePort --port=80');
    await ready('redis', 'hasher', 'rng', 'webui', 'worker');
  });

  afterAll(async () => {
    await cluster.kubectl(
      'delete deployment,service redis hasher rng webui worker --ignore-not-found --grace-period=1',
    );
  });

  it('mines about 3.3 hashes a second with one worker', async () => {
    const speed = await measuredSpeed();
    expect(speed).toBeGreaterThan(2.5);
    expect(speed).toBeLessThan(4);
  });

  it('mines about twice as many with two', async () => {
    await cluster.kubectl('scale deployment worker --replicas=2');
    await ready('worker');
    const speed = await measuredSpeed();
    expect(speed).toBeGreaterThan(4.8);
    expect(speed).toBeLessThan(7.5);
  });

  it('reaches the ceiling of rng with ten', async () => {
    await cluster.kubectl('scale deployment worker --replicas=10');
    await ready('worker');
    const speed = await measuredSpeed();
    expect(speed).toBeGreaterThan(7);
    expect(speed).toBeLessThan(11.5);
  });

  it('draws the graph in a browser', async () => {
    expect(CHROMIUM, 'a Chromium is installed by the test set-up').toBeDefined();
    const browser = await chromium.launch({
      executablePath: CHROMIUM as string,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    try {
      const page = await browser.newPage();
      await page.goto(await webuiUrl());
      expect(page.url()).toMatch(/\/index\.html$/);
      await page.waitForFunction("Number(document.getElementById('speed').textContent) > 0", undefined, {
        timeout: 60_000,
      });
      await page.waitForFunction('speeds.length > 8', undefined, { timeout: 60_000 });
      const bluePixels = await page.evaluate<number>(`(() => {
        const canvas = document.getElementById('graph');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let blue = 0;
        for (let i = 0; i < data.length; i += 4) if (data[i + 2] > 150 && data[i] < 180 && data[i + 3] > 0) blue++;
        return blue;
      })()`);
      expect(bluePixels).toBeGreaterThan(500);
      await page.screenshot({ path: join(artifactsDir, 'dockercoins.png') });
    } finally {
      await browser.close();
    }
  });
});

describe('DockerCoins from one file', () => {
  afterAll(async () => {
    await cluster.kubectl(['delete', '-f', MANIFEST, '--ignore-not-found', '--grace-period=1']);
  });

  it('is applied, mines, and applies again without a change', async () => {
    await cluster.kubectl(['apply', '-f', MANIFEST]);
    await ready('redis', 'hasher', 'rng', 'webui', 'worker');
    expect(await measuredSpeed()).toBeGreaterThan(2.5);
    const again = await cluster.kubectl(['apply', '-f', MANIFEST]);
    expect(again.trim().split('\n')).toSatisfy((lines: string[]) => lines.every((line) => line.endsWith('unchanged')));
  });
});
