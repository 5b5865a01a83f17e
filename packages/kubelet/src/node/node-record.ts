import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';

/** What a node changed on its machine, kept so that its removal can undo it even after a crash. */
export interface NodeRecord {
  /** Kernel settings as they were before. */
  readonly sysctls: Readonly<Record<string, string>>;
  readonly cgroupRoot: string;
  readonly bridgeName: string;
  readonly runDir: string;
}

const path = (dataDir: string) => `${dataDir}/node.json`;

export async function readNodeRecord(dataDir: string): Promise<NodeRecord | undefined> {
  const text = await readFile(path(dataDir), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as NodeRecord);
}

/** Writes the record; settings changed by an earlier start keep their oldest value. */
export async function recordNode(dataDir: string, record: NodeRecord): Promise<void> {
  const old = await readNodeRecord(dataDir).catch(() => undefined);
  const merged = { ...record, sysctls: { ...record.sysctls, ...old?.sysctls } };
  await mkdir(dataDir, { recursive: true });
  await writeFile(`${path(dataDir)}.new`, JSON.stringify(merged));
  await rename(`${path(dataDir)}.new`, path(dataDir));
}
