import { field, list, map, message, string } from '@kubets/core';
import type { RuntimeImage } from '../../runtime.ts';
import type { ImageMount } from '../volumes/mounts.ts';
import { GRPC, type GrpcClient, GrpcError } from './grpc.ts';
import { ImageStatusRequest, ImageStatusResponse } from './messages.ts';

const Mount = message('containerd.types.Mount', '', {
  type: field(1, string, ''),
  source: field(2, string, ''),
  target: field(3, string, ''),
  options: field(4, list(string), ''),
});
const Mounts = message('containerd.services.snapshots.v1.MountsResponse', '', { mounts: field(1, list(Mount), '') });
const SnapshotRequest = message('containerd.services.snapshots.v1.MountsRequest', '', {
  snapshotter: field(1, string, ''),
  key: field(2, string, ''),
});
const ViewRequest = message('containerd.services.snapshots.v1.ViewSnapshotRequest', '', {
  snapshotter: field(1, string, ''),
  key: field(2, string, ''),
  parent: field(3, string, ''),
  labels: field(4, map(string), ''),
});
const Empty = message('google.protobuf.Empty', '', {});

const SERVICE = '/containerd.services.snapshots.v1.Snapshots';
const view = { path: `${SERVICE}/View`, request: ViewRequest, response: Mounts };
const mountsOf = { path: `${SERVICE}/Mounts`, request: SnapshotRequest, response: Mounts };
const remove = { path: `${SERVICE}/Remove`, request: SnapshotRequest, response: Empty };
const imageStatus = {
  path: '/runtime.v1.ImageService/ImageStatus',
  request: ImageStatusRequest,
  response: ImageStatusResponse,
};

const TIMEOUT_MS = 30_000;
/** What has this label is kept by containerd's garbage collection, with all that it stands on. */
const KEPT_LABEL = 'containerd.io/gc.root';

/** Filesystems of images for reading, each under a key of the caller's. They last until they are released. */
export interface ImageViews {
  /** How to mount the view with this key, which is made when it is not there. */
  open(key: string, image: RuntimeImage): Promise<readonly ImageMount[]>;
  /** Harmless when there is none with this key. */
  release(key: string): Promise<void>;
}

/** Views as snapshots of the node's containerd. */
export class ContainerdImageViews implements ImageViews {
  readonly #grpc: GrpcClient;
  readonly #snapshotter: string;
  readonly #options: { readonly timeoutMs: number; readonly metadata: Readonly<Record<string, string>> };

  constructor(grpc: GrpcClient, { namespace = 'k8s.io', snapshotter = 'overlayfs' } = {}) {
    this.#grpc = grpc;
    this.#snapshotter = snapshotter;
    this.#options = { timeoutMs: TIMEOUT_MS, metadata: { 'containerd-namespace': namespace } };
  }

  async open(key: string, image: RuntimeImage): Promise<readonly ImageMount[]> {
    const snapshotter = this.#snapshotter;
    const parent = await this.#topLayer(image);
    const labels = { [KEPT_LABEL]: 'true' };
    const { mounts = [] } = await this.#grpc
      .unary(view, { snapshotter, key, parent, labels }, this.#options)
      .catch((error: unknown) => {
        if (!isCode(error, GRPC.alreadyExists)) throw error;
        return this.#grpc.unary(mountsOf, { snapshotter, key }, this.#options);
      });
    return mounts.map(({ type = '', source = '', options = [] }) => ({ type, source, options }));
  }

  async release(key: string): Promise<void> {
    try {
      await this.#grpc.unary(remove, { snapshotter: this.#snapshotter, key }, this.#options);
    } catch (error) {
      if (!isCode(error, GRPC.notFound)) throw error;
    }
  }

  /** The name of the snapshot that holds all layers of an image: the chain of their digests. */
  async #topLayer({ id }: RuntimeImage): Promise<string> {
    const answer = await this.#grpc.unary(imageStatus, { image: { image: id }, verbose: true }, this.#options);
    const { chainID } = JSON.parse(answer.info?.info ?? '{}') as { chainID?: string };
    if (!chainID) throw new Error(`the runtime does not tell the layers of image ${id}`);
    return chainID;
  }
}

function isCode(error: unknown, code: number): boolean {
  return error instanceof GrpcError && error.code === code;
}
