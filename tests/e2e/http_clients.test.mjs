// The official clients over HTTP: everything they can do over stdio, with both transports of the handshake revisions and
// with the stateless one.
import {defineClientSuite} from './client_suite.mjs';
import {legacyHttp, legacySse, modernHttp} from './support/clients.mjs';

for (const kind of [legacyHttp, legacySse, modernHttp]) defineClientSuite(kind);
