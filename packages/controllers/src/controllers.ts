import { deploymentController } from './deployment/controller.ts';
import { endpointsController } from './endpoints/controller.ts';
import { endpointSliceController } from './endpointslice/controller.ts';
import { garbageCollector } from './garbage-collector/controller.ts';
import { namespaceController } from './namespace/controller.ts';
import { replicaController } from './replicaset/controller.ts';
import { replicaSetFlavor, replicationControllerFlavor } from './replicaset/flavor.ts';
import { rootCaPublisher } from './root-ca-publisher/controller.ts';
import type { Controller, ControllerContext } from './runner/controller.ts';
import { serviceAccountController } from './serviceaccount/controller.ts';

export interface ControllerOptions {
  /** Names of the controllers to run; all when absent. */
  readonly only?: readonly string[];
  /** The cluster's certificate authority in PEM; without it none is published. */
  readonly rootCa?: string;
}

/** Every controller of a cluster, in the order in which they start. */
export function builtInControllers(context: ControllerContext, options: ControllerOptions): Controller[] {
  const { rootCa, only } = options;
  const controllers = [
    namespaceController(context),
    serviceAccountController(context),
    ...(rootCa ? [rootCaPublisher(context, rootCa)] : []),
    deploymentController(context),
    replicaController(context, replicaSetFlavor),
    replicaController(context, replicationControllerFlavor),
    endpointsController(context),
    endpointSliceController(context),
    garbageCollector(context),
  ];
  return only ? controllers.filter(({ name }) => only.includes(name)) : controllers;
}
