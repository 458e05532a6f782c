import type { RecordedConstant, RecordedOp, Recording } from './recorder';
import type { Roles } from './roles';

/** Renames ids so that those of two recordings can be compared. */
function namer({ entries }: Recording, roles: Roles): (id: number) => string {
  const names = new Map<number, string>();
  for (const [i, entry] of entries.entries()) {
    if (entry.kind === 'constant') names.set(entry.id, `entry ${i}`);
    else for (const [j, { id }] of entry.outputs.entries()) names.set(id, `entry ${i}:${j}`);
  }
  for (const [i, id] of roles.inputs.entries()) names.set(id, `input ${i}`);
  for (const [id, variable] of roles.variables) names.set(id, `variable ${variable.id}`);
  for (const [id, handle] of roles.resources) names.set(id, `resource ${handle}`);
  return (id) => names.get(id) ?? `kept ${id}`;
}

type Entry = RecordedConstant | RecordedOp;

function describe(entry: Entry, nameOf: (id: number) => string): string {
  if (entry.kind === 'constant') {
    const { shape, dtype, make, values } = entry;
    return `${dtype} [${shape}] ${make ? 'made' : Buffer.from(values).toString('latin1')}`;
  }
  const { name, attributes, inputs } = entry;
  return `${name}(${inputs.map(nameOf)}) ${JSON.stringify(attributes)}`;
}

/**
 * The difference between two recordings of the same step; undefined when one function can replace
 * both. Numbers drawn or counted in JavaScript, changing shapes and branches are found here.
 */
export function difference(
  [one, oneRoles]: readonly [Recording, Roles],
  [other, otherRoles]: readonly [Recording, Roles],
): string | undefined {
  const nameInOne = namer(one, oneRoles);
  const nameInOther = namer(other, otherRoles);
  const length = Math.min(one.entries.length, other.entries.length);
  for (let i = 0; i < length; i++) {
    const entry = one.entries[i]!;
    if (describe(entry, nameInOne) === describe(other.entries[i]!, nameInOther)) continue;
    // A value made in JavaScript is named by the op that uses it.
    const op = other.entries.slice(i).find((next): next is RecordedOp => next.kind === 'op');
    const where = op?.layer ? `layer ${op.layer}` : 'the step';
    return `${where} differs from step to step (at ${op?.name ?? 'its end'})`;
  }
  if (one.entries.length !== other.entries.length) {
    return 'the step differs from call to call (in its number of ops)';
  }
  return undefined;
}
