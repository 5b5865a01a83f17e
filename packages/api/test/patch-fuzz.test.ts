import {
  applyJsonPatch,
  applyPatch,
  applyStrategicMergePatch,
  type JsonObject,
  type JsonValue,
  type KubeObject,
  parseJsonPatch,
  StatusError,
  trackUpdate,
} from '@kubets/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Pod } from '../src/index.ts';

const keys = fc.constantFrom(
  'spec',
  'metadata',
  'containers',
  'name',
  'labels',
  'finalizers',
  'ports',
  'securityContext',
  'managedFields',
  '__proto__',
  'constructor',
  '.',
  'f:a',
  'k:{}',
  '$patch',
  '$retainKeys',
  '$setElementOrder/containers',
  '$deleteFromPrimitiveList/finalizers',
  '$setElementOrder',
);
const scalars = fc.constantFrom<JsonValue>(null, true, 0, 'a', 'delete', 'replace', 'merge', '');
const values = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    scalars,
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
  object: fc.dictionary(keys, tie('value'), { maxKeys: 4 }) as fc.Arbitrary<JsonObject>,
}));

/** Runs what a hostile client may send: anything but a StatusError below 500 is our mistake. */
function survives(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(StatusError);
    expect((error as StatusError).code).toBeLessThan(500);
  }
}

const base = { schema: Pod, manager: 'm', apiVersion: 'v1', subresource: '', nowIso: '2026-01-01T00:00:00Z' };
const pod = (rest: JsonObject) =>
  ({ ...rest, apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } }) as unknown as KubeObject;

it('strategic merge patches', () => {
  fc.assert(
    fc.property(values.object, values.object, (document, patch) => {
      survives(() => applyStrategicMergePatch(document, patch, Pod));
    }),
  );
});

it('JSON patches', () => {
  const path = fc.constantFrom('', '/', '/spec', '/spec/containers/0', '/spec/-', '/a~2b', '/__proto__/x', 'x');
  const op = fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x');
  const operation = fc.record({ op, path, from: path, value: values.value }, { requiredKeys: ['op'] });
  fc.assert(
    fc.property(values.value, fc.oneof(fc.array(operation, { maxLength: 4 }), values.value), (document, patch) => {
      survives(() => applyJsonPatch(document, parseJsonPatch(patch as JsonValue)));
      expect(Object.prototype).not.toHaveProperty('x');
    }),
  );
});

it('apply patches', () => {
  fc.assert(
    fc.property(values.object, values.object, fc.boolean(), (live, applied, force) => {
      const sent = { ...applied, apiVersion: 'v1', kind: 'Pod' } as JsonObject;
      survives(() => applyPatch({ ...base, live: pod(live), applied: sent, force }));
    }),
  );
});

it('managedFields', () => {
  const entry = fc.record(
    {
      manager: fc.constant('x'),
      operation: fc.constantFrom('Apply', 'Update', ''),
      apiVersion: fc.constantFrom('v1', ''),
      fieldsType: fc.constant('FieldsV1'),
      fieldsV1: values.object,
    },
    { requiredKeys: ['fieldsType'] },
  );
  fc.assert(
    fc.property(values.object, values.object, fc.array(entry, { maxLength: 3 }), (before, after, managedFields) => {
      const updated = { ...pod(after), metadata: { name: 'p', managedFields } };
      survives(() => trackUpdate({ ...base, live: pod(before), updated }));
    }),
  );
});
