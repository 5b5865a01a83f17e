import { bootstrapSigner, tokenCleaner } from './bootstrap-tokens/controller.ts';
import {
  type CertificateAuthority,
  certificateCleaner,
  certificateSigningController,
} from './certificate-signing/controller.ts';
import { clusterRoleAggregationController } from './clusterrole-aggregation/controller.ts';
import { cronJobController } from './cronjob/controller.ts';
import { DaemonSetController } from './daemonset/controller.ts';
import { DeploymentController } from './deployment/controller.ts';
import { DisruptionController, staleDisruptionController } from './disruption/controller.ts';
import { endpointsController } from './endpoints/controller.ts';
import { EndpointSliceController } from './endpointslice/controller.ts';
import { EndpointSliceMirroringController } from './endpointslice-mirroring/controller.ts';
import { ephemeralVolumeController } from './ephemeral-volume/controller.ts';
import { GarbageCollector } from './garbage-collector/controller.ts';
import { HorizontalPodAutoscalerController } from './horizontal-pod-autoscaler/controller.ts';
import { JobController } from './job/controller.ts';
import { type LegacyTokenSigner, legacyTokenController } from './legacy-service-account-token/controller.ts';
import { namespaceController } from './namespace/controller.ts';
import { type ClusterCidr, nodeIpamController } from './node-ipam/controller.ts';
import { NodeLifecycleController } from './node-lifecycle/controller.ts';
import { nodeTtlController } from './node-ttl/controller.ts';
import { PersistentVolumeController } from './persistent-volume/controller.ts';
import { PodGarbageCollector } from './pod-garbage-collector/controller.ts';
import { ReplicaController } from './replicaset/controller.ts';
import { replicaSetFlavor, replicationControllerFlavor } from './replicaset/flavor.ts';
import { ResourceQuotaController } from './resource-quota/controller.ts';
import { rootCaPublisher } from './root-ca-publisher/controller.ts';
import type { Controller, ControllerContext } from './runner/controller.ts';
import { serviceCidrController } from './service-cidr/controller.ts';
import { serviceAccountController } from './serviceaccount/controller.ts';
import { StatefulSetController } from './statefulset/controller.ts';
import { TaintEvictionController } from './taint-eviction/controller.ts';
import { ttlAfterFinishedController } from './ttl-after-finished/controller.ts';
import { claimProtectionController, volumeProtectionController } from './volume-protection/controller.ts';

export interface ControllerOptions {
  /** Names of the controllers to run; all when absent. */
  readonly only?: readonly string[];
  /** The cluster's certificate authority in PEM; without it none is published. */
  readonly rootCa?: string;
  /** Networks of the pods, one a family; without them nodes get none. */
  readonly clusterCidrs?: readonly ClusterCidr[];
  /** Finished pods that may lie about in the whole cluster; 12500 unless told. */
  readonly terminatedPodThreshold?: number;
  /** Without it certificate requests are neither approved nor signed. */
  readonly certificateAuthority?: CertificateAuthority;
  /** A kubeconfig without credentials, to be published as kube-public/cluster-info; without it none is. */
  readonly clusterInfo?: string;
  /** Without it secrets of type service-account-token stay empty. */
  readonly legacyTokenSigner?: LegacyTokenSigner;
}

/** What a controller is made from that acts as a service account of kube-system; without a name, as the manager itself. */
export type ContextOf = (account?: string) => ControllerContext;

/** Every controller of a cluster, in the order in which they start. */
export function builtInControllers(as: ContextOf, options: ControllerOptions): Controller[] {
  const { only } = options;
  const controllers = [
    namespaceController(as('namespace-controller')),
    serviceAccountController(as('service-account-controller')),
    ...hostControllers(as, options),
    ...workloadControllers(as),
    ...serviceControllers(as),
    ...nodeControllers(as, options),
    ...volumeControllers(as),
    new GarbageCollector(as('generic-garbage-collector')),
    new DisruptionController(as('disruption-controller')),
    staleDisruptionController(as('disruption-controller')),
    new ResourceQuotaController(as('resourcequota-controller')),
    clusterRoleAggregationController(as('clusterrole-aggregation-controller')),
    certificateCleaner(as('certificate-controller')),
    bootstrapSigner(as('bootstrap-signer'), options.clusterInfo),
    tokenCleaner(as('token-cleaner')),
  ];
  return only ? controllers.filter(({ name }) => only.includes(name)) : controllers;
}

/** Those that need something which only the host can give. */
function hostControllers(as: ContextOf, options: ControllerOptions): Controller[] {
  const { rootCa, clusterCidrs, certificateAuthority, legacyTokenSigner } = options;
  return [
    ...(rootCa ? [rootCaPublisher(as('root-ca-cert-publisher'), rootCa)] : []),
    ...(clusterCidrs?.length ? [nodeIpamController(as('node-controller'), clusterCidrs)] : []),
    ...(certificateAuthority ? [certificateSigningController(as('certificate-controller'), certificateAuthority)] : []),
    ...(legacyTokenSigner ? [legacyTokenController(as(), legacyTokenSigner)] : []),
  ];
}

function workloadControllers(as: ContextOf): Controller[] {
  return [
    new DeploymentController(as('deployment-controller')),
    new ReplicaController(as('replicaset-controller'), replicaSetFlavor),
    new ReplicaController(as('replication-controller'), replicationControllerFlavor),
    new DaemonSetController(as('daemon-set-controller')),
    new StatefulSetController(as('statefulset-controller')),
    new JobController(as('job-controller')),
    cronJobController(as('cronjob-controller')),
    ttlAfterFinishedController(as('ttl-after-finished-controller')),
    new HorizontalPodAutoscalerController(as('horizontal-pod-autoscaler')),
  ];
}

function serviceControllers(as: ContextOf): Controller[] {
  return [
    endpointsController(as('endpoint-controller')),
    new EndpointSliceController(as('endpointslice-controller')),
    new EndpointSliceMirroringController(as('endpointslicemirroring-controller')),
    serviceCidrController(as('service-cidrs-controller')),
  ];
}

function nodeControllers(as: ContextOf, { terminatedPodThreshold }: ControllerOptions): Controller[] {
  return [
    new NodeLifecycleController(as('node-controller')),
    nodeTtlController(as('ttl-controller')),
    new TaintEvictionController(as('node-controller')),
    new PodGarbageCollector(as('pod-garbage-collector'), terminatedPodThreshold),
  ];
}

function volumeControllers(as: ContextOf): Controller[] {
  return [
    new PersistentVolumeController(as('persistent-volume-binder')),
    claimProtectionController(as('pvc-protection-controller')),
    volumeProtectionController(as('pv-protection-controller')),
    ephemeralVolumeController(as('ephemeral-volume-controller')),
  ];
}
