// Answers its environment as JSON on port 8888, so that a caller sees which pod it has reached.
import { createServer } from 'node:http';

createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(process.env)}\n`);
}).listen(8888, () => console.log('httpenv: listening on port 8888'));
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
