import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checks, machine } from '../../scripts/verify/checks';

// The trainings on the data set and the timings are left to `npm run verify:gpu`.
const slow = /^(speed|CNN|head|the same weights in another)/;

test('every check of verify:gpu that computes holds on this device', async () => {
  const names = Object.keys(checks).filter((name) => !slow.test(name));
  assert.equal(names.length, 8);
  for (const name of names) {
    const { ok, value } = await checks[name]!(true);
    assert.ok(ok, `${name}: ${value}`);
  }
  assert.match(machine().device, /^(CPU|GPU)$/);
});
