/** On what models run: what was asked for until it fails, then the CPU for good. */
export interface DeviceChoice {
  /** The device to try, given the providers that the runtime was built with. */
  among(providers: readonly string[]): string
  /** Gives the device up; says so once. */
  fallBack(reason: string): void
}

/** Begins with the device that was asked for: the name of a provider, with a number behind a colon for the second and on. */
export function chooseDevice({ device, log }: { device: string; log(message: string): void }): DeviceChoice {
  let current = device
  function fallBack(reason: string) {
    if (current !== 'cpu') log(`Device "${device}" cannot be used (${reason}); models run on the CPU.`)
    current = 'cpu'
  }
  return {
    fallBack,
    among(providers) {
      // The runtime drops a provider that it was built without, and would run on the CPU without a word.
      if (!providers.includes(parseDevice(current).name))
        fallBack(`this build of ONNX Runtime has ${providers.join(', ')}`)
      return current
    },
  }
}

/** 'cuda:1' is the provider cuda and its device 1; without a number, the provider's own choice. */
export function parseDevice(device: string): { readonly name: string; readonly deviceId?: number } {
  const [name = device, id] = device.split(':')
  return id === undefined ? { name } : { name, deviceId: Number(id) }
}
