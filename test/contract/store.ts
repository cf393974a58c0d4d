import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Conflict, type Session, type Settings, type Store } from '../../server/store/store.js'
import { perform, rowsOf, rowsOfModel, steps, storeModel } from './store-model.js'

/** What every store holds to. `place` gives an empty place for one; each call of the answer opens the store there. */
export function storeContract(name: string, place: () => () => Promise<Store>): void {
  const fact = (sentence: string, check: (store: Store, reopen: () => Promise<Store>) => Promise<void>) =>
    test(`${name}: ${sentence}`, async () => {
      const open = place()
      let store = await open()
      const reopen = async () => {
        await store.close()
        store = await open()
        return store
      }
      await check(store, reopen)
      await store.close()
    })

  fact(
    'a row that was created, put or updated is read as it was given, also after reopening',
    async (store, reopen) => {
      await store.commit([{ table: 'settings', create: settings('a', 1) }])
      await store.commit([{ table: 'settings', put: settings('b', 2) }])
      await store.commit([{ table: 'settings', put: settings('a', 3) }])
      assert.deepEqual(await store.update('settings', 'b', row => ({ ...row, values: { n: 4 } })), settings('b', 4))
      for (const opened of [store, await reopen()]) {
        assert.deepEqual(await opened.get('settings', 'a'), settings('a', 3))
        assert.deepEqual(await opened.get('settings', 'b'), settings('b', 4))
      }
    },
  )

  fact('a row that is not there is read as nothing, and can be removed all the same', async store => {
    assert.equal(await store.get('runs', 'none'), undefined)
    await store.commit([{ table: 'runs', remove: 'none' }])
    await store.commit([])
    assert.equal(await store.count('runs'), 0)
  })

  fact('tables have their rows apart', async store => {
    await store.commit([{ table: 'settings', create: settings('same', 1) }])
    await store.commit([{ table: 'sessions', create: session('same', 'ann') }])
    await store.commit([{ table: 'settings', remove: 'same' }])
    assert.deepEqual(await store.get('sessions', 'same'), session('same', 'ann'))
  })

  fact(
    'lists begin with what was created last, whatever the clock said and whatever was changed since',
    async store => {
      for (const [id, createdAt] of [
        ['first', 3000],
        ['second', 1000],
        ['third', 2000],
      ] as const)
        await store.commit([{ table: 'sessions', create: { ...session(id, 'ann'), createdAt } }])
      await store.update('sessions', 'first', row => ({ ...row, createdAt: 9000 }))
      await store.commit([{ table: 'sessions', put: session('second', 'bob') }])
      assert.deepEqual(ids(await store.list('sessions')), ['third', 'second', 'first'])
      assert.deepEqual(ids(await store.list('sessions', { order: 'oldest' })), ['first', 'second', 'third'])
    },
  )

  fact('a row that was removed and created again is the newest, also after reopening', async (store, reopen) => {
    for (const id of ['a', 'b']) await store.commit([{ table: 'sessions', create: session(id, 'ann') }])
    await store.commit([
      { table: 'sessions', remove: 'a' },
      { table: 'sessions', create: session('a', 'ann') },
    ])
    for (const opened of [store, await reopen()]) assert.deepEqual(ids(await opened.list('sessions')), ['a', 'b'])
  })

  fact('a condition is a value, several values, or several fields', async store => {
    const rows = [session('1', 'ann', 1), session('2', 'bob', 1), session('3', 'ann', 2), session('4', 'eve', 3)]
    await store.commit(rows.map(create => ({ table: 'sessions' as const, create })))
    const cases = [
      [{ user: 'ann' }, ['3', '1']],
      [{ user: ['eve', 'bob'] }, ['4', '2']],
      [{ user: ['ann', 'bob'], expiresAt: 1 }, ['2', '1']],
      [{ id: '4' }, ['4']],
      [{ user: [] }, []],
      [{ user: 'nobody' }, []],
      [{}, ['4', '3', '2', '1']],
    ] as const
    for (const [where, expected] of cases) {
      assert.deepEqual(ids(await store.list('sessions', { where })), expected)
      assert.equal(await store.count('sessions', where), expected.length)
    }
  })

  fact('a page is cut from what the condition leaves', async store => {
    for (let n = 0; n < 20; n++)
      await store.commit([{ table: 'sessions', create: session(`${n}`, n % 2 ? 'odd' : 'even') }])
    const page = { where: { user: 'even' }, limit: 3 }
    assert.deepEqual(ids(await store.list('sessions', page)), ['18', '16', '14'])
    assert.deepEqual(ids(await store.list('sessions', { ...page, offset: 8 })), ['2', '0'])
    assert.deepEqual(ids(await store.list('sessions', { ...page, offset: 2, order: 'oldest' })), ['4', '6', '8'])
    assert.deepEqual(await store.list('sessions', { ...page, offset: 99 }), [])
    assert.deepEqual(await store.list('sessions', { limit: 0 }), [])
  })

  fact('what is there already is not created; nothing of that commit is made', async (store, reopen) => {
    await store.commit([{ table: 'emails', create: { id: 'ann@example.org', user: 'ann' } }])
    const again = store.commit([
      { table: 'settings', put: settings('before', 1) },
      { table: 'emails', create: { id: 'ann@example.org', user: 'eve' } },
      { table: 'settings', put: settings('after', 1) },
    ])
    await assert.rejects(again, error => error instanceof Conflict && /"ann@example.org"/.test(error.message))
    await assert.rejects(store.commit([1, 2].map(n => ({ table: 'settings', create: settings('twice', n) }))), Conflict)
    for (const opened of [store, await reopen()]) {
      assert.deepEqual(await opened.get('emails', 'ann@example.org'), { id: 'ann@example.org', user: 'ann' })
      assert.deepEqual(await opened.list('settings'), [])
    }
  })

  fact('of many that create the same row at once, one does', async store => {
    const asked = await Promise.allSettled(
      Array.from({ length: 30 }, (_, n) => store.commit([{ table: 'emails', create: { id: 'same', user: `${n}` } }])),
    )
    const made = asked.flatMap(({ status }, n) => (status === 'fulfilled' ? [`${n}`] : []))
    assert.deepEqual(made, [(await store.get('emails', 'same'))?.user])
    assert.ok(asked.every(result => result.status === 'fulfilled' || result.reason instanceof Conflict))
  })

  fact('updates of one row lose nothing to each other', async (store, reopen) => {
    await store.commit([{ table: 'settings', create: settings('counter', 0) }])
    const increase = (row: Settings) => ({ ...row, values: { n: (row.values.n as number) + 1 } })
    const answers = await Promise.all(Array.from({ length: 200 }, () => store.update('settings', 'counter', increase)))
    assert.deepEqual(
      answers.map(row => row?.values.n),
      Array.from({ length: 200 }, (_, n) => n + 1),
    )
    assert.deepEqual(await (await reopen()).get('settings', 'counter'), settings('counter', 200))
  })

  fact(
    'an update that answers nothing, throws, meets no row or changes the id writes nothing',
    async (store, reopen) => {
      await store.commit([{ table: 'settings', create: settings('a', 1) }])
      const unused = () => assert.fail('there is no row to change')
      assert.equal(await store.update('settings', 'a', () => undefined), undefined)
      assert.equal(await store.update('settings', 'none', unused), undefined)
      const broken = store.update('settings', 'a', () => {
        throw new Error('on purpose')
      })
      await assert.rejects(broken, /on purpose/)
      await assert.rejects(
        store.update('settings', 'a', row => ({ ...row, id: 'b' })),
        /cannot become "b"/,
      )
      assert.deepEqual(await (await reopen()).list('settings'), [settings('a', 1)])
    },
  )

  fact('changes are made in the order in which they are asked for', async store => {
    void store.commit([{ table: 'settings', create: settings('a', 1) }])
    const [updated] = await Promise.all([
      store.update('settings', 'a', row => ({ ...row, values: { n: 2 } })),
      store.commit([{ table: 'settings', remove: 'a' }]),
      store.commit([{ table: 'settings', create: settings('a', 3) }]),
    ])
    assert.deepEqual(updated, settings('a', 2))
    assert.deepEqual(await store.get('settings', 'a'), settings('a', 3))
  })

  fact('a row is the store’s own: nobody changes it but through the store', async store => {
    const mine: Session & { note: { text: string } } = { ...session('a', 'ann'), note: { text: 'mine' } }
    const committed = store.commit([{ table: 'sessions', create: mine }])
    mine.note.text = 'changed while it was kept'
    await committed
    mine.note.text = 'changed afterwards'
    const expected = { ...session('a', 'ann'), note: { text: 'mine' } }
    const read = (await store.get('sessions', 'a')) as typeof mine
    try {
      read.note.text = 'changed by a reader'
    } catch {
      // A store may refuse it rather than ignore it.
    }
    assert.deepEqual(await store.get('sessions', 'a'), expected)
    assert.deepEqual(await store.list('sessions'), [expected])
  })

  fact('what was asked for before closing is kept, what comes after is refused', async (store, reopen) => {
    const asked = Promise.all(
      Array.from({ length: 20 }, (_, n) => store.commit([{ table: 'settings', create: settings(`${n}`, n) }])),
    )
    const reopened = reopen()
    await assert.rejects(store.commit([{ table: 'settings', put: settings('late', 1) }]), /is closed/)
    await asked
    assert.equal(await (await reopened).count('settings'), 20)
  })

  test(`${name}: any JSON comes back as it was, whatever its keys and texts`, () =>
    fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), async values => {
        const open = place()
        const store = await open()
        const row = JSON.parse(JSON.stringify({ id: 'any', values }))
        await store.commit([{ table: 'settings', create: { id: 'any', values } }])
        assert.deepEqual(await store.get('settings', 'any'), row)
        await store.close()
        const again = await open()
        assert.deepEqual(await again.get('settings', 'any'), row)
        await again.close()
      }),
      { numRuns: 60 },
    ))

  test(`${name}: after any changes, alone or at once, it holds what a plain model holds, also after reopening`, () =>
    fc.assert(
      fc.asyncProperty(steps, async steps => {
        const open = place()
        const model = storeModel()
        let store = await open()
        for (const step of steps) {
          if (step === 'reopen') {
            await store.close()
            store = await open()
          } else {
            const answers = await Promise.all(step.map(act => perform(store, act)))
            assert.deepEqual(answers, step.map(model.perform))
          }
          assert.deepEqual(await rowsOf(store), rowsOfModel(model))
        }
        await store.close()
      }),
      { numRuns: 60 },
    ))
}

const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id)
const settings = (id: string, n: number): Settings => ({ id, values: { n } })
const session = (id: string, user: string, expiresAt = 1): Session => ({ id, user, createdAt: 1, expiresAt })
