import type { Container, Pod, ServiceAccount, Volume } from '@kubets/api';
import { type Random, randomSuffix } from '@kubets/core';
import { type AdmissionPlugin, type AdmissionRequest, refused } from './admission.ts';
import type { Lookup } from './lookup.ts';

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const DEFAULT_ACCOUNT = 'default';
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
/** Seven seconds more than an hour: tokens asked for by this plugin can be told from others. */
const TOKEN_SECONDS = 3607;

/** Gives pods a service account, its token and its pull secrets. */
export function serviceAccount(lookup: Lookup): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    handles: (operation) => operation === 'CREATE',
    async mutate(admission) {
      if (!isPodCreation(admission)) return;
      const pod = admission.object as Pod;
      if (pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) {
        checkMirrorPod(pod, admission);
        return;
      }
      const name = pod.spec.serviceAccountName || DEFAULT_ACCOUNT;
      pod.spec.serviceAccountName = name;
      pod.spec.serviceAccount = name;
      const account = await findAccount(lookup, admission, name);
      const { random } = lookup.server;
      if (pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)
        mountToken(pod, random);
      if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
        pod.spec.imagePullSecrets = structuredClone(account.imagePullSecrets);
      }
    },
  };
}

export function isPodCreation({ resource, subresource, operation }: AdmissionRequest): boolean {
  return operation === 'CREATE' && isPod({ resource }) && subresource === '';
}

/** New resources for a pod that runs. */
export function isResize({ resource, subresource }: AdmissionRequest): boolean {
  return isPod({ resource }) && subresource === 'resize';
}

export function isPod({ resource }: Pick<AdmissionRequest, 'resource'>): boolean {
  return resource.name.group === '' && resource.name.resource === 'pods';
}

async function findAccount(lookup: Lookup, admission: AdmissionRequest, name: string): Promise<ServiceAccount> {
  const { namespace } = admission;
  const account = await lookup.get<ServiceAccount>({ group: '', resource: 'serviceaccounts', namespace }, name);
  if (account) return account;
  throw refused(
    admission,
    `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
  );
}

function checkMirrorPod({ spec }: Pod, admission: AdmissionRequest): void {
  if (spec.serviceAccountName) throw refused(admission, 'a mirror pod may not reference service accounts');
  for (const volume of spec.volumes ?? []) {
    if (volume.secret) throw refused(admission, 'a mirror pod may not reference secrets');
    if (volume.projected?.sources?.some((source) => source.serviceAccountToken)) {
      throw refused(admission, 'a mirror pod may not use ServiceAccountToken volume projections');
    }
  }
}

function mountToken({ spec }: Pod, random: Random): void {
  const existing = spec.volumes?.find(({ name }) => name.startsWith(VOLUME_PREFIX));
  const name = existing?.name ?? `${VOLUME_PREFIX}${randomSuffix(random)}`;
  let isMounted = false;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    isMounted = mountInto(container, name) || isMounted;
  }
  if (isMounted && !existing) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

/** False when the container has something of its own there. */
function mountInto(container: Container, name: string): boolean {
  if (container.volumeMounts?.some(({ mountPath }) => mountPath === MOUNT_PATH)) return false;
  const mount = { name, readOnly: true, mountPath: MOUNT_PATH };
  container.volumeMounts = [...(container.volumeMounts ?? []), mount];
  return true;
}

function tokenVolume(name: string): Volume {
  const namespaceField = { path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } };
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [namespaceField] } },
      ],
      defaultMode: 0o644,
    },
  };
}
