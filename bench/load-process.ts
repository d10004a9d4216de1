import autocannon from 'autocannon';

// The load comes from a process of its own, so that the server under test has a core to itself.
const { url, seconds, method, headers, body, freshKey } = JSON.parse(process.argv[2] ?? '{}') as {
  url: string;
  seconds: number;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
  freshKey: boolean;
};
let count = 0;
const result = await autocannon({
  url,
  connections: 16,
  duration: seconds,
  requests: [
    {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(freshKey
        ? {
            setupRequest: (request: autocannon.Request) => ({
              ...request,
              headers: { ...request.headers, 'idempotency-key': `bench-${process.pid}-${count++}` },
            }),
          }
        : {}),
    },
  ],
});
process.stdout.write(JSON.stringify({ average: result.requests.average, failed: result.non2xx + result.errors }));
