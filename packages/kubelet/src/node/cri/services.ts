import type { AnyMessage, Infer } from '@kubets/core';
import type { GrpcCallOptions, GrpcClient } from './grpc.ts';
import * as cri from './messages.ts';

/** The methods of CRI v1 as functions, by the names of the specification. */
type Call<Q extends AnyMessage, A extends AnyMessage> = (
  request: Infer<Q>,
  options: GrpcCallOptions,
) => Promise<Infer<A>>;

function service(grpc: GrpcClient, name: string) {
  return <Q extends AnyMessage, A extends AnyMessage>(method: string, request: Q, response: A): Call<Q, A> => {
    const path = `/runtime.v1.${name}/${method}`;
    return (message, options) => grpc.unary({ path, request, response }, message, options);
  };
}

export function runtimeService(grpc: GrpcClient) {
  const method = service(grpc, 'RuntimeService');
  return {
    version: method('Version', cri.VersionRequest, cri.VersionResponse),
    status: method('Status', cri.StatusRequest, cri.StatusResponse),
    runPodSandbox: method('RunPodSandbox', cri.RunPodSandboxRequest, cri.RunPodSandboxResponse),
    stopPodSandbox: method('StopPodSandbox', cri.StopPodSandboxRequest, cri.StopPodSandboxResponse),
    removePodSandbox: method('RemovePodSandbox', cri.RemovePodSandboxRequest, cri.RemovePodSandboxResponse),
    podSandboxStatus: method('PodSandboxStatus', cri.PodSandboxStatusRequest, cri.PodSandboxStatusResponse),
    listPodSandbox: method('ListPodSandbox', cri.ListPodSandboxRequest, cri.ListPodSandboxResponse),
    createContainer: method('CreateContainer', cri.CreateContainerRequest, cri.CreateContainerResponse),
    startContainer: method('StartContainer', cri.StartContainerRequest, cri.StartContainerResponse),
    stopContainer: method('StopContainer', cri.StopContainerRequest, cri.StopContainerResponse),
    removeContainer: method('RemoveContainer', cri.RemoveContainerRequest, cri.RemoveContainerResponse),
    listContainers: method('ListContainers', cri.ListContainersRequest, cri.ListContainersResponse),
    containerStatus: method('ContainerStatus', cri.ContainerStatusRequest, cri.ContainerStatusResponse),
    updateContainerResources: method(
      'UpdateContainerResources',
      cri.UpdateContainerResourcesRequest,
      cri.UpdateContainerResourcesResponse,
    ),
    reopenContainerLog: method('ReopenContainerLog', cri.ReopenContainerLogRequest, cri.ReopenContainerLogResponse),
    execSync: method('ExecSync', cri.ExecSyncRequest, cri.ExecSyncResponse),
    exec: method('Exec', cri.ExecRequest, cri.ExecResponse),
    attach: method('Attach', cri.AttachRequest, cri.AttachResponse),
    portForward: method('PortForward', cri.PortForwardRequest, cri.PortForwardResponse),
    listContainerStats: method('ListContainerStats', cri.ListContainerStatsRequest, cri.ListContainerStatsResponse),
  };
}

export function imageService(grpc: GrpcClient) {
  const method = service(grpc, 'ImageService');
  return {
    listImages: method('ListImages', cri.ListImagesRequest, cri.ListImagesResponse),
    imageStatus: method('ImageStatus', cri.ImageStatusRequest, cri.ImageStatusResponse),
    pullImage: method('PullImage', cri.PullImageRequest, cri.PullImageResponse),
    removeImage: method('RemoveImage', cri.RemoveImageRequest, cri.RemoveImageResponse),
    imageFsInfo: method('ImageFsInfo', cri.ImageFsInfoRequest, cri.ImageFsInfoResponse),
  };
}
