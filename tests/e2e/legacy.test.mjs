// The client of the revisions with a handshake, as most hosts ship it today.
import {defineClientSuite} from './client_suite.mjs';
import {legacy} from './support/clients.mjs';

defineClientSuite(legacy);
