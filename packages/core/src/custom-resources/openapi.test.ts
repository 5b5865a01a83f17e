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

  it('has neither types nor fields for clients of swagger 2.0 where an object within is open, or may be null', () => {
    const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, description: 'anything' };
    const fields = { a: { type: 'string' } };
    const { properties, required } = published({
      type: 'object',
      required: ['open', 'empty', 'some'],
      properties: {
        open: { ...open, properties: fields },
        list: { type: 'array', 'x-kubernetes-preserve-unknown-fields': true, items: { type: 'string' } },
        empty: { type: 'object', nullable: true, properties: fields },
        some: { type: 'object', required: ['b'], additionalProperties: { type: 'string', nullable: true } },
      },
    });
    expect(properties).toMatchObject({
      open: { 'x-kubernetes-preserve-unknown-fields': true, description: 'anything' },
      list: { 'x-kubernetes-preserve-unknown-fields': true },
      empty: {},
      some: { type: 'object', additionalProperties: {} },
    });
    for (const name of ['open', 'list', 'empty'])
      for (const key of ['type', 'properties', 'items'])
        expect((properties as Record<string, object>)[name]).not.toHaveProperty(key);
    expect((properties as Record<string, object>).some).not.toHaveProperty('required');
    expect(required).toEqual(['open', 'some']);
  });
});
