import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { devices, fallbackWarning, idleGpus, type Placement, precisionWarning, resolvePlacement } from '../../src/native/device.js'
import { cpuOnly, idleGpu, oneGpu, useFakeAddon } from '../estimator/fake-addon.js'

describe('resolvePlacement', () => {
  const report = { current: cpuOnly }
  const { plugins } = useFakeAddon(report)
  const asked = (given: Partial<Placement>): Placement => ({ device: 'auto', precision: 'auto', threads: 0, tf32: true, capture: true, ...given })

  it('takes the CPU in float32 where there is nothing better', () => {
    report.current = cpuOnly
    assert.deepEqual(resolvePlacement(asked({}), true), {
      device: 'cpu',
      precision: 'float32',
      threads: availableParallelism(),
      tf32: true,
      capture: true
    })
  })

  it('takes a usable GPU, and bfloat16 where it is fast', () => {
    report.current = oneGpu
    assert.deepEqual(resolvePlacement(asked({ threads: 3, capture: false }), true), {
      device: 'cuda:0',
      precision: 'bfloat16',
      threads: 3,
      tf32: true,
      capture: false
    })
  })

  it('leaves bfloat16 alone for methods that do not want it, and takes it when it is asked for', () => {
    report.current = oneGpu
    assert.equal(resolvePlacement(asked({}), false).precision, 'float32')
    assert.equal(resolvePlacement(asked({ precision: 'bfloat16', device: 'cpu' }), false).precision, 'bfloat16')
  })

  it('warns of bfloat16 where it is emulated', () => {
    report.current = cpuOnly
    assert.match(precisionWarning({ device: 'cpu', precision: 'bfloat16' }) ?? '', /`cpu` is no faster with `precision: 'bfloat16'`/)
    assert.equal(precisionWarning({ device: 'cpu', precision: 'float32' }), undefined)
    report.current = oneGpu
    for (const device of ['cpu', 'cuda:0']) assert.equal(precisionWarning({ device, precision: 'bfloat16' }), undefined)
    report.current = { ...oneGpu, cuda: { ...oneGpu.cuda, devices: [{ ...oneGpu.cuda.devices[0]!, capability: '7.5', bfloat16: false }] } }
    assert.match(precisionWarning({ device: 'cuda:0', precision: 'bfloat16' }) ?? '', /`cuda:0`/)
  })

  it('tells of a GPU that lies idle: why, and what builds the plugin where there is none', () => {
    const { cuda } = idleGpu
    const has = 'this machine has 1 GPU(s) that cannot be used:'
    assert.deepEqual(idleGpus(cuda, false), { problem: `${has} the CUDA plugin is not built`, cure: 'npm run build -- --cuda' })
    const old = { ...cuda, reason: 'the driver is older than CUDA' }
    assert.deepEqual(idleGpus(old, true), { problem: `${has} the driver is older than CUDA`, cure: null })
    for (const report of [cpuOnly, oneGpu]) assert.equal(idleGpus(report.cuda, false), undefined)
  })

  it("warns where 'auto' takes the CPU and a GPU lies idle, and opens the driver for no other device", () => {
    report.current = idleGpu
    assert.equal(
      fallbackWarning('auto', { device: 'cpu' }),
      "`device: 'auto'` takes the CPU: this machine has 1 GPU(s) that cannot be used: the CUDA plugin is not built. Build it with `npm run build -- --cuda`"
    )
    assert.deepEqual(plugins.splice(0), ['/plugin'])
    assert.equal(fallbackWarning('cpu', { device: 'cpu' }), undefined)
    assert.equal(fallbackWarning('auto', { device: 'cuda:0' }), undefined)
    assert.deepEqual(plugins, [])
    report.current = cpuOnly
    assert.equal(fallbackWarning('auto', { device: 'cpu' }), undefined)
  })

  it('opens no CUDA plugin for the CPU', () => {
    report.current = oneGpu
    assert.equal(resolvePlacement(asked({ device: 'cpu' }), true).device, 'cpu')
    assert.deepEqual(plugins, [''])
  })

  it('refuses an unavailable device with the reason, and never falls back', () => {
    report.current = cpuOnly
    for (const device of ['cuda', 'cuda:1'] as const) {
      assert.throws(() => resolvePlacement(asked({ device }), true), {
        code: 'ERR_DEVICE_UNAVAILABLE',
        device,
        message: new RegExp(`\`${device}\` cannot be used: no driver`)
      })
    }
  })

  it('refuses a GPU beyond the last', () => {
    report.current = oneGpu
    assert.equal(resolvePlacement(asked({ device: 'cuda' }), true).device, 'cuda:0')
    assert.throws(() => resolvePlacement(asked({ device: 'cuda:1' }), true), { code: 'ERR_DEVICE_UNAVAILABLE', device: 'cuda:1' })
  })

  it('devices() reports with the plugin', () => {
    report.current = oneGpu
    assert.equal(devices(), oneGpu)
    assert.deepEqual(plugins, ['/plugin'])
  })
})
