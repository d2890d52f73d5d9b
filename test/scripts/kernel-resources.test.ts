import assert from 'node:assert/strict'
import { kernelResources } from '../../scripts/kernel-resources.js'

const log = `[1/3] Building CUDA object gather_rows.cu.o
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function '_Z6gatherv' for 'sm_80'
ptxas info    : Function properties for _Z6gatherv
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 22 registers, used 0 barriers, 404 bytes cmem[0]
ptxas info    : Compile time = 3.1 ms
ptxas info    : Compiling entry function '_Z6gatherv' for 'sm_90'
ptxas info    : Function properties for _Z6gatherv
    24 bytes stack frame, 16 bytes spill stores, 8 bytes spill loads
ptxas info    : Used 255 registers, used 0 barriers
[2/3] Linking
`

describe('kernel resources', () => {
  it('are read from a log of ptxas', () => {
    assert.deepEqual(kernelResources(log), [
      { kernel: '_Z6gatherv', architecture: 'sm_80', registers: 22, spillBytes: 0 },
      { kernel: '_Z6gatherv', architecture: 'sm_90', registers: 255, spillBytes: 24 }
    ])
  })

  it('of which nothing is told are not zero', () => {
    const [resources] = kernelResources("ptxas info    : Compiling entry function '_Z6gatherv' for 'sm_80'\n")
    assert.ok(Number.isNaN(resources!.registers) && Number.isNaN(resources!.spillBytes))
  })

  it('are none where no kernel was compiled', () => assert.deepEqual(kernelResources('ninja: no work to do.\n'), []))
})
