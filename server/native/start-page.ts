/** What a browser is shown at the root: where things are. */
export const START_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>IP-to-Portrait</title>
<style>
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem; color-scheme: light dark }
  code { font-size: 0.9em }
</style>
<h1>IP-to-Portrait</h1>
<p>The server is running.</p>
<ul>
  <li><a href="/docs">The API, with every route</a></li>
  <li><a href="/api/workflows">The workflows that come with it</a></li>
  <li><a href="/api/nodes">The nodes that workflows are made of</a></li>
  <li><a href="/api/health">How the server is</a></li>
</ul>
<p>ComfyUI's clients reach it at this very address.</p>
</html>
`
