import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResourceOrder } from '../../../lib/runtime/graph/resource-order';

describe('the order of reads and updates of a resource', () => {
  it('a read waits for the update before it, an update for every user of the value before it', () => {
    const order = new ResourceOrder();
    assert.equal(order.isUpdated(1), false);
    assert.deepEqual(order.read(1, 'read'), []);
    order.use('read', 'product');
    assert.deepEqual(order.update(1, 'first'), ['^read', '^product']);
    assert.equal(order.isUpdated(1), true);
    assert.deepEqual(order.read(1, 'again'), ['^first']);
    assert.deepEqual(order.update(1, 'second'), ['^again', '^first']);
  });

  it('a value from before the last update needs no control inputs', () => {
    const order = new ResourceOrder();
    order.read(1, 'old');
    order.update(1, 'first');
    order.use('old', 'late');
    assert.deepEqual(order.update(1, 'second'), ['^first']);
  });

  it('resources do not wait for each other', () => {
    const order = new ResourceOrder();
    order.read(1, 'one');
    assert.deepEqual(order.update(2, 'two'), []);
    order.use('no read', 'other');
    assert.deepEqual(order.read(2, 'read'), ['^two']);
  });
});
