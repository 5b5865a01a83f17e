import type { HttpsAnswer, HttpsCaller } from './https-caller.ts';

/** A server outside of the cluster that the API server asks or tells something, as a kubeconfig file describes it. */
export interface RemoteEndpoint {
  readonly url: string;
  /** PEM; the authorities of the system when absent. */
  readonly ca?: string;
  readonly insecure?: boolean;
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  /** The Authorization header. */
  readonly authorization?: string;
}

/** POSTs JSON. Resolves with any answer; throws an Error when there is none. */
export function postTo(
  endpoint: RemoteEndpoint,
  { caller, body, timeoutMs }: { caller: HttpsCaller; body: object; timeoutMs: number },
): Promise<HttpsAnswer> {
  const { url, ca, insecure, clientCertificate, authorization } = endpoint;
  return caller.call({
    method: 'POST',
    url,
    ...(ca ? { ca } : {}),
    ...(insecure ? { insecure } : {}),
    ...(clientCertificate ? { clientCertificate } : {}),
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, */*',
      'user-agent': 'kube-apiserver',
      ...(authorization ? { authorization } : {}),
    },
    body: JSON.stringify(body),
    timeoutMs,
  });
}
