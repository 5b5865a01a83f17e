import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { ClientCertificate } from '../pipeline/http.ts';

/** What all requests of one connection share. */
export interface Connection {
  readonly remoteAddress: string;
  readonly certificate: ClientCertificate | undefined;
}

/** The authorities whose client certificates are believed. */
export interface ClientAuthorities {
  /** PEM. */
  readonly clientCa: string;
  readonly frontProxyCa?: string | undefined;
}

/** Tells whose certificate a client has shown. */
export class CertificateReader {
  readonly #frontProxy: X509Certificate | undefined;

  constructor(authorities: ClientAuthorities) {
    this.#frontProxy = authorities.frontProxyCa ? new X509Certificate(authorities.frontProxyCa) : undefined;
  }

  read(socket: TLSSocket): ClientCertificate | undefined {
    const peer = socket.getPeerCertificate();
    if (!peer?.raw) return undefined;
    const fingerprint = peer.fingerprint256.replaceAll(':', '').toLowerCase();
    const subject = peer.subject as unknown as Record<string, string | string[] | undefined>;
    const { CN = '', O = [] } = subject ?? {};
    return {
      commonName: typeof CN === 'string' ? CN : (CN[0] ?? ''),
      organizations: typeof O === 'string' ? [O] : O,
      fingerprint,
      authority: socket.authorized ? this.#authorityOf(peer.raw) : 'unknown',
    };
  }

  #authorityOf(der: Buffer): 'client' | 'front-proxy' {
    if (!this.#frontProxy) return 'client';
    const certificate = new X509Certificate(der);
    return certificate.verify(this.#frontProxy.publicKey) ? 'front-proxy' : 'client';
  }
}
