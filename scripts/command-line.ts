import { type ParseArgsConfig, parseArgs } from 'node:util';

/**
 * Node's `parseArgs`, with its errors as one sentence on stderr instead of a stack trace.
 *
 * @param command the script's name in package.json
 * @param code exit code for wrong options
 */
export function commandLine<Config extends ParseArgsConfig>(
  command: string,
  config: Config,
  code = 2,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    return wrongUsage(command, (error as Error).message.replace(/\.$/, ''), code);
  }
}

/** Says what is wrong with the options and where the help is, and ends the process. */
export function wrongUsage(command: string, message: string, code = 2): never {
  console.error(`${command}: ${message}. See \`npm run ${command} -- --help\`.`);
  process.exit(code);
}
