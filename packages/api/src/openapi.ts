import type { OpenApiMachinery } from '@kubets/core';
import { Scale } from './autoscaling/scale.ts';
import {
  NodeProxyOptions,
  PodAttachOptions,
  PodExecOptions,
  PodLogOptions,
  PodPortForwardOptions,
  PodProxyOptions,
  ServiceProxyOptions,
} from './core/connect-options.ts';
import { APIGroup, APIGroupList, APIResourceList, APIVersions } from './meta/discovery.ts';
import { listMessageOf } from './meta/list.ts';
import { DeleteOptions } from './meta/options.ts';
import { StatusMessage } from './meta/status.ts';
import { WatchEvent } from './meta/watch.ts';

/** What `openApiV2` and `openApiV3` need to know beside the kinds. */
export const openApiMachinery: OpenApiMachinery = {
  listMessageOf,
  deleteOptions: DeleteOptions,
  status: StatusMessage,
  watchEvent: WatchEvent,
  scale: Scale,
  apiResourceList: APIResourceList,
  apiGroup: APIGroup,
  apiGroupList: APIGroupList,
  apiVersions: APIVersions,
  connectOptions: {
    NodeProxyOptions,
    PodAttachOptions,
    PodExecOptions,
    PodLogOptions,
    PodPortForwardOptions,
    PodProxyOptions,
    ServiceProxyOptions,
  },
};
