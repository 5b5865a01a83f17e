import { watch } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Pod, podKind } from '@kubets/api';
import {
  applySchemaDefaults,
  type Clock,
  type Disposable,
  disposable,
  type JsonObject,
  type Logger,
  parseYaml,
} from '@kubets/core';
import type { StaticPodSource } from '../static-pods.ts';

export interface ManifestFolderOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const EXTENSIONS = /\.(ya?ml|json)$/;
/** Editors write a file in several steps; they are taken together. */
const SETTLE_MS = 100;
/** Changes are looked for this often even when the folder tells of none. */
const RESCAN_MS = 20_000;

async function readManifest(path: string): Promise<Pod> {
  const { value } = parseYaml(await readFile(path, 'utf8'));
  const object = value as JsonObject | null;
  if (object?.kind !== 'Pod' || object.apiVersion !== 'v1') throw new Error('not a v1 Pod');
  applySchemaDefaults(podKind.schema, object);
  const pod = object as unknown as Pod;
  podKind.strategy.applyDefaults?.(pod);
  if (!pod.metadata.name) throw new Error('metadata.name is missing');
  return pod;
}

/** The pods whose manifests lie in a folder of the node. */
export function manifestFolder({ dir, clock, logger }: ManifestFolderOptions): StaticPodSource {
  async function scan(): Promise<Pod[]> {
    const names = (await readdir(dir).catch(() => []))
      .filter((name) => EXTENSIONS.test(name) && !name.startsWith('.'))
      .sort();
    const pods: Pod[] = [];
    for (const name of names) {
      try {
        pods.push(await readManifest(join(dir, name)));
      } catch (error) {
        logger.log('warn', 'a static pod manifest cannot be used', { file: join(dir, name), error: String(error) });
      }
    }
    return pods;
  }
  return {
    async watch(onPods): Promise<Disposable> {
      await mkdir(dir, { recursive: true });
      let timer: Disposable | undefined;
      let isOver = false;
      const rescan = async () => {
        const pods = await scan();
        if (isOver) return;
        onPods(pods);
        schedule(RESCAN_MS);
      };
      const schedule = (delayMs: number) => {
        timer?.dispose();
        timer = clock.after(delayMs, () => void rescan());
      };
      const watcher = watch(dir, () => schedule(SETTLE_MS));
      watcher.on('error', (error) => logger.log('warn', 'the manifest folder cannot be watched', { dir, error }));
      await rescan();
      return disposable(() => {
        isOver = true;
        timer?.dispose();
        watcher.close();
      });
    },
  };
}
