import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CallWrapper, ComfyApi, PromptBuilder } from '@saintno/comfyui-sdk'
import { Client as StableClient } from '@stable-canvas/comfyui-client'
import { ComfyUIClient } from 'comfy-ui-client'
import { WebSocket } from 'ws'
import { startServer } from '../serving.js'
import { ended, get, picture, upload } from './calling.js'

const server = await startServer()
const host = server.url.replace('http://', '')
await upload(server, '/upload/image', await picture(16, 16, [10, 200, 30]), 'green.png')

const saving = (prefix: string, salt = 0) => ({
  load: { class_type: 'LoadImage', inputs: { image: 'green.png' } },
  save: { class_type: 'SaveImage', inputs: { images: ['load', 0], filename_prefix: prefix } },
  wait: { class_type: 'Wait', inputs: { ms: 10, steps: 20, previews: true, salt } },
})
const failing = { bad: { class_type: 'Fail', inputs: { message: 'No luck.' } } }
const invalid = { say: { class_type: 'Echo', inputs: { value: 'x' } } }
const endless = (salt: number) => ({ w: { class_type: 'Wait', inputs: { ms: 20, steps: 3000, salt } } })

test('comfy-ui-client runs, runs again, uploads, views, lists, interrupts', async () => {
  const client = new ComfyUIClient(host, 'comfy-ui-client')
  await client.connect()
  try {
    for (let round = 0; round < 2; round++) {
      const images = await client.getImages(saving('cuc') as never)
      const [saved] = images.save ?? []
      assert.ok(saved)
      const { blob, image } = saved
      assert.equal(image.filename, 'cuc_00001_.png')
      assert.equal(Buffer.from(await blob.arrayBuffer()).toString('latin1', 1, 4), 'PNG')
    }
    await client.getImages(failing as never).then(images => assert.deepEqual(images, {}))
    await assert.rejects(client.queuePrompt(invalid as never), /invalid_input_type/)
    await client.uploadImage(Buffer.from(await picture(4, 4, [1, 2, 3])), 'up.png', true)
    const mask = Buffer.from(await picture(4, 4, [0, 0, 0, 0]))
    const reference = { filename: 'up.png', subfolder: '', type: 'input' }
    const masked = await client.uploadMask(mask, 'mask.png', reference as never, true)
    assert.equal((await client.getImage(masked.name, '', 'input')).type, 'image/png')
    await client.getEmbeddings()
    await client.getExtensions()
    await client.getSystemStats()
    assert.equal((await client.getPrompt()).exec_info.queue_remaining, 0)
    assert.ok((await client.getObjectInfo('LoadImage')).LoadImage)
    assert.ok(Object.keys(await client.getHistory()).length >= 3)
    const { prompt_id } = await client.queuePrompt(endless(1) as never)
    while ((await client.getQueue()).queue_running.length === 0) await new Promise(resolve => setTimeout(resolve, 10))
    await client.interrupt()
    assert.equal((await ended(server, prompt_id)).status.messages.at(-1)[0], 'execution_interrupted')
    await client.editHistory({ delete: [prompt_id] } as never)
    assert.deepEqual(await client.getHistory(prompt_id), {})
    await assert.rejects(client.viewMetadata('loras', 'x.safetensors'), /not-found/)
  } finally {
    await client.disconnect()
  }
})

interface Shown {
  readonly images: readonly unknown[]
}

/** Runs a prompt with the call wrapper of @saintno/comfyui-sdk and tells what it told. */
function wrapped(api: ComfyApi, prompt: object, outputs: readonly string[]) {
  const builder = new PromptBuilder(prompt as never, [], [...outputs] as never)
  for (const output of outputs) builder.setOutputNode(output as never, output as never)
  const told: { previews: number; progress: number; failure?: Error; output?: Record<string, unknown> } = {
    previews: 0,
    progress: 0,
  }
  const wrapper = new CallWrapper(api, builder as never)
    .onPreview(() => {
      told.previews++
    })
    .onProgress(() => {
      told.progress++
    })
    .onFailed(error => {
      told.failure = error
    })
  return {
    told,
    run: async () => {
      const output = await wrapper.run()
      if (output) told.output = output as Record<string, unknown>
      return told
    },
  }
}

test('@saintno/comfyui-sdk runs, runs again, previews, fails, and is interrupted', async () => {
  const api = new ComfyApi(server.url, 'saintno')
  await new Promise<void>(resolve => {
    api.on('all', () => resolve())
    api.init()
  })
  try {
    const first = await wrapped(api, saving('sdk', 2), ['save', 'wait']).run()
    assert.equal(first.failure, undefined)
    const images = (first.output?.save as Shown | undefined)?.images ?? []
    assert.deepEqual(images, [{ filename: 'sdk_00001_.png', subfolder: '', type: 'output' }])
    assert.ok(first.progress > 0)
    assert.ok(first.previews > 0)
    const again = await wrapped(api, saving('sdk', 2), ['save', 'wait']).run()
    assert.deepEqual(again.output, first.output)
    const blob = await api.getImage(images[0] as never)
    assert.ok(blob.size > 0)

    const failed = await wrapped(api, { ...failing, bad: { ...failing.bad, inputs: { message: 'Still no luck.' } } }, [
      'bad',
    ]).run()
    assert.ok(failed.failure)
    const refused = await wrapped(api, invalid, ['say']).run()
    assert.match(String(refused.failure), /queue/i)

    const long = wrapped(api, endless(2), ['w'])
    const running = long.run()
    await new Promise<void>(resolve => api.on('progress', () => resolve()))
    await api.interrupt()
    assert.match(String((await running).failure), /interrupted/i)

    assert.ok(
      await api.uploadImage(Buffer.from(await picture(5, 5, [1, 1, 1])) as never, 'sdk.png', { override: true }),
    )
    assert.ok((await api.getNodeDefs('LoadImage'))?.LoadImage)
    await api.getSettings()
    await api.getSystemStats()
    await api.getTerminalLogs()
  } finally {
    api.destroy()
  }
})

test('@saintno/comfyui-sdk gets the results of many prompts at once', async () => {
  const api = new ComfyApi(server.url, 'saintno-many')
  await new Promise<void>(resolve => {
    api.on('all', () => resolve())
    api.init()
  })
  try {
    const told = await Promise.all(
      [1, 2, 3, 4].map(value =>
        wrapped(api, { say: { class_type: 'Echo', inputs: { value: 100 + value } } }, ['say']).run(),
      ),
    )
    for (const [index, { output, failure }] of told.entries()) {
      assert.equal(failure, undefined)
      assert.deepEqual(output?.say, { text: [String(101 + index)] })
    }
  } finally {
    api.destroy()
  }
})

test('@stable-canvas/comfyui-client runs by socket and by polling, and tells errors', async () => {
  const client = new StableClient({
    api_host: host,
    clientId: 'stable',
    WebSocket: WebSocket as never,
    user: 'somebody',
  })
  client.connect()
  try {
    await new Promise<void>(resolve => client.once('status', () => resolve()))
    const result = await client.enqueue(saving('stable', 3) as never)
    assert.ok(result.images.length >= 0)
    const polled = await client.enqueue_polling(saving('stable', 4) as never, { polling_ms: 20 } as never)
    assert.deepEqual(
      polled.images.map(image => (image as { data?: string }).data?.split('filename=')[1]?.split('&')[0]),
      ['stable_00002_.png'],
    )
    await assert.rejects(client.enqueue(invalid as never))
    await assert.rejects(
      client.enqueue({ bad: { class_type: 'Fail', inputs: { message: 'Never any luck.' } } } as never),
    )
    await client.interrupt('unknown')
    assert.ok((await client.getNodeDefs()).LoadImage)
    await client.getSettings()
    await client.getUserConfig()
    await client.getExtensions()
    await client.getEmbeddings()
    await client.getSystemStats()
    await assert.rejects(client.viewMetadata('loras', 'x'), /404/)
    assert.deepEqual((await client.getQueue()).Running, [])
    assert.ok((await get(server, '/queue')).queue_pending.length === 0)
  } finally {
    client.close()
  }
})
