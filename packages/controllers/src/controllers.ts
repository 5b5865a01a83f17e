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

/** Every controller of a cluster, in the order in which they start. */
export function builtInControllers(context: ControllerContext, options: ControllerOptions): Controller[] {
  const { only } = options;
  const controllers = [
    namespaceController(context),
    serviceAccountController(context),
    ...hostControllers(context, options),
    ...workloadControllers(context),
    ...serviceControllers(context),
    ...nodeControllers(context, options),
    ...volumeControllers(context),
    new GarbageCollector(context),
    new DisruptionController(context),
    staleDisruptionController(context),
    new ResourceQuotaController(context),
    clusterRoleAggregationController(context),
    certificateCleaner(context),
    bootstrapSigner(context, options.clusterInfo),
    tokenCleaner(context),
  ];
  return only ? controllers.filter(({ name }) => only.includes(name)) : controllers;
}

/** Those that need something which only the host can give. */
function hostControllers(context: ControllerContext, options: ControllerOptions): Controller[] {
  const { rootCa, clusterCidrs, certificateAuthority, legacyTokenSigner } = options;
  return [
    ...(rootCa ? [rootCaPublisher(context, rootCa)] : []),
    ...(clusterCidrs?.length ? [nodeIpamController(context, clusterCidrs)] : []),
    ...(certificateAuthority ? [certificateSigningController(context, certificateAuthority)] : []),
    ...(legacyTokenSigner ? [legacyTokenController(context, legacyTokenSigner)] : []),
  ];
}

function workloadControllers(context: ControllerContext): Controller[] {
  return [
    new DeploymentController(context),
    new ReplicaController(context, replicaSetFlavor),
    new ReplicaController(context, replicationControllerFlavor),
    new DaemonSetController(context),
    new StatefulSetController(context),
    new JobController(context),
    cronJobController(context),
    ttlAfterFinishedController(context),
    new HorizontalPodAutoscalerController(context),
  ];
}

function serviceControllers(context: ControllerContext): Controller[] {
  return [
    endpointsController(context),
    new EndpointSliceController(context),
    new EndpointSliceMirroringController(context),
  ];
}

function nodeControllers(context: ControllerContext, { terminatedPodThreshold }: ControllerOptions): Controller[] {
  return [
    new NodeLifecycleController(context),
    nodeTtlController(context),
    new TaintEvictionController(context),
    new PodGarbageCollector(context, terminatedPodThreshold),
  ];
}

function volumeControllers(context: ControllerContext): Controller[] {
  return [
    new PersistentVolumeController(context),
    claimProtectionController(context),
    volumeProtectionController(context),
    ephemeralVolumeController(context),
  ];
}
