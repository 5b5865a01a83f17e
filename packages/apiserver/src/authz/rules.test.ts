import { expect, test } from 'vitest';
import { compileRule, missingRights, printRule } from './rules.ts';

test('rights that are missing are told by resource with all verbs, by URL verb for verb', () => {
  const wanted = [
    { nonResourceURLs: ['/a', '/b'], verbs: ['get', 'post'] },
    { apiGroups: [''], resources: ['pods'], resourceNames: ['x', 'y'], verbs: ['get', 'list'] },
  ];
  const owned = [compileRule({ nonResourceURLs: ['/b'], verbs: ['get'] })];
  expect(missingRights(owned, wanted).map(printRule)).toEqual([
    '{NonResourceURLs:["/a"], Verbs:["get"]}',
    '{NonResourceURLs:["/a"], Verbs:["post"]}',
    '{NonResourceURLs:["/b"], Verbs:["post"]}',
    '{APIGroups:[""], Resources:["pods"], ResourceNames:["x"], Verbs:["get" "list"]}',
    '{APIGroups:[""], Resources:["pods"], ResourceNames:["y"], Verbs:["get" "list"]}',
  ]);
});
