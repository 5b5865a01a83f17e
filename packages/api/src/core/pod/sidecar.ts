import type { Container } from '../container.ts';

/** An init container that keeps running beside the others. */
export function isSidecar(container: Pick<Container, 'restartPolicy'> | undefined): boolean {
  return container?.restartPolicy === 'Always';
}
