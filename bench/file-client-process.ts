import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { request } from 'node:http';
import { pipeline } from 'node:stream/promises';

// Sends or fetches one file over HTTP, in a process of its own, with as little as it takes.
const [what = '', url = '', key = '', path = ''] = process.argv.slice(2);
const authorization = `Bearer ${key}`;
if (what === 'upload') {
  const head = Buffer.from(
    '--bench\r\ncontent-disposition: form-data; name="file"; filename="source.bin"\r\ncontent-type: application/octet-stream\r\n\r\n',
  );
  const tail = Buffer.from('\r\n--bench--\r\n');
  const upload = request(url, {
    method: 'POST',
    headers: {
      authorization,
      'content-type': 'multipart/form-data; boundary=bench',
      'content-length': head.length + statSync(path).size + tail.length,
    },
  });
  const answered = new Promise<number>((resolve, reject) => {
    upload.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    upload.on('error', reject);
  });
  upload.write(head);
  await pipeline(createReadStream(path, { highWaterMark: 262_144 }), upload, { end: false });
  upload.end(tail);
  if ((await answered) !== 201) process.exit(1);
} else {
  await new Promise<void>((resolve, reject) => {
    request(url, { headers: { authorization } }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`));
      else pipeline(response, createWriteStream(path, { highWaterMark: 1_048_576 })).then(resolve, reject);
    })
      .on('error', reject)
      .end();
  });
}
