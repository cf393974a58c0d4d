import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { lockFolder } from '../../server/data-lock.js'
import { passingFolder } from './command.js'

const MODULE = new URL('../../server/data-lock.js', import.meta.url).href
const IN_USE = /The folder .+ is in use by another server \(process \d+\)\. Stop that one, or give this one a folder/

/** A process that asks for the folder when it is told to, says 'ready', then 'locked' or why not, and lives on. */
function starter(folder: string) {
  const program = `import { lockFolder } from ${JSON.stringify(MODULE)}
    process.on('message', () => lockFolder(process.argv[1]).then(() => process.send('locked'), e => process.send(e.message)))
    process.send('ready')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, folder], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  after(() => end(child))
  const says = async () => String((await once(child, 'message'))[0])
  const asks = () => {
    const answer = says()
    child.send('lock')
    return answer
  }
  return { child, says, asks }
}

async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL') {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

test('a folder that a living process has is refused by its name, with the process and the cure', async () => {
  const folder = passingFolder()
  const { child, says, asks } = starter(folder)
  await says()
  assert.equal(await asks(), 'locked')
  await assert.rejects(lockFolder(folder), ({ message }: Error) => {
    assert.match(message, IN_USE)
    return message.includes(folder) && message.includes(`process ${child.pid}`)
  })
  await end(child)
})

test('what a killed process leaves is taken over at once, and swept', async () => {
  const folder = passingFolder()
  for (let time = 0; time < 3; time++) {
    const { child, says, asks } = starter(folder)
    await says()
    assert.equal(await asks(), 'locked')
    await end(child)
  }
  const unlock = await lockFolder(folder)
  assert.equal(readdirSync(folder).length, 1)
  await unlock()
  assert.deepEqual(readdirSync(folder), [])
})

test('a process that is stopped and says nothing has its folder all the same', async () => {
  const folder = passingFolder()
  const { child, says, asks } = starter(folder)
  await says()
  assert.equal(await asks(), 'locked')
  child.kill('SIGSTOP')
  await assert.rejects(lockFolder(folder), /is in use by another server\./)
  await end(child)
  await (await lockFolder(folder))()
})

test('of many that start together, one gets the folder, even over what a killed one left', async () => {
  const folder = passingFolder()
  const starters = Array.from({ length: 6 }, () => starter(folder))
  await Promise.all(starters.map(({ says }) => says()))
  const answers = await Promise.all(starters.map(({ asks }) => asks()))
  assert.equal(answers.filter(answer => answer === 'locked').length, 1, answers.join('\n'))
  assert.equal(answers.filter(answer => IN_USE.test(answer)).length, 5, answers.join('\n'))
  const [owner, others] = [answers.indexOf('locked'), starters.filter((_, place) => answers[place] !== 'locked')]
  await end(starters[owner]!.child)
  const again = await Promise.all(others.map(({ asks }) => asks()))
  assert.equal(again.filter(answer => answer === 'locked').length, 1, again.join('\n'))
  await Promise.all(others.map(({ child }) => end(child)))
})

test('never two have the folder, however many in one process ask at the same moment', async () => {
  const folder = passingFolder()
  for (let time = 0; time < 50; time++) {
    const asked = await Promise.allSettled(Array.from({ length: 4 }, () => lockFolder(folder)))
    const locked = asked.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
    assert.equal(locked.length, 1)
    await locked[0]!()
  }
})

test('a folder is locked whose path is longer than a socket may have', async () => {
  const folder = join(passingFolder(), 'a'.repeat(120), 'b'.repeat(120))
  mkdirSync(folder, { recursive: true })
  const unlock = await lockFolder(folder)
  await assert.rejects(lockFolder(folder), IN_USE)
  await unlock()
  await (await lockFolder(folder))()
})

test('a process that has a folder ends when it has nothing more to do', async () => {
  const program = `import { lockFolder } from ${JSON.stringify(MODULE)}; await lockFolder(process.argv[1])`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, passingFolder()])
  assert.deepEqual(await once(child, 'exit'), [0, null])
})
