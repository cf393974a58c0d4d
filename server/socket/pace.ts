const BURST = 200
const PER_SECOND = 50

/** Answers for each message of one socket whether it comes at a bearable pace: 50 a second, 200 at once. */
export function openPace(now: () => number = () => performance.now()): () => boolean {
  let left = BURST
  let then = now()
  return () => {
    const time = now()
    left = Math.min(BURST, left + ((time - then) / 1000) * PER_SECOND) - 1
    then = time
    return left >= 0
  }
}
