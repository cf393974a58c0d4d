type Work = () => Promise<void> | undefined

/**
 * Does what has one key in order: at once while nothing of that key is under way, else when what is has ended. Work
 * must not reject.
 */
export function inTurn(): (key: string, work: Work) => void {
  const busy = new Map<string, Work[]>()
  const goOn = (key: string, waiting: Work[]) => {
    for (let work = waiting.shift(); work; work = waiting.shift()) {
      const underway = work()
      if (underway) return void underway.then(() => goOn(key, waiting))
    }
    busy.delete(key)
  }
  return (key, work) => {
    const waiting = busy.get(key)
    if (waiting) return void waiting.push(work)
    const mine = [work]
    busy.set(key, mine)
    goOn(key, mine)
  }
}
