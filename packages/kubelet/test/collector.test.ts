import { seededRandom, silentLogger } from '@kubets/core';
import { hostClock } from '@kubets/core/node';
import { expect, test } from 'vitest';
import { ImageCollector } from '../src/images/collector.ts';
import { simulatedRuntime } from '../src/index.ts';

test('images that pods have as volumes are in use', async () => {
  const runtime = simulatedRuntime({ clock: hostClock, random: seededRandom(1) });
  for (const name of ['tools:1', 'old:1']) runtime.addImage(name);
  const collector = new ImageCollector({
    runtime,
    clock: hostClock,
    logger: silentLogger,
    policy: { minAgeMs: 0, highPercent: 85, lowPercent: 80 },
    volumeImages: () => ['tools:1', 'tools:1', 'gone:1'],
    usage: async () => ({ capacityBytes: 0, availableBytes: 0, inodes: 0, inodesFree: 0 }),
  });
  await collector.removeUnused();
  expect((await runtime.listImages()).flatMap(({ repoTags }) => repoTags)).toEqual(['tools:1']);
});
