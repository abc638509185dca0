// The client of the stateless revision 2026-07-28, pinned to it; and once left to find the era out by itself.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {defineClientSuite} from './client_suite.mjs';
import {modern, probing} from './support/clients.mjs';
import {modernRevision, toolNames} from './support/protocol.mjs';

defineClientSuite(modern);

test(`${probing.label}: the probe finds the modern era`, async (t) => {
  const connection = await probing.connect(t, {args: ['--sandbox']});
  assert.equal(connection.client.getNegotiatedProtocolVersion(), modernRevision);
  assert.deepEqual((await connection.listTools()).map((tool) => tool.name), toolNames);
  connection.check.verify();
});
