import t from 'tap'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { decodeCopy, MAX_COPY } from '../../src/upstream/decode.ts'

const TEXT = '{"detail":"Invalid token"}'
/** TEXT, as the zstd program encodes it: from a pipe, from a file, and with a checksum. */
const ZSTD = {
  stream: '28b52ffd0058d100007b2264657461696c223a22496e76616c696420746f6b656e227d',
  file: '28b52ffd201ad100007b2264657461696c223a22496e76616c696420746f6b656e227d'
}
const MIB = 1024 * 1024

function zstdFrame (window: number, blocks: readonly Buffer[], lastAt = blocks.length - 1): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (Math.log2(window) - 10) << 3])
  return Buffer.concat([head, ...blocks.map((block, i) => { if (i === lastAt) block[0] = (block[0] ?? 0) | 1; return block })])
}

/** A block that stands for `size` times the same byte. */
function repeated (size: number): Buffer {
  const block = Buffer.alloc(4, 'x')
  block.writeUIntLE((size << 3) | 2, 0, 3)
  return block
}

// An upstream may answer with a few bytes that unpack to gigabytes, or that ask for as much memory.
const BOMBS: readonly { readonly name: string, readonly encoding: string, readonly body: Buffer }[] = [
  { name: 'gzip', encoding: 'gzip', body: gzipSync(Buffer.alloc(50 * MIB)) },
  { name: 'deflate', encoding: 'deflate', body: deflateSync(Buffer.alloc(50 * MIB)) },
  { name: 'brotli', encoding: 'br', body: brotliCompressSync(Buffer.alloc(50 * MIB)) },
  { name: 'gzip in gzip', encoding: 'gzip, gzip', body: gzipSync(gzipSync(Buffer.alloc(50 * MIB))) },
  { name: 'zstd', encoding: 'zstd', body: zstdFrame(MIB, Array.from({ length: 5000 }, () => repeated(128 * 1024))) }
]

for (const { name, encoding, body } of BOMBS) {
  t.test(`a ${name} bomb unpacks to 64 KiB at most`, async (t) => {
    t.equal((await decodeCopy(body, encoding)).length, MAX_COPY)
  })
}

const COSTLY: readonly { readonly name: string, readonly body: Buffer }[] = [
  { name: 'a window of a terabyte', body: zstdFrame(2 ** 40, [repeated(1)]) },
  { name: 'a second frame with a window of a gigabyte', body: Buffer.concat([Buffer.from(ZSTD.stream, 'hex'), zstdFrame(2 ** 30, [repeated(1)])]) },
  { name: 'thousands of frames with large windows', body: Buffer.concat(Array.from({ length: 5000 }, () => zstdFrame(8 * MIB, [repeated(0)]))) },
  { name: 'thousands of empty blocks in a large window', body: zstdFrame(8 * MIB, Array.from({ length: 15_000 }, () => repeated(0))) },
  { name: 'thousands of skippable frames', body: Buffer.concat(Array.from({ length: 8000 }, () => Buffer.from('502a4d1800000000', 'hex'))) }
]

for (const { name, body } of COSTLY) {
  t.test(`zstd with ${name} costs neither memory nor time`, async (t) => {
    const memory = process.memoryUsage().arrayBuffers
    const start = performance.now()

    await decodeCopy(body, 'zstd')

    t.ok(process.memoryUsage().arrayBuffers - memory < 64 * MIB)
    t.ok(performance.now() - start < 5000, `${performance.now() - start} ms`)
  })
}

t.test('thousands of encodings are not even tried', async (t) => {
  t.equal((await decodeCopy(Buffer.from(TEXT), Array.from({ length: 4000 }, () => 'gzip').join(','))).length, 0)
})

const ENCODED: readonly (readonly [string | undefined, Buffer])[] = [
  [undefined, Buffer.from(TEXT)], ['', Buffer.from(TEXT)], ['identity', Buffer.from(TEXT)],
  ['gzip', gzipSync(TEXT)], ['X-GZIP', gzipSync(TEXT)], ['deflate', deflateSync(TEXT)], ['br', brotliCompressSync(TEXT)],
  ['zstd', Buffer.from(ZSTD.stream, 'hex')], ['zstd', Buffer.from(ZSTD.file, 'hex')], ['br, gzip', gzipSync(brotliCompressSync(TEXT))]
]

for (const [encoding, body] of ENCODED) {
  t.test(`${encoding ?? 'no encoding'} is decoded`, async (t) => {
    t.equal((await decodeCopy(body, encoding)).toString(), TEXT)
  })
}

t.test('bodies that are cut or broken anywhere give what could be read, or nothing', async (t) => {
  for (const [encoding, body] of ENCODED) {
    for (let length = 0; length < body.length; length++) {
      t.ok(TEXT.startsWith((await decodeCopy(body.subarray(0, length), encoding)).toString()))
      const broken = Buffer.from(body)
      broken[length] = (broken[length] ?? 0) ^ 0xff
      t.ok((await decodeCopy(broken, encoding)).length <= MAX_COPY)
    }
  }
  for (let descriptor = 0; descriptor < 256; descriptor++) {
    for (const length of [0, 4, 5, 8, 20]) {
      const head = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, descriptor]), Buffer.alloc(length)])
      t.ok((await decodeCopy(head, 'zstd')).length <= MAX_COPY)
    }
  }
  t.equal((await decodeCopy(Buffer.from(TEXT), 'made-up')).length, 0)
})
