/** The parts of a container image reference, as far as the API cares; undefined for a reference that is malformed. */
export interface ImageReference {
  readonly repository: string;
  /** `latest` where the reference has neither tag nor digest. */
  readonly tag: string;
  readonly digest: string;
}

const IMAGE_REFERENCE =
  /^((?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)(?::([\w][\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$/;

const REPOSITORY_MAX_BYTES = 255;

/** Splits an image reference such as `registry.example/app:v1@sha256:...`. */
export function parseImageReference(image: string): ImageReference | undefined {
  const match = IMAGE_REFERENCE.exec(image);
  if (!match) return undefined;
  const [, repository = '', tag = '', digest = ''] = match;
  if (repository.length > REPOSITORY_MAX_BYTES) return undefined;
  return { repository, tag: tag || (digest ? '' : 'latest'), digest };
}

/** `Always` for images that may change under their name, `IfNotPresent` for the others. */
export function defaultPullPolicy(image: string | undefined): 'Always' | 'IfNotPresent' {
  return parseImageReference(image ?? '')?.tag === 'latest' ? 'Always' : 'IfNotPresent';
}
