import type { KindDefinition, KubeObject } from '@kubets/core';
import { legacyAutoscalerKinds } from './autoscalers.ts';
import { legacyClusterKinds } from './cluster-objects.ts';
import { legacyCustomResourceDefinitionKind } from './custom-resource-definition.ts';
import { legacyNetworkKinds } from './ingress.ts';
import { legacyPolicyKinds } from './policies.ts';
import { legacyWorkloadKinds } from './workloads.ts';

/**
 * Versions that Kubernetes has retired, as views of those that took their place. They are served only when asked for
 * (`--runtime-config=legacy/all=true`), so that old manifests run.
 */
export const legacyKinds = [
  ...legacyWorkloadKinds,
  ...legacyNetworkKinds,
  ...legacyAutoscalerKinds,
  ...legacyPolicyKinds,
  ...legacyClusterKinds,
  legacyCustomResourceDefinitionKind,
] as unknown as readonly KindDefinition<KubeObject>[];
