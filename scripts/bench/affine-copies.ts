/** Data sets of any size out of a small one: randomly changed copies of its images, drawn by a seed, in an NPY file. */
import { existsSync } from 'node:fs'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dataset } from '../../src/data/index.js'
import { uniforms } from '../../src/data/split.js'

/** The header of an NPY file, 128 bytes. */
function header(descr: string, shape: readonly number[]): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`
  return Buffer.from(`\x93NUMPY\x01\x00\x76\x00${text.padEnd(117)}\n`, 'latin1')
}

/** Writes one copy of `from` of `data` into `to`: turned by 5°, moved by a pixel, sized and sheared by a twentieth, at most; bilinear. */
function changed(data: Uint8Array, from: number, to: Uint8Array, at: number, side: number, uniform: () => number): void {
  const spread = (): number => 2 * uniform() - 1
  const [angle, shear, zoom] = [(spread() * 5 * Math.PI) / 180, spread() * 0.05, 1 + spread() * 0.05]
  const [cos, sin] = [Math.cos(angle) / zoom, Math.sin(angle) / zoom]
  const [middle, right, down] = [(side - 1) / 2, spread(), spread()]
  for (let y = 0, i = at; y < side; y++) {
    for (let x = 0; x < side; x++, i++) {
      const [u, v] = [x - middle - right, y - middle - down]
      const sx = cos * u - sin * v + shear * v + middle
      const sy = sin * u + cos * v + middle
      const [left, top] = [Math.floor(sx), Math.floor(sy)]
      if (left < 0 || top < 0 || left >= side - 1 || top >= side - 1) continue
      const [fx, fy] = [sx - left, sy - top]
      const p = from + top * side + left
      to[i] = (1 - fy) * ((1 - fx) * data[p]! + fx * data[p + 1]!) + fy * ((1 - fx) * data[p + side]! + fx * data[p + side + 1]!)
    }
  }
}

/**
 * `n` changed copies of images and their labels, each of an image drawn by the seed; made once.
 * @returns the paths of both files
 */
export async function affineCopies(
  { data, shape }: Dataset,
  labels: Int32Array,
  n: number,
  folder: string
): Promise<{ readonly data: string; readonly labels: string }> {
  const paths = { data: join(folder, `digits-${n}.npy`), labels: join(folder, `digits-${n}-labels.npy`) }
  if (existsSync(paths.data) && existsSync(paths.labels)) return paths
  const [count, height, width] = shape as [number, number, number]
  if (!(data instanceof Uint8Array) || height !== width) throw new Error('Copies are made of square images of bytes')
  const uniform = uniforms(20)
  const size = height * width
  const write = async (path: string, start: Buffer, fill: (file: FileHandle) => Promise<void>): Promise<void> => {
    const file = await open(`${path}.part`, 'w')
    await file.write(start)
    await fill(file)
    await file.close()
    await rename(`${path}.part`, path)
  }
  const own = new Int32Array(n)
  await write(paths.data, header('|u1', [n, height, width]), async file => {
    for (let begin = 0; begin < n; begin += 10_000) {
      const rows = Math.min(10_000, n - begin)
      const block = new Uint8Array(rows * size)
      for (let row = 0; row < rows; row++) {
        const from = Math.floor(uniform() * count)
        own[begin + row] = labels[from]!
        changed(data, from * size, block, row * size, height, uniform)
      }
      await file.write(block)
    }
  })
  await write(paths.labels, header('<i4', [n]), async file => void (await file.write(new Uint8Array(own.buffer))))
  return paths
}
