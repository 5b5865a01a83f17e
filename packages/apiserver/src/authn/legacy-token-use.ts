import { type ConfigMap, configMapKind, type Secret, secretKind } from '@kubets/api';
import type { Client } from '@kubets/client';
import { type Clock, hasReason, type Logger } from '@kubets/core';

const LAST_USED_LABEL = 'kubernetes.io/legacy-token-last-used';
const INVALID_SINCE_LABEL = 'kubernetes.io/legacy-token-invalid-since';

/** The day in UTC, as such labels have it. */
function dayOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

/** Publishes since when the use of such tokens is noted. */
export async function publishTokenTracking(client: Client, nowMs: number): Promise<void> {
  const metadata = { name: 'kube-apiserver-legacy-service-account-token-tracking', namespace: 'kube-system' };
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { since: dayOf(nowMs) } } as ConfigMap;
  await client
    .resource(configMapKind)
    .create(configMap)
    .catch((error) => {
      if (!hasReason(error, 'AlreadyExists')) throw error;
    });
}

/** Throws where the cleaner of old tokens has marked a token as one that is not to be used. */
export function checkNotMarked({ metadata }: Secret, account: string): void {
  if (!metadata.labels?.[INVALID_SINCE_LABEL]) return;
  const { namespace, name } = metadata;
  throw new Error(
    `the token in secret ${namespace}/${name} for service account ${namespace}/${account} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${INVALID_SINCE_LABEL}' label from the secret to temporarily allow use of this token`,
  );
}

/** Notes on secrets of tokens without an end on which day they were last used. */
export function noteLegacyTokenUse(options: {
  client: Client;
  clock: Clock;
  logger: Logger;
}): (secret: Secret) => void {
  const { client, clock, logger } = options;
  return ({ metadata }) => {
    const today = dayOf(clock.now());
    if (metadata.labels?.[LAST_USED_LABEL] === today) return;
    const { namespace = '', name = '', uid } = metadata;
    const patch = { metadata: { uid, labels: { [LAST_USED_LABEL]: today } } };
    client
      .resource(secretKind)
      .patch({ namespace, name }, 'merge', patch)
      .catch((error) => {
        if (hasReason(error, 'NotFound') || hasReason(error, 'Conflict')) return;
        logger.log('warn', 'the use of a token could not be noted', { namespace, name, error });
      });
  };
}
