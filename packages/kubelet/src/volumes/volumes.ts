import type { Container, Pod } from '@kubets/api';
import type { DownwardContext } from '../pod/field-reference.ts';
import type { ContainerDetails, RuntimeImage, RuntimeMount } from '../runtime.ts';

/** A volume that cannot be made ready yet; `volume` is its name in the pod. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
  readonly volume: string;

  constructor(volume: string, message: string) {
    super(message);
    this.volume = volume;
  }
}

export interface MountRequest {
  readonly pod: Pod;
  readonly container: Container;
  /** The restart count. */
  readonly attempt: number;
  /** The container's variables, for `subPathExpr`. */
  readonly environment: ReadonlyMap<string, string>;
  /** Content of /etc/hosts; undefined leaves the image's. */
  readonly hosts: string | undefined;
}

export interface ContainerFiles {
  readonly mounts: readonly RuntimeMount[];
  /** The file that the container may leave its last words in. */
  readonly terminationMessageHostPath: string;
}

/** The files of pods on the node: their volumes, hosts files and termination messages. */
export interface PodVolumes {
  /** Makes all volumes of a pod ready but those that are images, and brings their contents up to date when they are. Throws `VolumeError`. */
  setUp(pod: Pod, context: DownwardContext): Promise<void>;
  /** Makes a volume that is an image ready, once the image is on the node; `volume` is its name in the pod. */
  addImage(request: { pod: Pod; volume: string; image: RuntimeImage }): Promise<void>;
  /** Where the volumes, once set up, appear in a container. Throws with the message of a CreateContainerConfigError. */
  containerFiles(request: MountRequest): Promise<ContainerFiles>;
  /** Text of a file in a volume that is set up; undefined where there is none. Throws for paths that lead out of it. */
  readFile(request: { pod: Pod; volume: string; path: string }): Promise<string | undefined>;
  /** What a container left behind when it ended; '' for nothing. */
  terminationMessage(container: ContainerDetails): Promise<string>;
  /** Unmounts and removes everything of a pod, logs excepted. Harmless when there is nothing. */
  tearDown(podUid: string): Promise<void>;
  /** Bytes in a pod's emptyDir volumes, by name, and in its logs. */
  usage(pod: Pod): Promise<{ readonly emptyDirs: ReadonlyMap<string, number>; readonly logsBytes: number }>;
  removeLogs(pod: Pod): Promise<void>;
  /** Pods that have files on this node. */
  podUids(): Promise<string[]>;
}
