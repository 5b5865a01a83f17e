import { type LabelSelector, labelMatcher } from '@kubets/api';
import { type Informer, keyOf } from '@kubets/client';
import type { KubeObject } from '@kubets/core';

/** Keys of the objects of a kind, in the same namespace, whose selector matches an object's labels. */
export function keysSelecting<O extends KubeObject & { readonly spec?: { readonly selector?: LabelSelector } }>(
  informer: Informer<O>,
  { metadata }: KubeObject,
): string[] {
  return informer.store
    .list(metadata.namespace)
    .filter(({ spec }) => labelMatcher(spec?.selector)(metadata.labels))
    .map(keyOf);
}
