/** The script of the page: search, and routes that are open when a link leads to them. Without it all is there as well. */
export const DOCS_SCRIPT = `'use strict'
const search = document.getElementById('search')
const none = document.getElementById('none')
const operations = [...document.querySelectorAll('.operation')]
const texts = operations.map(operation => operation.textContent.toLowerCase())

function show() {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean)
  operations.forEach((operation, index) => {
    operation.hidden = !words.every(word => texts[index].includes(word))
  })
  for (const part of document.querySelectorAll('.group, .door')) {
    part.hidden = part.querySelector('.operation:not([hidden])') === null
  }
  for (const link of document.querySelectorAll('nav a')) {
    link.hidden = document.getElementById(link.hash.slice(1)).hidden
  }
  none.hidden = operations.some(operation => !operation.hidden)
}

function open() {
  const target = location.hash && document.getElementById(location.hash.slice(1))
  if (!target) return
  if (target.tagName === 'DETAILS') target.open = true
  target.scrollIntoView()
}

search.hidden = false
search.addEventListener('input', show)
addEventListener('hashchange', open)
addEventListener('keydown', event => {
  if (event.key === '/' && event.target !== search && !event.ctrlKey && !event.metaKey) {
    event.preventDefault()
    search.focus()
  } else if (event.key === 'Escape' && event.target === search) {
    search.value = ''
    show()
  }
})
open()
`
