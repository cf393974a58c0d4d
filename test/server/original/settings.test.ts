import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../serving.js'
import { clientOf, memberOf } from './client.js'

const server = await startServer()
const anybody = clientOf(server)

test('settings begin as the replaced system’s, are set, set in part, and set back', async () => {
  const { json: initial } = await anybody.call('GET', '/api/settings/')
  const { default_params, ...rest } = initial
  assert.deepEqual(rest, { default_count: 4, parallel_mode: false, auto_prompt: true, show_intermediate: true })
  assert.deepEqual(default_params, {
    prompt: '',
    seed: -1,
    steps: 50,
    guidance_scale: 7.5,
    denoise_strength: 0.92,
    face_strength: 0.85,
    stop_at: 1,
    shortcut_scale: 1,
    adapter_mode: 'quick',
    face_blend_weight: 0.8,
    hair_blend_weight: 0.2,
    mask_blur: 15,
    mask_expand: 0.3,
    mask_padding: 0,
    include_hair: true,
    include_neck: false,
    use_pre_paste: false,
    pre_paste_denoising: 0.65,
    use_face_swap: false,
    face_swap_model: 'insightface',
    use_swap_refinement: false,
    swap_refinement_strength: 0.3,
    use_face_enhance: false,
    face_enhance_strength: 0.8,
    auto_prompt: false,
  })

  const put = await anybody.call('PUT', '/api/settings/', { default_count: 2, default_params: { steps: 30 } })
  assert.deepEqual(put, {
    status: 200,
    json: { ...initial, default_count: 2, default_params: { ...default_params, steps: 30 } },
  })
  const patched = await anybody.call('PATCH', '/api/settings/params', { stop_at: 0.7 })
  assert.deepEqual(patched.json, { ...put.json, default_params: { ...default_params, stop_at: 0.7 } })
  assert.deepEqual((await anybody.call('GET', '/api/settings')).json, patched.json)
  assert.deepEqual(await anybody.call('POST', '/api/settings/reset'), { status: 200, json: initial })
  assert.deepEqual((await anybody.call('GET', '/api/settings')).json, initial)
})

test('settings leave those of the editor alone, and keep nothing that is no setting', async () => {
  const eve = await memberOf(server, 'eve')
  assert.equal((await eve.call('POST', '/comfy/settings', { 'Comfy.Theme': 'dark' })).status, 200)
  const put = await eve.call('PUT', '/api/settings', { default_count: 2, junk: 'x' })
  assert.deepEqual([put.json.default_count, put.json.junk, put.json.comfy], [2, undefined, undefined])
  assert.equal((await eve.call('PATCH', '/api/settings/params', { steps: 20 })).json.comfy, undefined)
  assert.equal((await eve.call('POST', '/api/settings/reset')).json.default_count, 4)
  assert.deepEqual((await eve.call('GET', '/comfy/settings')).json, { 'Comfy.Theme': 'dark' })
})

test('settings out of range are refused and change nothing', async () => {
  for (const [method, path, body] of [
    ['PUT', '/api/settings', { default_count: 9 }],
    ['PUT', '/api/settings', { default_params: { steps: 0 } }],
    ['PATCH', '/api/settings/params', { stop_at: 1.1 }],
    ['PATCH', '/api/settings/params', { adapter_mode: 'magic' }],
  ] as const)
    assert.equal((await anybody.call(method, path, body)).status, 422)
  assert.equal((await anybody.call('GET', '/api/settings')).json.default_count, 4)
})

test('an account has settings of its own', async () => {
  const ann = await memberOf(server, 'ann')
  await ann.call('PATCH', '/api/settings/params', { steps: 12 })
  assert.equal((await ann.call('GET', '/api/settings')).json.default_params.steps, 12)
  assert.equal((await anybody.call('GET', '/api/settings')).json.default_params.steps, 50)
})
