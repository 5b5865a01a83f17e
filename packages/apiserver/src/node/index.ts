export { CertificateSigner } from './certificate-signer.ts';
export { type CertificateRequest, issueCertificate, type KeyPair } from './certificates.ts';
export { type KubeletCredentials, SocketForwarder } from './forwarder.ts';
export { gzipBody } from './gzip.ts';
export { type HttpServerOptions, type RunningHttpServer, startHttpServer } from './http-server.ts';
export { SocketHttpsCaller } from './https-caller.ts';
export { ensureKubeletPki, ensurePki, kubeconfigFor, type Pki, PkiDirectory, type PkiOptions } from './pki.ts';
export { processMetrics } from './process-metrics.ts';
