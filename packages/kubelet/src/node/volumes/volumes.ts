import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, open, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Container, PersistentVolume, Pod, Volume, VolumeMount } from '@kubets/api';
import { type Clock, type Disposable, type Logger, messageOf } from '@kubets/core';
import { expandStrictly } from '../../pod/expansion.ts';
import type { DownwardContext } from '../../pod/field-reference.ts';
import { ANNOTATION, logDirectoryName, nameOf, namespaceOf, uidOf } from '../../pod/identity.ts';
import { quantityValue } from '../../pod/quantity.ts';
import type { ContainerDetails, MountPropagation, RuntimeImage, RuntimeMount } from '../../runtime.ts';
import { hasContent, volumeContent } from '../../volumes/content.ts';
import type { ObjectSources, PodSources, TokenDemand } from '../../volumes/sources.ts';
import { type ContainerFiles, type MountRequest, type PodVolumes, VolumeError } from '../../volumes/volumes.ts';
import type { ImageViews } from '../cri/image-views.ts';
import { readLog } from '../logs/read.ts';
import { writeAtomically } from './atomic-writer.ts';
import { prepareHostPath } from './host-path.ts';
import { mountImage, mountNfs, mountTmpfs, removeTree } from './mounts.ts';

export interface NodeVolumesOptions {
  /** Below this, one directory a pod holds its volumes. */
  readonly rootDir: string;
  readonly podLogsDir: string;
  readonly sources: ObjectSources;
  readonly images: ImageViews;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A volume that is ready: the directory or file of the node that containers see. */
interface ReadyVolume {
  readonly hostPath: string;
  readonly readOnly: boolean;
}

interface PodState {
  readonly ready: Map<string, ReadyVolume>;
  readonly tokens: Map<string, { answer: Awaited<ReturnType<PodSources['token']>>; untilMs: number }>;
  timer: Disposable | undefined;
  /** Set-ups of one pod run one after the other. */
  queue: Promise<unknown>;
}

const run = promisify(execFile);

const TOKEN_RETRY_MS = 30_000;
const MAX_ENV_FILE_BYTES = 64 * 1024;
const MAX_MESSAGE_BYTES = 4096;
const MAX_LOG_MESSAGE_BYTES = 2048;
const MAX_LOG_MESSAGE_LINES = 80;
const IMAGE_TYPE = 'image';

/** The name under which the runtime keeps the filesystem of an image volume. */
const viewKey = (podUid: string, volume: string) => `image-volume-${podUid}-${volume}`;

/** The volumes and other files of pods on a Linux machine. */
export function nodeVolumes(options: NodeVolumesOptions): PodVolumes {
  return new NodeVolumes(options);
}

class NodeVolumes implements PodVolumes {
  readonly #options: NodeVolumesOptions;
  readonly #pods = new Map<string, PodState>();

  constructor(options: NodeVolumesOptions) {
    this.#options = options;
  }

  setUp(pod: Pod, context: DownwardContext): Promise<void> {
    const state = this.#state(uidOf(pod));
    const work = state.queue.then(() => this.#setUpAll(pod, context, state));
    state.queue = work.catch(() => undefined);
    return work;
  }

  async addImage({ pod, volume, image }: { pod: Pod; volume: string; image: RuntimeImage }): Promise<void> {
    const state = this.#state(uidOf(pod));
    if (state.ready.has(volume)) return;
    const dir = await this.#volumeDir(pod, IMAGE_TYPE, volume);
    await mountImage(await this.#options.images.open(viewKey(uidOf(pod), volume), image), dir);
    state.ready.set(volume, { hostPath: dir, readOnly: true });
  }

  async containerFiles(request: MountRequest): Promise<ContainerFiles> {
    const { pod, container, attempt, hosts } = request;
    const base = this.#podDir(uidOf(pod));
    const mounts: RuntimeMount[] = [];
    for (const mount of container.volumeMounts ?? []) mounts.push(await this.#mount(request, mount));
    if (hosts !== undefined) {
      const path = join(base, 'etc-hosts');
      await mkdir(base, { recursive: true, mode: 0o750 });
      await writeFile(path, hosts, { mode: 0o644 });
      mounts.push({ containerPath: '/etc/hosts', hostPath: path, readOnly: false, propagation: 'None' });
    }
    const terminationMessageHostPath = join(base, 'containers', container.name, String(attempt));
    await mkdir(dirname(terminationMessageHostPath), { recursive: true, mode: 0o750 });
    await writeFile(terminationMessageHostPath, '');
    await chmod(terminationMessageHostPath, 0o666);
    const containerPath = container.terminationMessagePath ?? '/dev/termination-log';
    mounts.push({ containerPath, hostPath: terminationMessageHostPath, readOnly: false, propagation: 'None' });
    return { mounts, terminationMessageHostPath };
  }

  async terminationMessage(container: ContainerDetails): Promise<string> {
    const path = container.annotations[ANNOTATION.terminationMessageHostPath];
    const text = path ? await readStart(path) : '';
    const usesLogs = container.annotations[ANNOTATION.terminationMessagePolicy] === 'FallbackToLogsOnError';
    if (text !== '' || !usesLogs || container.exitCode === 0) return text;
    return this.#endOfLog(container);
  }

  async tearDown(podUid: string): Promise<void> {
    const state = this.#pods.get(podUid);
    state?.timer?.dispose();
    await state?.queue;
    this.#pods.delete(podUid);
    const images = await readdir(join(this.#podDir(podUid), 'volumes', `kubernetes.io~${IMAGE_TYPE}`)).catch(() => []);
    await removeTree(this.#podDir(podUid));
    for (const volume of images) await this.#options.images.release(viewKey(podUid, volume));
  }

  async readFile({ pod, volume, path }: { pod: Pod; volume: string; path: string }): Promise<string | undefined> {
    const base = this.#state(uidOf(pod)).ready.get(volume)?.hostPath;
    if (base === undefined) throw new Error(`cannot find volume ${JSON.stringify(volume)}`);
    const [root, file] = await Promise.all([realpath(base), realpath(join(base, path)).catch(() => undefined)]);
    if (file === undefined) return undefined;
    if (!file.startsWith(`${root}/`)) throw new Error(`path ${JSON.stringify(path)} leads out of its volume`);
    if ((await stat(file)).size > MAX_ENV_FILE_BYTES)
      throw new Error(`file ${JSON.stringify(path)} is larger than ${MAX_ENV_FILE_BYTES} bytes`);
    return readFile(file, 'utf8');
  }

  async usage(pod: Pod): Promise<{ emptyDirs: Map<string, number>; logsBytes: number }> {
    const emptyDirs = new Map<string, number>();
    for (const { name, emptyDir } of pod.spec.volumes ?? [])
      if (emptyDir)
        emptyDirs.set(name, await bytesBelow(join(this.#podDir(uidOf(pod)), 'volumes/kubernetes.io~empty-dir', name)));
    return { emptyDirs, logsBytes: await bytesBelow(join(this.#options.podLogsDir, logDirectoryName(pod))) };
  }

  async removeLogs(pod: Pod): Promise<void> {
    await rm(join(this.#options.podLogsDir, logDirectoryName(pod)), { recursive: true, force: true });
  }

  async podUids(): Promise<string[]> {
    return readdir(join(this.#options.rootDir, 'pods')).catch(() => []);
  }

  // Setting up.

  #podDir(podUid: string): string {
    return join(this.#options.rootDir, 'pods', podUid);
  }

  #state(podUid: string): PodState {
    const known = this.#pods.get(podUid);
    if (known) return known;
    const state: PodState = { ready: new Map(), tokens: new Map(), timer: undefined, queue: Promise.resolve() };
    this.#pods.set(podUid, state);
    return state;
  }

  /** Brings every volume up to date; one that fails does not keep the others back. */
  async #setUpAll(pod: Pod, context: DownwardContext, state: PodState): Promise<void> {
    let refreshAtMs = Number.POSITIVE_INFINITY;
    let failure: VolumeError | undefined;
    for (const volume of pod.spec.volumes ?? []) {
      try {
        refreshAtMs = Math.min(refreshAtMs, await this.#setUpOne({ pod, volume, context, state }));
      } catch (error) {
        failure ??= new VolumeError(volume.name, messageOf(error));
      }
    }
    this.#scheduleRefresh(pod, context, refreshAtMs);
    if (failure) throw failure;
  }

  #scheduleRefresh(pod: Pod, context: DownwardContext, atMs: number): void {
    const { clock, logger } = this.#options;
    const state = this.#state(uidOf(pod));
    state.timer?.dispose();
    if (!Number.isFinite(atMs)) return;
    state.timer = clock.after(Math.max(0, atMs - clock.now()), () => {
      this.setUp(pod, context).catch((error: unknown) => {
        logger.log('warn', 'a token could not be renewed', { pod: nameOf(pod), error: String(error) });
        this.#scheduleRefresh(pod, context, clock.now() + TOKEN_RETRY_MS);
      });
    });
  }

  /** Makes one volume ready; returns when it wants to be made again. */
  async #setUpOne(request: { pod: Pod; volume: Volume; context: DownwardContext; state: PodState }): Promise<number> {
    const { pod, volume, state } = request;
    if (hasContent(volume)) return this.#setUpContent(request);
    if (volume.image || state.ready.has(volume.name)) return Number.POSITIVE_INFINITY;
    state.ready.set(volume.name, await this.#setUpPlain(pod, volume));
    return Number.POSITIVE_INFINITY;
  }

  async #volumeDir(pod: Pod, type: string, name: string): Promise<string> {
    const dir = join(this.#podDir(uidOf(pod)), 'volumes', `kubernetes.io~${type}`, name);
    await mkdir(dir, { recursive: true, mode: 0o750 });
    return dir;
  }

  async #setUpContent(request: {
    pod: Pod;
    volume: Volume;
    context: DownwardContext;
    state: PodState;
  }): Promise<number> {
    const { pod, volume, context, state } = request;
    const { clock, sources } = this.#options;
    const nowMs = clock.now();
    const ownSources = sources.forPod(uidOf(pod));
    const token = (demand: TokenDemand) => this.#token(state, ownSources, { volume: volume.name, demand });
    const content = await volumeContent({ pod, volume, sources: { ...ownSources, token }, context, nowMs });
    const type = volume.configMap
      ? 'configmap'
      : volume.secret
        ? 'secret'
        : volume.downwardAPI
          ? 'downward-api'
          : 'projected';
    const dir = await this.#volumeDir(pod, type, volume.name);
    if (type === 'secret' || type === 'projected') await mountTmpfs(dir, ['mode=0777']);
    else await chmod(dir, 0o777);
    const gid = pod.spec.securityContext?.fsGroup;
    const uid = commonUser(pod);
    const files = content.files.map((file) => ({ ...file, mode: fileMode(file, { gid, uid }) }));
    const owner = {
      ...(gid === undefined ? {} : { gid }),
      ...(uid !== undefined && files.some(({ isToken }) => isToken) ? { uid } : {}),
    };
    await writeAtomically({ dir, files, owner, nowMs });
    if (gid !== undefined) await ownDirectory(dir, gid, false);
    state.ready.set(volume.name, { hostPath: dir, readOnly: true });
    return content.refreshAtMs ?? Number.POSITIVE_INFINITY;
  }

  /** Asks for a token only when the last one is due for renewal. */
  async #token(state: PodState, sources: PodSources, request: { volume: string; demand: TokenDemand }) {
    const { clock } = this.#options;
    const key = JSON.stringify([request.volume, request.demand.audience, request.demand.expirationSeconds]);
    const known = state.tokens.get(key);
    if (known && known.untilMs > clock.now()) return known.answer;
    const answer = await sources.token(request.demand);
    const lifeMs = Date.parse(answer.status?.expirationTimestamp ?? '') - clock.now();
    state.tokens.set(key, { answer, untilMs: clock.now() + (lifeMs || 3_600_000) * 0.75 });
    return answer;
  }

  async #setUpPlain(pod: Pod, volume: Volume): Promise<ReadyVolume> {
    if (volume.emptyDir) return { hostPath: await this.#emptyDir(pod, volume), readOnly: false };
    if (volume.hostPath) {
      await prepareHostPath(volume.hostPath.path, volume.hostPath.type);
      return { hostPath: volume.hostPath.path, readOnly: false };
    }
    if (volume.nfs) return this.#nfs(pod, volume.name, volume.nfs);
    const claimName = volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral && `${nameOf(pod)}-${volume.name}`);
    if (claimName) return this.#claim(pod, volume, claimName);
    const [type = 'unknown'] = Object.keys(volume).filter((key) => key !== 'name');
    throw new Error(`volumes of type ${type} are not implemented on this node`);
  }

  async #emptyDir(pod: Pod, volume: Volume): Promise<string> {
    const dir = await this.#volumeDir(pod, 'empty-dir', volume.name);
    const { medium = '', sizeLimit } = volume.emptyDir ?? {};
    if (medium === 'Memory') {
      const bytes = sizeLimit ? Math.ceil(quantityValue(sizeLimit)) : 0;
      await mountTmpfs(dir, bytes > 0 ? [`size=${bytes}`] : []);
    } else if (medium !== '') throw new Error(`unknown storage medium ${JSON.stringify(medium)}`);
    await chmod(dir, 0o777);
    const gid = pod.spec.securityContext?.fsGroup;
    if (gid !== undefined) await ownDirectory(dir, gid, true);
    return dir;
  }

  async #nfs(pod: Pod, name: string, nfs: { server: string; path: string; readOnly?: boolean }): Promise<ReadyVolume> {
    const dir = await this.#volumeDir(pod, 'nfs', name);
    const readOnly = nfs.readOnly ?? false;
    await mountNfs({ server: nfs.server, path: nfs.path, readOnly }, dir);
    return { hostPath: dir, readOnly };
  }

  async #claim(pod: Pod, volume: Volume, claimName: string): Promise<ReadyVolume> {
    const sources = this.#options.sources.forPod(uidOf(pod));
    const claim = await sources.claim(namespaceOf(pod), claimName);
    if (!claim) throw new Error(`persistentvolumeclaim "${claimName}" not found`);
    const volumeName = claim.spec?.volumeName;
    if (!volumeName || claim.status?.phase !== 'Bound')
      throw new Error(`persistentvolumeclaim "${claimName}" is not bound`);
    const found = await sources.volume(volumeName);
    if (!found) throw new Error(`persistentvolume "${volumeName}" not found`);
    const readOnly = volume.persistentVolumeClaim?.readOnly ?? false;
    return this.#persistent(pod, found, readOnly);
  }

  async #persistent(pod: Pod, volume: PersistentVolume, readOnly: boolean): Promise<ReadyVolume> {
    const { hostPath, local, nfs } = volume.spec ?? {};
    if (hostPath) {
      await prepareHostPath(hostPath.path, hostPath.type);
      return { hostPath: hostPath.path, readOnly };
    }
    if (local) {
      if (!(await stat(local.path).catch(() => undefined)))
        throw new Error(`path ${JSON.stringify(local.path)} does not exist`);
      const gid = pod.spec.securityContext?.fsGroup;
      if (gid !== undefined && !readOnly) await ownDirectory(local.path, gid, true);
      return { hostPath: local.path, readOnly };
    }
    if (nfs) return this.#nfs(pod, volume.metadata.name ?? '', nfs);
    throw new Error(`persistentvolume "${volume.metadata.name}" is of a type that is not implemented on this node`);
  }

  // Mounting into containers.

  async #mount(request: MountRequest, mount: VolumeMount): Promise<RuntimeMount> {
    const volume = this.#state(uidOf(request.pod)).ready.get(mount.name);
    if (!volume)
      throw new Error(
        `cannot find volume ${JSON.stringify(mount.name)} to mount into container ${JSON.stringify(request.container.name)}`,
      );
    const hostPath = await subPathOf(volume.hostPath, mount, request);
    return {
      containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
      hostPath,
      readOnly: volume.readOnly || (mount.readOnly ?? false),
      propagation: (mount.mountPropagation ?? 'None') as MountPropagation,
    };
  }

  async #endOfLog(container: ContainerDetails): Promise<string> {
    const { clock } = this.#options;
    const chunks: Uint8Array[] = [];
    const signal = new AbortController().signal;
    const options = { tailLines: MAX_LOG_MESSAGE_LINES };
    const isRunning = async () => false;
    for await (const chunk of readLog({ path: container.logPath, options, signal, clock, isRunning }))
      chunks.push(chunk);
    return Buffer.concat(chunks).subarray(-MAX_LOG_MESSAGE_BYTES).toString('utf8');
  }
}

/** The path inside a volume, made where it is missing, that must not lead out of it. */
async function subPathOf(base: string, mount: VolumeMount, request: MountRequest): Promise<string> {
  const subPath = mount.subPathExpr ? expandStrictly(mount.subPathExpr, request.environment) : (mount.subPath ?? '');
  if (subPath === '') return base;
  if (subPath.startsWith('/')) throw new Error(`error SubPath ${JSON.stringify(subPath)} must not be an absolute path`);
  if (subPath.split('/').includes('..'))
    throw new Error(`unable to provision SubPath ${JSON.stringify(subPath)}: must not contain ".."`);
  const path = join(base, subPath);
  if (!(await stat(path).catch(() => undefined))) {
    await mkdir(path, { recursive: true, mode: 0o750 }).catch((error: unknown) => {
      throw new Error(
        `failed to create subPath directory for volumeMount ${JSON.stringify(mount.name)} of container ${JSON.stringify(request.container.name)}`,
        { cause: error },
      );
    });
    const { mode, gid } = await stat(base);
    await chmod(path, mode & 0o7777);
    await chown(path, 0, gid);
  }
  const [root, target] = await Promise.all([realpath(base), realpath(path)]);
  if (target !== root && !target.startsWith(`${root}/`))
    throw new Error(
      `failed to prepare subPath for volumeMount ${JSON.stringify(mount.name)} of container ${JSON.stringify(request.container.name)}`,
    );
  return target;
}

/** The one user that all containers run as, if there is one. */
function commonUser(pod: Pod): number | undefined {
  const userOf = (container: Container) => container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
  const users = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(userOf);
  return new Set(users).size === 1 ? users[0] : undefined;
}

function fileMode(
  file: { mode: number; isToken?: boolean },
  owner: { gid: number | undefined; uid: number | undefined },
): number {
  const base = file.isToken && (owner.gid !== undefined || owner.uid !== undefined) ? 0o600 : file.mode;
  return owner.gid === undefined ? base : base | 0o440;
}

/** Gives a tree to a group, as `fsGroup` asks; new files in it inherit the group. */
async function ownDirectory(dir: string, gid: number, isWritable: boolean): Promise<void> {
  const info = await stat(dir);
  const wanted = info.mode | (isWritable ? 0o2770 : 0o2550);
  if (info.gid === gid && info.mode === wanted) return;
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const { uid, mode } = await stat(path);
    await chown(path, uid, gid);
    const bits = entry.isDirectory() ? 0o2550 : 0o440;
    await chmod(path, (mode | bits | (isWritable ? 0o220 : 0)) & 0o7777);
  }
  await chown(dir, info.uid, gid);
  await chmod(dir, wanted & 0o7777);
}

/** Space that a tree takes up on its own filesystem. */
async function bytesBelow(dir: string): Promise<number> {
  // Files may go while they are counted: what was counted is told nevertheless.
  const { stdout } = await run('du', ['-sxB1', dir]).catch((error: { stdout?: string }) => ({
    stdout: error.stdout ?? '',
  }));
  return Number.parseInt(stdout, 10) || 0;
}

async function readStart(path: string): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return '';
  try {
    const buffer = Buffer.alloc(MAX_MESSAGE_BYTES);
    const { bytesRead } = await file.read(buffer, 0, MAX_MESSAGE_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
