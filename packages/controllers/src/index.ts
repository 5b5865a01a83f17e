export type { CertificateAuthority } from './certificate-signing/controller.ts';
export * from './controllers.ts';
export type { LegacyTokenSigner } from './legacy-service-account-token/controller.ts';
export type { ClusterCidr } from './node-ipam/controller.ts';
export * from './runner/controller.ts';
export * from './runner/manager.ts';
export * from './start.ts';
