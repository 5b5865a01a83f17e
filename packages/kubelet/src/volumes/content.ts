import type { DownwardAPIVolumeFile, KeyToPath, Pod, Volume, VolumeProjection } from '@kubets/api';
import { type DownwardContext, fieldValue, namedContainer, resourceValue } from '../pod/field-reference.ts';
import { namespaceOf } from '../pod/identity.ts';
import type { PodSources } from './sources.ts';

/** One file of a volume whose content comes from the API. */
export interface VolumeFile {
  /** Relative to the volume, with slashes. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly mode: number;
  /** Only its owner and group may read it, whatever the mode says. */
  readonly isToken?: boolean;
}

export interface VolumeContent {
  readonly files: readonly VolumeFile[];
  /** When a token in it has to be renewed. */
  readonly refreshAtMs?: number;
}

export interface ContentRequest {
  readonly pod: Pod;
  readonly volume: Volume;
  readonly sources: PodSources;
  readonly context: DownwardContext;
  readonly nowMs: number;
}

const DEFAULT_MODE = 0o644;
const DEFAULT_TOKEN_SECONDS = 3600;
/** Tokens are renewed when this part of their life is over, or after a day. */
const RENEWAL_SHARE = 0.8;
const MAX_TOKEN_AGE_MS = 24 * 3_600_000;

const encoder = new TextEncoder();
const fromBase64 = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

interface Selection {
  readonly kind: 'configmap' | 'secret';
  readonly name: string;
  readonly items?: readonly KeyToPath[];
  readonly optional?: boolean;
  readonly mode: number;
}

/** All keys, or the chosen ones under their paths. */
function chosen(data: ReadonlyMap<string, Uint8Array>, selection: Selection): VolumeFile[] {
  const { items, mode, optional } = selection;
  if (!items || items.length === 0) return [...data].map(([path, content]) => ({ path, content, mode }));
  return items.flatMap((item) => {
    const content = data.get(item.key);
    if (content) return [{ path: item.path, content, mode: item.mode ?? mode }];
    if (optional) return [];
    throw new Error(`references non-existent ${selection.kind === 'secret' ? 'secret' : 'config'} key: ${item.key}`);
  });
}

async function selectedFiles(request: ContentRequest, selection: Selection): Promise<VolumeFile[]> {
  const { sources, pod } = request;
  const namespace = namespaceOf(pod);
  const { kind, name } = selection;
  const data = new Map<string, Uint8Array>();
  if (kind === 'configmap') {
    const found = await sources.configMap(namespace, name);
    if (!found && !selection.optional) throw new Error(`configmap "${name}" not found`);
    for (const [key, text] of Object.entries(found?.data ?? {})) data.set(key, encoder.encode(text));
    for (const [key, base64] of Object.entries(found?.binaryData ?? {})) data.set(key, fromBase64(base64));
  } else {
    const found = await sources.secret(namespace, name);
    if (!found && !selection.optional) throw new Error(`secret "${name}" not found`);
    for (const [key, base64] of Object.entries(found?.data ?? {})) data.set(key, fromBase64(base64));
  }
  return chosen(data, selection);
}

function downwardFiles(request: ContentRequest, items: readonly DownwardAPIVolumeFile[], mode: number): VolumeFile[] {
  const { pod, context } = request;
  return items.map((item) => {
    let text = '';
    if (item.fieldRef) text = fieldValue(pod, item.fieldRef.fieldPath, context);
    else if (item.resourceFieldRef) {
      const container = namedContainer(pod, item.resourceFieldRef.containerName ?? '');
      text = resourceValue(container, item.resourceFieldRef, context);
    }
    return { path: item.path, content: encoder.encode(text), mode: item.mode ?? mode };
  });
}

async function projectedFiles(request: ContentRequest, source: VolumeProjection, mode: number): Promise<VolumeContent> {
  const { pod, sources, nowMs } = request;
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap)
    return { files: await selectedFiles(request, selection('configmap', configMap.name, configMap, mode)) };
  if (secret) return { files: await selectedFiles(request, selection('secret', secret.name, secret, mode)) };
  if (downwardAPI) return { files: downwardFiles(request, downwardAPI.items ?? [], mode) };
  if (source.clusterTrustBundle) throw new Error('projected clusterTrustBundle volumes are not implemented');
  if (source.podCertificate) throw new Error('projected podCertificate volumes are not implemented');
  if (!serviceAccountToken) return { files: [] };
  const answer = await sources.token({
    namespace: namespaceOf(pod),
    serviceAccount: pod.spec.serviceAccountName || 'default',
    audience: serviceAccountToken.audience ?? '',
    expirationSeconds: serviceAccountToken.expirationSeconds ?? DEFAULT_TOKEN_SECONDS,
    podName: pod.metadata.name ?? '',
    podUid: pod.metadata.uid ?? '',
  });
  const content = encoder.encode(answer.status?.token ?? '');
  const lifeMs = Date.parse(answer.status?.expirationTimestamp ?? '') - nowMs;
  const refreshAtMs =
    nowMs + Math.min(MAX_TOKEN_AGE_MS, (Number.isNaN(lifeMs) ? DEFAULT_TOKEN_SECONDS * 1000 : lifeMs) * RENEWAL_SHARE);
  return { files: [{ path: serviceAccountToken.path, content, mode, isToken: true }], refreshAtMs };
}

type Reference = { readonly items?: KeyToPath[]; readonly optional?: boolean };

function selection(kind: Selection['kind'], name: string | undefined, source: Reference, mode: number): Selection {
  return {
    kind,
    name: name ?? '',
    mode,
    ...(source.items ? { items: source.items } : {}),
    ...(source.optional === undefined ? {} : { optional: source.optional }),
  };
}

/** True for volumes that are written from objects of the API. */
export function hasContent(volume: Volume): boolean {
  return Boolean(volume.configMap ?? volume.secret ?? volume.downwardAPI ?? volume.projected);
}

/** The files of a volume, as its sources are now. Throws with what is missing. */
export async function volumeContent(request: ContentRequest): Promise<VolumeContent> {
  const { configMap, secret, downwardAPI, projected } = request.volume;
  if (configMap) {
    const mode = configMap.defaultMode ?? DEFAULT_MODE;
    return { files: await selectedFiles(request, selection('configmap', configMap.name, configMap, mode)) };
  }
  if (secret) {
    const mode = secret.defaultMode ?? DEFAULT_MODE;
    return { files: await selectedFiles(request, selection('secret', secret.secretName, secret, mode)) };
  }
  if (downwardAPI)
    return { files: downwardFiles(request, downwardAPI.items ?? [], downwardAPI.defaultMode ?? DEFAULT_MODE) };
  const mode = projected?.defaultMode ?? DEFAULT_MODE;
  const parts = await Promise.all((projected?.sources ?? []).map((source) => projectedFiles(request, source, mode)));
  const refreshes = parts.map(({ refreshAtMs }) => refreshAtMs).filter((ms) => ms !== undefined);
  return {
    files: parts.flatMap(({ files }) => files),
    ...(refreshes.length > 0 ? { refreshAtMs: Math.min(...refreshes) } : {}),
  };
}
