import { type ConfigMap, configMapKind } from '@kubets/api';
import { createClient, type Transport } from '@kubets/client';
import { hasReason, sameJson } from '@kubets/core';

export interface ClientAuthorities {
  /** Of clients' certificates, PEM. */
  readonly clientCa: string;
  /** Of the certificate that the API server shows as a front proxy, PEM. */
  readonly frontProxyCa: string;
}

const METADATA = { name: 'extension-apiserver-authentication', namespace: 'kube-system' };
const FRONT_PROXY_NAMES = ['front-proxy-client'];

/** Tells servers of aggregated APIs, in the ConfigMap where they look for it, how to know who asks. */
export async function publishAuthorities(transport: Transport, authorities: ClientAuthorities): Promise<void> {
  const configMaps = createClient(transport).resource(configMapKind);
  const data = {
    'client-ca-file': authorities.clientCa,
    'requestheader-allowed-names': JSON.stringify(FRONT_PROXY_NAMES),
    'requestheader-client-ca-file': authorities.frontProxyCa,
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-username-headers': '["X-Remote-User"]',
  };
  try {
    const current = await configMaps.get(METADATA.namespace, METADATA.name);
    if (!sameJson(current.data, data)) await configMaps.update({ ...current, data });
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
    await configMaps.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: METADATA, data } as ConfigMap);
  }
}
