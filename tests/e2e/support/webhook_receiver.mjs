// A webhook endpoint on loopback that keeps what it was sent.
import {createServer} from 'node:http';
import {once} from 'node:events';

export async function startWebhookReceiver(t) {
  const deliveries = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    deliveries.push({headers: request.headers, body});
    response.writeHead(200, {'content-type': 'application/json'}).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {url: `http://127.0.0.1:${server.address().port}/hook`, deliveries};
}
