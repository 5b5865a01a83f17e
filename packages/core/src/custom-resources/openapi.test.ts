import { describe, expect, it } from 'vitest';
import { openApiOfSchema } from './openapi.ts';

const metadata = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };
const published = (schema: object) => openApiOfSchema(schema, { dialect: 'v2', metadata, isRoot: true });

describe('the published schema of a custom resource', () => {
  it('explains the fields of every object in the words that clients look for', () => {
    const { properties } = published({ type: 'object', properties: { spec: { type: 'object' } } });
    expect(properties).toMatchObject({
      apiVersion: { description: expect.stringContaining('APIVersion defines') },
      metadata: { ...metadata, description: expect.stringContaining("Standard object's metadata") },
      spec: { type: 'object' },
    });
  });

  it('is empty for clients of swagger 2.0 where a whole object is open', () => {
    const open = {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: { spec: { type: 'object' } },
    };
    expect(published(open)).toEqual({ type: 'object' });
  });
});
