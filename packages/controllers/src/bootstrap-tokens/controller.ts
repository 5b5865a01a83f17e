import { type ConfigMap, configMapKind, secretKind } from '@kubets/api';
import { keyOf } from '@kubets/client';
import { hasReason } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import { type Controller, type ControllerContext, type Requeue, type Watch, watch } from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';
import {
  type BootstrapToken,
  detachedSignature,
  expirationOf,
  isTokenSecret,
  TOKEN_NAMESPACE,
  tokenOf,
} from './tokens.ts';

const INFO_NAMESPACE = 'kube-public';
const INFO_NAME = 'cluster-info';
const INFO_KEY = `${INFO_NAMESPACE}/${INFO_NAME}`;
const KUBECONFIG = 'kubeconfig';
const SIGNATURE_PREFIX = 'jws-kubeconfig-';
/** The information is looked after even when nothing about it has changed yet. */
const ONCE: Watch = {
  start(sink) {
    sink.add(INFO_KEY);
    return { dispose() {} };
  },
  whenSynced: () => Promise.resolve(),
};

/**
 * Signs the public information of the cluster with every token that may sign, so that a node which knows a token can tell the right
 * cluster from a false one. With `clusterInfo`, a kubeconfig without credentials, it also publishes that information.
 */
export function bootstrapSigner(context: ControllerContext, clusterInfo: string | undefined): Controller {
  const secrets = context.informers.informer(secretKind);
  const configMaps = context.informers.informer(configMapKind);
  const client = context.client.resource(configMapKind);

  return {
    name: 'bootstrap-signer',
    watches: [
      watch(configMaps, ({ object }) => (keyOf(object) === INFO_KEY ? [INFO_KEY] : [])),
      watch(secrets, ({ object }) => (isTokenSecret(object) ? [INFO_KEY] : [])),
      ONCE,
    ],
    async reconcile() {
      const info = configMaps.store.get(INFO_KEY) ?? (await publish());
      if (!info?.data?.[KUBECONFIG]) return;
      const tokens = secrets.store.list(TOKEN_NAMESPACE).map(tokenOf);
      const nowMs = context.clock.now();
      const signers = tokens.filter((token) => token !== undefined && maySign(token, nowMs)) as BootstrapToken[];
      const data = await signedData(info.data, signers);
      if (!deepEqual(data, info.data)) await client.update({ ...info, data });
    },
  };

  async function publish(): Promise<ConfigMap | undefined> {
    if (clusterInfo === undefined) return undefined;
    const metadata = { name: INFO_NAME, namespace: INFO_NAMESPACE };
    const data = { [KUBECONFIG]: clusterInfo };
    try {
      return await client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error;
      return undefined;
    }
  }
}

const maySign = ({ isForSigning, expiresMs }: BootstrapToken, nowMs: number) =>
  isForSigning && (expiresMs === undefined || expiresMs > nowMs);

/** The information with a signature for each of `signers` and none of others. */
async function signedData(
  data: Readonly<Record<string, string>>,
  signers: readonly BootstrapToken[],
): Promise<Record<string, string>> {
  const plain = Object.entries(data).filter(([name]) => !name.startsWith(SIGNATURE_PREFIX));
  const signatures = await Promise.all(
    signers.map(async (token) => [
      `${SIGNATURE_PREFIX}${token.id}`,
      await detachedSignature(data[KUBECONFIG] ?? '', token),
    ]),
  );
  return Object.fromEntries([...plain, ...signatures]);
}

/** Deletes bootstrap tokens that have expired. */
export function tokenCleaner(context: ControllerContext): Controller {
  const secrets = context.informers.informer(secretKind);

  return {
    name: 'token-cleaner',
    watches: [
      watch(secrets, ({ type, object }) => (type !== 'deleted' && isTokenSecret(object) ? [keyOf(object)] : [])),
    ],
    async reconcile(key): Promise<Requeue | undefined> {
      const secret = secrets.store.get(key);
      const expiresMs = secret && expirationOf(atob(secret.data?.expiration ?? ''));
      if (!secret || expiresMs === undefined) return undefined;
      const waitMs = expiresMs - context.clock.now();
      if (waitMs > 0) return { afterMs: waitMs };
      const { namespace = '', name = '', uid } = secret.metadata;
      await ignoring(
        context.client.resource(secretKind).delete(namespace, name, uid ? { preconditions: { uid } } : {}),
        'NotFound',
        'Conflict',
      );
      return undefined;
    },
  };
}
