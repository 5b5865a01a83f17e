import { encodeObject } from '@kubets/core';
import type { ProtobufForms } from '../watch-cache/cached-object.ts';
import { protobufFrame } from './watch.ts';

/** How the watch cache makes the protobuf forms of stored objects and of their changes. */
export const protobufForms: ProtobufForms = {
  encode: (kind, object) => encodeObject(kind.schema, object),
  frame: protobufFrame,
};
