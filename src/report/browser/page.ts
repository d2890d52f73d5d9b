/** What moves in the page: it reads two elements of JSON, and asks nothing of any network. Compiled for browsers, and put into the page as it is. */

import type { LatentData, Packed, SpriteData } from './data.js'

const sprite = read<SpriteData>('sprite-data')
for (const thumb of document.querySelectorAll<HTMLElement>('.thumb')) {
  const side = thumb.parentElement!.classList.contains('small') ? 24 : 40
  show(thumb, Number(thumb.dataset['place']), side)
}

const latentView = document.getElementById('latent-view')
const latentData = read<LatentData>('latent-data')
if (latentView && latentData) explore(latentView, latentData)

/** The JSON of an element. */
function read<Data>(id: string): Data | null {
  const element = document.getElementById(id)
  return element && (JSON.parse(element.textContent!) as Data)
}

/** An item's part of the image of all, its longer side so many pixels long. */
function show(element: HTMLElement, place: number, side: number): void {
  if (!sprite) return
  const { columns, width, height, rows } = sprite
  const scale = side / Math.max(width, height)
  element.style.width = `${width * scale}px`
  element.style.height = `${height * scale}px`
  element.style.backgroundSize = `${columns * width * scale}px ${rows * height * scale}px`
  element.style.backgroundPosition = `${-(place % columns) * width * scale}px ${-Math.floor(place / columns) * height * scale}px`
  element.classList.add('sprite')
}

function numbers(packed: Packed): Uint16Array {
  return new Uint16Array(Uint8Array.from(atob(packed), letter => letter.charCodeAt(0)).buffer)
}

/** The latent space: its slider, its colours, and what is told of the item that is pointed at. */
function explore(view: HTMLElement, data: LatentData): void {
  const control = <Control extends HTMLElement>(name: string): Control => view.querySelector<Control>(`[data-control=${name}]`)!
  const layout = control<HTMLSelectElement>('layout')
  const colour = control<HTMLSelectElement>('colour')
  const play = control<HTMLButtonElement>('play')
  const epoch = control<HTMLInputElement>('epoch')
  const output = view.querySelector('output')!
  const legend = view.querySelector('.legend')!
  const stage = view.querySelector<HTMLElement>('.stage')!
  const svg = stage.querySelector('svg')!
  const dots = [...svg.querySelectorAll('circle')]
  const layouts = { pca: data.pca.map(numbers), umap: data.umap.layouts.map(numbers) }
  const groups = {
    now: data.now.map(packed => packed && numbers(packed)),
    end: data.end && numbers(data.end),
    truth: data.truth && numbers(data.truth)
  }
  const places = (): readonly number[] => (layout.value === 'umap' ? data.umap.places : data.titles.map((_, i) => i))
  /** The group that is held out; 0 for none. */
  let chosen = 0

  // Numbers of clusters: drawn here, since they move.
  ;[...svg.querySelectorAll('[aria-label=text]')].at(-1)?.remove()
  const svgElement = <Name extends 'g' | 'text'>(name: Name): SVGElementTagNameMap[Name] =>
    document.createElementNS('http://www.w3.org/2000/svg', name)
  const names = svg.appendChild(svgElement('g'))
  names.setAttribute('class', 'names')
  const middle = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!

  const current = () => {
    const place = Number(epoch.value)
    const at = places()[place]!
    const group = colour.value === 'truth' ? groups.truth : colour.value === 'now' ? groups.now[at] : groups.end
    return { points: layouts[layout.value === 'umap' ? 'umap' : 'pca'][place]!, group, at }
  }
  const label = (group: number): string => (colour.value === 'truth' ? data.classes[group - 1]! : String(group - 1))
  const shade = (group: number): string => (group === 0 ? '#9498a0' : data.colours[(group - 1) % data.colours.length]!)

  const draw = (): void => {
    const { points, group, at } = current()
    output.textContent = data.titles[at]!
    const members = new Map<number, number[]>()
    dots.forEach((dot, i) => {
      const own = group ? group[i]! : 0
      dot.style.transform = `translate(${points[2 * i]! / 32}px,${points[2 * i + 1]! / 32}px)`
      dot.setAttribute('fill', shade(own))
      dot.setAttribute('fill-opacity', chosen && own !== chosen ? '0.06' : '0.8')
      if (!own) return
      if (!members.has(own)) members.set(own, [])
      members.get(own)!.push(i)
    })
    names.replaceChildren()
    legend.replaceChildren()
    for (const [own, items] of [...members].sort((a, b) => a[0] - b[0])) {
      const text = names.appendChild(svgElement('text'))
      text.textContent = label(own)
      text.setAttribute('x', String(middle(items.map(i => points[2 * i]!)) / 32))
      text.setAttribute('y', String(middle(items.map(i => points[2 * i + 1]!)) / 32))
      const button = legend.appendChild(document.createElement('li')).appendChild(document.createElement('button'))
      button.type = 'button'
      button.style.setProperty('--colour', shade(own))
      button.setAttribute('aria-pressed', String(chosen === own))
      button.textContent = label(own)
      for (const element of [text, button]) {
        element.addEventListener('click', () => {
          chosen = chosen === own ? 0 : own
          draw()
        })
      }
    }
  }
  for (const dot of dots) {
    dot.setAttribute('cx', '0')
    dot.setAttribute('cy', '0')
  }

  epoch.addEventListener('input', draw)
  colour.addEventListener('change', () => {
    chosen = 0
    draw()
  })
  layout.addEventListener('change', () => {
    epoch.max = String(places().length - 1)
    epoch.value = epoch.max
    draw()
  })
  let timer: number | undefined
  const stop = (): void => {
    clearInterval(timer)
    timer = undefined
    play.textContent = 'Play'
  }
  play.addEventListener('click', () => {
    if (timer) return stop()
    play.textContent = 'Pause'
    epoch.value = '0'
    draw()
    timer = setInterval(() => {
      if (Number(epoch.value) >= Number(epoch.max)) return stop()
      epoch.value = String(Number(epoch.value) + 1)
      draw()
    }, 900)
  })
  if (data.titles.length < 2) play.hidden = true

  const tip = document.body.appendChild(document.createElement('div'))
  tip.className = 'tip'
  tip.hidden = true
  const picture = tip.appendChild(document.createElement('i'))
  const words = tip.appendChild(document.createElement('span'))
  const forget = (): void => {
    for (const dot of svg.querySelectorAll('.near')) dot.classList.remove('near')
  }
  stage.addEventListener('pointermove', event => {
    const box = svg.getBoundingClientRect()
    const { points } = current()
    const scale = (32 * svg.viewBox.baseVal.width) / box.width
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale]
    let nearest = -1
    let least = (14 * scale) ** 2
    for (let i = 0; i < dots.length; i++) {
      const distance = (points[2 * i]! - x) ** 2 + (points[2 * i + 1]! - y) ** 2
      if (distance < least) [nearest, least] = [i, distance]
    }
    forget()
    tip.hidden = nearest < 0
    if (nearest < 0) return
    dots[nearest]!.classList.add('near')
    show(picture, nearest, 96)
    const lines = [`item ${data.items[nearest]}`]
    if (groups.end) lines.push(`cluster ${groups.end[nearest]! - 1}`)
    if (groups.truth) lines.push(`true label ${data.classes[groups.truth[nearest]! - 1]}`)
    words.textContent = [...lines, data.texts[nearest] ?? ''].join('\n')
    tip.dataset['item'] = String(data.items[nearest])
    const right = event.clientX + 140 > innerWidth
    tip.style.left = `${event.clientX + scrollX + (right ? -tip.offsetWidth - 16 : 16)}px`
    tip.style.top = `${event.clientY + scrollY + 12}px`
  })
  stage.addEventListener('pointerleave', () => {
    tip.hidden = true
    forget()
  })
  draw()
  // Only later draws move the dots: after the first, laid out here, they stand in their places at once.
  svg.getBoundingClientRect()
  stage.classList.add('moving')
}
