import type { ServerContext } from '../server-context.ts';
import type { AdmissionPlugin } from './admission.ts';
import { certificateSubjectRestriction } from './certificates.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limit-ranger.ts';
import { Lookup } from './lookup.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { podSecurity } from './pod-security.ts';
import { priority } from './priority.ts';
import { resourceQuota } from './resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import {
  defaultIngressClass,
  defaultStorageClass,
  persistentVolumeClaimResize,
  storageObjectInUseProtection,
  taintNodesByCondition,
} from './storage-defaults.ts';

/** The built-in admission plugins in their order; `last` come behind those that the assembler adds, such as webhooks. */
export function builtInPlugins(server: () => ServerContext): { first: AdmissionPlugin[]; last: AdmissionPlugin[] } {
  const lookup = new Lookup(server);
  return {
    first: [
      namespaceLifecycle(lookup),
      limitRanger(lookup),
      serviceAccount(lookup),
      nodeRestriction,
      taintNodesByCondition,
      podSecurity(lookup),
      priority(lookup),
      defaultTolerationSeconds,
      defaultStorageClass(lookup),
      storageObjectInUseProtection,
      persistentVolumeClaimResize(lookup),
      runtimeClass(lookup),
      certificateSubjectRestriction,
      defaultIngressClass(lookup),
    ],
    last: [resourceQuota(lookup)],
  };
}
