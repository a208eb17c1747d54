/**
 * What the page runs in the browser: puts the interactive figure in the place of each drawing, and lets the reader choose
 * light or dark. Colours are CSS variables inside the figures, so nothing is drawn again when the scheme changes.
 */
export const clientScript = `
(() => {
  const button = document.querySelector('#scheme')
  const root = document.documentElement
  const night = () => (root.dataset.scheme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark'
  const label = () => { button.textContent = night() ? 'Light' : 'Dark'; button.setAttribute('aria-label', 'Switch to ' + (night() ? 'light' : 'dark') + ' colours') }
  button.hidden = false
  button.onclick = () => { root.dataset.scheme = night() ? 'light' : 'dark'; label() }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', label)
  label()
  const figures = JSON.parse(document.querySelector('#figures').textContent)
  const options = { renderer: 'svg', actions: { export: true, source: false, compiled: false, editor: false }, tooltip: { theme: 'custom' } }
  const show = async (place) => {
    const drawn = document.createElement('div')
    drawn.className = 'drawn'
    place.append(drawn)
    try {
      await vegaEmbed(drawn, figures[place.dataset.figure], { ...options, downloadFileName: place.dataset.figure })
      place.querySelector('.still')?.remove()
    } catch (error) {
      drawn.remove()
      console.error(error)
    }
  }
  const watch = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) { watch.unobserve(target); show(target) }
  }, { rootMargin: '400px' })
  for (const place of document.querySelectorAll('[data-figure]')) watch.observe(place)
})()
`
