import { bytes, type Clock, field, list, message, string } from '@kubets/core';
import type { RuntimeEvent } from '../../runtime.ts';
import { decode } from './codec.ts';
import type { GrpcClient } from './grpc.ts';

const Any = message('google.protobuf.Any', '', { typeUrl: field(1, string, ''), value: field(2, bytes, '') });
const SubscribeRequest = message('containerd.services.events.v1.SubscribeRequest', '', {
  filters: field(1, list(string), ''),
});
const Envelope = message('containerd.services.events.v1.Envelope', '', {
  namespace: field(2, string, ''),
  topic: field(3, string, ''),
  event: field(4, Any, ''),
});
/** The fields that task events have in common. `id` differs from the container's for a process run by exec. */
const TaskEvent = message('containerd.events.Task', '', { containerId: field(1, string, '') });
const TaskExit = message('containerd.events.TaskExit', '', {
  containerId: field(1, string, ''),
  id: field(2, string, ''),
});

const subscribe = {
  path: '/containerd.services.events.v1.Events/Subscribe',
  request: SubscribeRequest,
  response: Envelope,
};
const TYPES: Record<string, RuntimeEvent['type']> = {
  '/tasks/start': 'started',
  '/tasks/exit': 'exited',
  '/tasks/oom': 'oom',
};
const RESUBSCRIBE_DELAY_MS = 500;

function toEvent(topic: string, payload: Buffer): RuntimeEvent | undefined {
  const type = TYPES[topic];
  if (!type) return undefined;
  if (type !== 'exited') return { type, id: decode(TaskEvent, payload).containerId ?? '' };
  const { containerId = '', id = '' } = decode(TaskExit, payload);
  return id === '' || id === containerId ? { type, id: containerId } : undefined;
}

/**
 * containerd's own event stream, which costs nothing while nothing happens. After the stream broke it is opened again, and
 * one event without an id says that anything may have changed meanwhile.
 */
export async function* containerdEvents(options: {
  grpc: GrpcClient;
  namespace: string;
  signal: AbortSignal;
  clock: Clock;
}): AsyncIterable<RuntimeEvent> {
  const { grpc, namespace, signal, clock } = options;
  const filters = [`namespace==${namespace},topic~="^/tasks/(start|exit|oom)$"`];
  while (!signal.aborted) {
    try {
      yield { type: 'changed', id: '' };
      for await (const envelope of grpc.serverStream(subscribe, { filters }, { signal })) {
        const event = toEvent(envelope.topic ?? '', Buffer.from(envelope.event?.value ?? '', 'base64'));
        if (event) yield event;
      }
    } catch {
      // The runtime went away; its next start is noticed by the subscription below.
    }
    if (!signal.aborted) await clock.sleep(RESUBSCRIBE_DELAY_MS, signal).catch(() => undefined);
  }
}
