import { describe, expect, it } from 'vitest';
import { bodyFormat, negotiate } from './negotiate.ts';

describe('negotiate', () => {
  it.each([
    ['', 'json', undefined],
    ['*/*', 'json', undefined],
    ['application/yaml', 'yaml', undefined],
    ['application/vnd.kubernetes.protobuf, application/json', 'protobuf', undefined],
    ['application/json;q=0.5, application/vnd.kubernetes.protobuf;q=0.8', 'protobuf', undefined],
    ['text/html, */*;q=0.1', 'json', undefined],
    ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', 'json', 'Table'],
    ['application/json;as=Table;v=v9;g=meta.k8s.io,application/json', 'json', undefined],
    [
      'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      'protobuf',
      'PartialObjectMetadataList',
    ],
  ])('%s', (accept, format, kind) => {
    const negotiated = negotiate(accept);
    expect([negotiated.format, negotiated.convert?.kind]).toEqual([format, kind]);
  });

  it('refuses what cannot be served, naming what can', () => {
    expect(() => negotiate('text/html')).toThrow(
      'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    );
    expect(() => bodyFormat('text/plain')).toThrow('the body of the request was in an unknown format');
  });
});
