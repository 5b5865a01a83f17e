import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Version of the layout of a data directory; raised when an older kubets could not read it any more. 2: compressed records. 3: journal. */
export const STORAGE_FORMAT_VERSION = 3;
const FORMAT_NAME = 'kubets-storage';
const VERSION_FILE = 'format.json';
const LOCK_FILE = 'lock';
/** Tries at taking over the lock of a process that is gone. */
const LOCK_ATTEMPTS = 3;

/** Something about a data directory keeps the store from opening; the message names it and says what to do. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError';
  readonly reason: 'locked' | 'newer-format' | 'corrupt' | 'not-ours' | 'unusable';
  readonly path: string;

  constructor(reason: DataDirectoryError['reason'], options: { path: string; message: string; cause?: unknown }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.path = options.path;
  }
}

/** A data directory held by this process until it is released. */
export interface HeldDirectory {
  readonly path: string;
  release(): void;
}

const heldHere = new Set<string>();

/** Makes the directory where needed, locks it against other processes, and checks its version marker. */
export function holdDirectory(path: string): HeldDirectory {
  const real = makeDirectory(path);
  lock(real);
  const release = () => {
    heldHere.delete(real);
    rmSync(join(real, LOCK_FILE), { force: true });
  };
  try {
    checkVersion(real);
  } catch (error) {
    release();
    throw error;
  }
  return { path: real, release };
}

function makeDirectory(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return realpathSync(path);
  } catch (cause) {
    const message = `cannot use ${path} as data directory: ${(cause as Error).message}`;
    throw new DataDirectoryError('unusable', { path, message, cause });
  }
}

function lock(path: string): void {
  const file = join(path, LOCK_FILE);
  const own = join(path, `${LOCK_FILE}.${process.pid}`);
  writeDurably(own, [`${process.pid} ${startTimeOf(process.pid) ?? ''}\n`]);
  try {
    for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
      const holder = heldHere.has(path) ? process.pid : takeOrFindHolder(own, file);
      if (holder === undefined) {
        heldHere.add(path);
        return;
      }
      if (holder !== 'gone') throw locked(path, holder);
      rmSync(file, { force: true });
    }
    throw locked(path, undefined);
  } finally {
    rmSync(own, { force: true });
  }
}

/** Links the lock into place; answers who holds it when somebody does already. */
function takeOrFindHolder(own: string, file: string): number | 'gone' | undefined {
  try {
    linkSync(own, file);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const [pidText = '', startTime = ''] = readLock(file).trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return 'gone';
  return startTime && startTimeOf(pid) !== startTime ? 'gone' : pid;
}

function readLock(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** True for a process that has ended and waits for its parent to notice. */
function isZombie(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** When a process started, in clock ticks since boot with the boot's id; tells a process from a later one of the same pid. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}@${boot}`;
  } catch {
    return undefined;
  }
}

function locked(path: string, pid: number | undefined): DataDirectoryError {
  const holder = pid === undefined ? 'another process' : `process ${pid}`;
  const message = `the data directory ${path} is in use by ${holder}; stop it first, or choose another directory`;
  return new DataDirectoryError('locked', { path, message });
}

function checkVersion(path: string): void {
  const file = join(path, VERSION_FILE);
  if (!existsSync(file)) {
    const foreign = readdirSync(path).filter((name) => !isOwnFile(name));
    if (foreign.length > 0) {
      const message = `${path} is not empty and holds no kubets data (found ${foreign.slice(0, 3).join(', ')}); choose another directory`;
      throw new DataDirectoryError('not-ours', { path, message });
    }
    writeMarker(file);
    return;
  }
  const version = readVersion(path, file);
  if (version > STORAGE_FORMAT_VERSION) {
    const message = `the data in ${path} is from a newer kubets (storage format ${version}, this one reads up to ${STORAGE_FORMAT_VERSION}); use that kubets or newer`;
    throw new DataDirectoryError('newer-format', { path, message });
  }
  // Everything older can be read as it is; what is written from now on is in this version.
  if (version < STORAGE_FORMAT_VERSION) writeMarker(file);
}

/** What a process that ended in the middle of making the directory may have left. */
const isOwnFile = (name: string) => name.startsWith(LOCK_FILE) || name.startsWith(VERSION_FILE);

/** In one step: a marker is never half written. */
function writeMarker(file: string): void {
  const next = `${file}.next`;
  writeDurably(next, [`${JSON.stringify({ format: FORMAT_NAME, version: STORAGE_FORMAT_VERSION })}\n`]);
  renameSync(next, file);
}

function readVersion(path: string, file: string): number {
  try {
    const marker: { format?: unknown; version?: unknown } = JSON.parse(readFileSync(file, 'utf8'));
    if (marker.format === FORMAT_NAME && Number.isInteger(marker.version)) return marker.version as number;
  } catch (cause) {
    throw corrupt(path, { detail: `${VERSION_FILE} cannot be read`, cause });
  }
  throw corrupt(path, { detail: `${VERSION_FILE} is not a kubets version marker` });
}

export function corrupt(path: string, { detail, cause }: { detail: string; cause?: unknown }): DataDirectoryError {
  const message = `the data in ${path} is damaged (${detail}); restore a backup, or remove the directory to start anew`;
  return new DataDirectoryError('corrupt', { path, message, cause });
}

/** Writes a whole file; it is on disk, and in its directory, when this returns. */
export function writeDurably(file: string, content: Iterable<string | Uint8Array>): void {
  const handle = openSync(file, 'w', 0o600);
  try {
    for (const part of content) writeFileSync(handle, part);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  syncDirectory(dirname(file));
}

function syncDirectory(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
