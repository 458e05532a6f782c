import * as fs from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { GradbookError } from '../../runtime';
import type { Parameter, ParameterValue } from './parameters';

const refused = (message: string) => new GradbookError(message, 'parameter');

/** A name and its value on the command line: `lr=0.001`. */
export function parseAssignment(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw refused(`"${text}" is not name=value, such as -p lr=0.001`);
  return [text.slice(0, at).trim(), text.slice(at + 1)];
}

/** Reads a YAML or JSON file of parameters. */
export function readParameterFile(file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseYaml(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw refused(`--params ${file} could not be read: ${(error as Error).message.split('\n')[0]}`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw refused(`--params ${file} must hold names with values, such as "lr: 0.001"`);
  }
  return value as Record<string, unknown>;
}

/**
 * The value in the parameter's type.
 *
 * @param value text from the command line, or a value from a file
 * @throws GradbookError `parameter` when it does not fit the type
 */
export function valueFor(parameter: Parameter, value: unknown): ParameterValue {
  for (const type of alternatives(parameter.type)) {
    const fitting = fit(type, value);
    if (fitting !== undefined) return fitting;
  }
  throw refused(
    `parameter ${parameter.name} is ${parameter.type}; ${JSON.stringify(value)} is not`,
  );
}

/** Members of a union type, the plain string last: it accepts everything. */
function alternatives(type: string): string[] {
  const parts = type.startsWith('(') ? [type] : type.split('|').map((part) => part.trim());
  return [
    ...parts.filter((part) => part !== 'string'),
    ...parts.filter((part) => part === 'string'),
  ];
}

function fit(type: string, value: unknown): ParameterValue | undefined {
  const text = typeof value === 'string' ? value.trim() : undefined;
  const array = /^(?:Array<(.+)>|(.+)\[\])$/.exec(type);
  if (array) {
    const inner = (array[1] ?? array[2])!.replace(/^\((.*)\)$/, '$1');
    return fitArray(inner, text === undefined ? value : listed(text));
  }
  switch (type) {
    case 'number': {
      const number = text === undefined ? value : text === '' ? Number.NaN : Number(text);
      return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
    }
    case 'boolean':
      if (typeof value === 'boolean') return value;
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'null':
      return value === null || text === 'null' ? null : undefined;
  }
  const quoted = /^(['"`])(.*)\1$/.exec(type);
  if (quoted) return text === quoted[2] ? text : undefined;
  return /^-?[\d.]/.test(type) && Number(type) === Number(text ?? value) ? Number(type) : undefined;
}

function fitArray(type: string, value: unknown): ParameterValue[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const fitted = value.map((one) => {
    for (const part of alternatives(type)) {
      const fitting = fit(part, one);
      if (fitting !== undefined) return fitting;
    }
    return undefined;
  });
  return fitted.includes(undefined) ? undefined : (fitted as ParameterValue[]);
}

/** `[1, 2]` or `1,2`. */
function listed(text: string): unknown {
  if (!text.startsWith('[')) return text === '' ? [] : text.split(',');
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
