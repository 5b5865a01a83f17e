import { readFileSync } from 'node:fs';
import type { Clock, Logger } from '@kubets/core';
import type { HttpTransportOptions } from './http-transport.ts';

const ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';
/** The kubelet renews the token in its file; it is read again after this time. */
const TOKEN_READ_MS = 60_000;

/** How a program in a pod reaches the API server: service environment, and the token and authority mounted into it. */
export function inClusterOptions(options: { userAgent: string; clock: Clock; logger: Logger }): HttpTransportOptions {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (!host || !port)
    throw new Error('this is no pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set');
  let token = '';
  let readMs = Number.NEGATIVE_INFINITY;
  const currentToken = () => {
    if (options.clock.monotonicMs() - readMs > TOKEN_READ_MS) {
      token = readFileSync(`${ACCOUNT_DIR}/token`, 'utf8').trim();
      readMs = options.clock.monotonicMs();
    }
    return token;
  };
  return {
    ...options,
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: readFileSync(`${ACCOUNT_DIR}/ca.crt`, 'utf8'),
    credential: { token: currentToken },
  };
}
