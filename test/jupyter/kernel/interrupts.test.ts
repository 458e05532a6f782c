import * as assert from 'node:assert/strict';
import { test } from 'node:test';
import { InterruptSender, Interrupts } from '../../../lib/jupyter/kernel/interrupts';
import { interruptCount, interruptSince } from '../../../lib/runtime';

const interrupts = new Interrupts();
interrupts.share();
const sender = new InterruptSender(interrupts.memory);

test('polling code sees an interrupt before its message is read', () => {
  const start = interruptCount();
  const ticket = sender.ask();
  assert.ok(interruptSince(start));
  assert.equal(sender.wasHeard(ticket), false);
  assert.equal(interrupts.hear(ticket, true), true);
  assert.equal(sender.wasHeard(ticket), true);
  assert.equal(interrupts.take(), true);
});

test('code that starts to poll between the interrupt and its message sees it too', () => {
  const ticket = sender.ask();
  const late = interruptCount();
  assert.equal(interrupts.hear(ticket, true), true);
  assert.ok(interruptSince(late));
  interrupts.take();
});

test('the end of a cell consumes the interrupts, and their messages have no effect', () => {
  const ticket = sender.ask();
  assert.equal(interrupts.take(), true);
  assert.equal(interrupts.take(), false);
  const next = interruptCount();
  assert.equal(interrupts.hear(ticket, true), false);
  assert.equal(interruptSince(next), false);
});

test('an interrupt between two cells stops the second one', () => {
  interrupts.take();
  sender.ask();
  assert.equal(interrupts.isAsked, true);
  assert.equal(interrupts.take(), true);
  assert.equal(interrupts.isAsked, false);
});

test('an interrupt of an idle kernel is consumed when its message is read', () => {
  const ticket = sender.ask();
  assert.equal(interrupts.hear(ticket, false), false);
  assert.equal(interrupts.isAsked, false);
});
