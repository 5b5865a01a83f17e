/** One line of a container's log file: `<RFC3339Nano> stdout|stderr F|P <text>`. */
export interface LogLine {
  readonly timestamp: string;
  readonly stream: 'stdout' | 'stderr';
  /** The text goes on in the next line. */
  readonly isPartial: boolean;
  readonly content: Buffer;
}

const SPACE = 0x20;

/** Parses a line without its newline; undefined when it is not in the format. */
export function parseLogLine(raw: Buffer): LogLine | undefined {
  const first = raw.indexOf(SPACE);
  const second = raw.indexOf(SPACE, first + 1);
  if (first < 0 || second < 0) return undefined;
  const stream = raw.toString('latin1', first + 1, second);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const third = raw.indexOf(SPACE, second + 1);
  const tags = raw.toString('latin1', second + 1, third < 0 ? raw.length : third);
  return {
    timestamp: raw.toString('latin1', 0, first),
    stream,
    isPartial: tags.split(':')[0] === 'P',
    content: third < 0 ? Buffer.alloc(0) : raw.subarray(third + 1),
  };
}
