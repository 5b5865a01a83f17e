/** What a shell reports of a program that Ctrl-C ended. */
export const INTERRUPTED_EXIT_CODE = 130;

/** A failure that the user can do something about: its message is printed alone, without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
