/** Parameters of requests: what each means and which type it has. */
export interface ParameterDefinition {
  readonly name: string;
  readonly description: string;
  readonly type: 'string' | 'integer' | 'boolean';
}

const text = (name: string, description: string): ParameterDefinition => ({ name, description, type: 'string' });
const number = (name: string, description: string): ParameterDefinition => ({ name, description, type: 'integer' });
const flag = (name: string, description: string): ParameterDefinition => ({ name, description, type: 'boolean' });

const DEFINITIONS: readonly ParameterDefinition[] = [
  flag('allowWatchBookmarks', 'Whether a watch may send bookmarks, which tell how far it has come.'),
  text('command', 'The command and its arguments; no shell is involved.'),
  text('container', 'The container meant; the only one of the pod by default.'),
  text('continue', 'Token of the answer before, from which a list in pieces goes on.'),
  text('dryRun', 'With All, everything is checked and nothing is stored.'),
  text(
    'fieldManager',
    'Name of whoever makes the change; it owns the fields written. At most 128 printable characters.',
  ),
  text('fieldSelector', 'Restricts objects to those with these fields. All objects by default.'),
  text('fieldValidation', 'What becomes of unknown and doubled fields: Ignore, Warn (the default) or Strict.'),
  flag('follow', 'Go on sending the log as it is written.'),
  flag('force', 'Take over fields that others own. Only for apply patches.'),
  number('gracePeriodSeconds', 'Seconds until the object is deleted; zero deletes at once.'),
  flag(
    'ignoreStoreReadErrorWithClusterBreakingPotential',
    'Delete an object that cannot be read from storage, without any of the usual checks. May break the cluster.',
  ),
  flag('insecureSkipTLSVerifyBackend', 'Do not check the certificate of the kubelet.'),
  text('labelSelector', 'Restricts objects to those with these labels. All objects by default.'),
  number('limit', 'Most objects in one answer; the rest is had with continue.'),
  number('limitBytes', 'Most bytes of the log to send.'),
  flag('orphanDependents', 'Deprecated: use propagationPolicy. Whether dependents stay without their owner.'),
  text('path', 'The part of the URL behind the proxy.'),
  number('ports', 'Ports to forward, where WebSocket is used.'),
  text('pretty', 'With true, the answer is written for people to read.'),
  flag('previous', 'The log of the container before its last restart.'),
  text('propagationPolicy', 'What becomes of dependents: Orphan, Background or Foreground.'),
  text('resourceVersion', 'The revision that the request means.'),
  text('resourceVersionMatch', 'How resourceVersion is meant: Exact or NotOlderThan.'),
  flag('sendInitialEvents', 'Begin the watch with all objects there are, followed by a bookmark.'),
  text('shardSelector', 'Restricts objects to one shard of them.'),
  number('sinceSeconds', 'Only what was logged in so many seconds before now.'),
  flag('stderr', 'Receive the standard error.'),
  flag('stdin', 'Send the standard input.'),
  flag('stdout', 'Receive the standard output.'),
  text('stream', 'Which stream of the log: All, Stdout or Stderr.'),
  number('tailLines', 'Only so many lines from the end of the log.'),
  number('timeoutSeconds', 'Longest time that the request may take.'),
  flag('timestamps', 'Begin each line of the log with its time.'),
  flag('tty', 'Use a terminal.'),
  flag('watch', 'Send changes as they happen, instead of a list.'),
];

const BY_NAME = new Map(DEFINITIONS.map((definition) => [definition.name, definition]));

/** The definition of a query parameter; one that nobody has described is text. */
export function queryParameter(name: string): ParameterDefinition {
  return BY_NAME.get(name) ?? text(name, '');
}

/** The parameters in a path's braces. */
export function pathParameters(path: string, kind: string): ParameterDefinition[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => {
    if (name === 'namespace') return text('namespace', 'The namespace, for objects and for authorization.');
    return name === 'path'
      ? text('path', 'The path behind the proxy.')
      : text('name', `The name of the ${kind || 'object'}.`);
  });
}
