// Seeded lines that are no good requests, in fifteen classes. The same seed gives the same lines on every machine.

/** mulberry32: small, fast, and good enough to vary test input. */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Ids of malformed requests begin with this, so that they never collide with those of good ones. */
export const badIdPrefix = 'bad-';

const request = (id, rest = '"method":"ping"') => `{"jsonrpc":"2.0","id":"${badIdPrefix}${id}",${rest}}`;

/** name -> (n, random) -> text or bytes without a newline. n differs from line to line. */
export const classes = {
  truncated: (n, random) => request(n).slice(0, 5 + Math.floor(random() * (request(n).length - 6))),
  random_bytes: (n, random) => Buffer.from(Array.from({length: 1 + Math.floor(random() * 200)}, () => 14 + Math.floor(random() * 240))),
  bad_utf8: (n, random) => Buffer.concat([Buffer.from(`{"jsonrpc":"2.0","id":"${badIdPrefix}${n}","method":"`),
    Buffer.from([0xc0 + Math.floor(random() * 64), 0x20]), Buffer.from('"}')]),
  duplicate_keys: (n) => request(n, '"method":"ping","method":"tools/list"'),
  too_deep: (n, random) => request(n, `"method":"ping","params":{"a":${'['.repeat(65 + Math.floor(random() * 500))}`),
  wrong_version: (n) => `{"jsonrpc":"1.${n % 10}","id":"${badIdPrefix}${n}","method":"ping"}`,
  no_method: (n) => `{"jsonrpc":"2.0","id":"${badIdPrefix}${n}","Method":"ping"}`,
  id_of_no_kind: (n, random) => `{"jsonrpc":"2.0","id":${['null', '1.5', 'true', '{}', '[1]', '1e300'][Math.floor(random() * 6)]},"method":"ping"}`,
  array_params: (n) => request(n, `"method":"tools/list","params":[${n}]`),
  bare_value: (n, random) => ['0', '"ping"', 'null', 'true', `${n}`][Math.floor(random() * 5)],
  odd_batch: (n, random) => ['[]', '[[]]', `[${n}]`, '[{}]', `[${request(n)}`][Math.floor(random() * 5)],
  no_number: (n, random) => request(n, `"method":"ping","params":{"n":${['NaN', '1e999', '-Infinity', '01', '+1', '.5'][Math.floor(random() * 6)]}}`),
  raw_control: (n, random) => Buffer.concat([Buffer.from(`{"jsonrpc":"2.0","id":"${badIdPrefix}${n}","method":"a`),
    Buffer.from([[0, 1, 9, 11, 31][Math.floor(random() * 5)]]), Buffer.from('b"}')]),
  trailing: (n) => request(n) + request(n),
  oversized_key: (n, random) => request(n, `"method":"ping","params":{"${'k'.repeat(257 + Math.floor(random() * 2000))}":1}`),
};

/** `count` malformed lines, every class equally often. */
export function* malformedLines(count, seed) {
  const random = seededRandom(seed);
  const makers = Object.values(classes);
  for (let n = 0; n < count; n += 1) {
    yield Buffer.concat([Buffer.from(makers[n % makers.length](n, random)), Buffer.from('\n')]);
  }
}
