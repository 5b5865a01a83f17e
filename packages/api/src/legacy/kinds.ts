import type { KindDefinition, KubeObject } from '@kubets/core';
import { legacyAutoscalerKinds } from './autoscalers.ts';
import { legacyClusterKinds } from './cluster-objects.ts';
import { legacyCustomResourceDefinitionKind } from './custom-resource-definition.ts';
import { legacyDynamicResourceKinds } from './dynamic-resources.ts';
import { legacyFlowControlKinds } from './flow-control.ts';
import { legacyNetworkKinds } from './ingress.ts';
import { legacyPodSecurityPolicyKinds } from './pod-security-policy.ts';
import { legacyPolicyKinds } from './policies.ts';
import { legacyRoleKinds } from './role-bindings.ts';
import { legacyWorkloadKinds } from './workloads.ts';

/**
 * Versions that Kubernetes has retired, as views of those that took their place. They are served only when asked for
 * (`--runtime-config=legacy/all=true`), so that old manifests run. Pod security policies, which nothing took the place of, are stored
 * as they are.
 */
export const legacyKinds = [
  ...legacyWorkloadKinds,
  ...legacyNetworkKinds,
  ...legacyAutoscalerKinds,
  ...legacyPolicyKinds,
  ...legacyRoleKinds,
  ...legacyFlowControlKinds,
  ...legacyDynamicResourceKinds,
  ...legacyPodSecurityPolicyKinds,
  ...legacyClusterKinds,
  legacyCustomResourceDefinitionKind,
] as unknown as readonly KindDefinition<KubeObject>[];
