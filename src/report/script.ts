/** What moves in the page, as the page carries it: it reads two elements of JSON, and asks nothing of any network. */

export const script = `'use strict';
(() => {
  const read = id => { const element = document.getElementById(id); return element && JSON.parse(element.textContent) };
  const numbers = text => { const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0)); return new Uint16Array(bytes.buffer) };
  const sprite = read('sprite-data');
  const show = (element, place, scale) => {
    const { columns, width, height, rows } = sprite;
    element.style.width = width * scale + 'px';
    element.style.height = height * scale + 'px';
    element.style.backgroundSize = columns * width * scale + 'px ' + rows * height * scale + 'px';
    element.style.backgroundPosition = -(place % columns) * width * scale + 'px ' + -Math.floor(place / columns) * height * scale + 'px';
    element.classList.add('sprite');
  };
  if (sprite) for (const thumb of document.querySelectorAll('.thumb')) {
    const side = thumb.parentElement.classList.contains('small') ? 24 : 40;
    show(thumb, Number(thumb.dataset.place), side / Math.max(sprite.width, sprite.height));
  }

  const view = document.getElementById('latent-view'), data = read('latent-data');
  if (!view || !data) return;
  const control = name => view.querySelector('[data-control=' + name + ']');
  const [layout, colour, play, epoch] = ['layout', 'colour', 'play', 'epoch'].map(control);
  const output = view.querySelector('output'), stage = view.querySelector('.stage'), legend = view.querySelector('.legend');
  const svg = stage.querySelector('svg'), dots = [...svg.querySelectorAll('circle')];
  const layouts = { pca: data.pca.map(numbers), umap: data.umap.layouts.map(numbers) };
  const groups = { now: data.now.map(text => text && numbers(text)), end: data.end && numbers(data.end), truth: data.truth && numbers(data.truth) };
  const places = () => layout.value === 'umap' ? data.umap.places : data.titles.map((_, i) => i);
  let chosen = 0;

  // Numbers of clusters: drawn here, since they move.
  const old = [...svg.querySelectorAll('[aria-label=text]')].at(-1);
  if (old) old.remove();
  const names = svg.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'g'));
  names.setAttribute('class', 'names');
  const middle = values => values.sort((a, b) => a - b)[values.length >> 1];

  const current = () => {
    const place = Number(epoch.value), view = places()[place];
    const group = colour.value === 'truth' ? groups.truth : colour.value === 'now' ? groups.now[view] : groups.end;
    return { points: layouts[layout.value][place], group, view };
  };
  const label = group => colour.value === 'truth' ? data.classes[group - 1] : String(group - 1);
  const shade = group => group === 0 ? '#9498a0' : data.colours[(group - 1) % data.colours.length];

  const draw = () => {
    const { points, group, view } = current();
    output.textContent = data.titles[view];
    const members = new Map();
    dots.forEach((dot, i) => {
      const own = group ? group[i] : 0;
      dot.style.transform = 'translate(' + points[2 * i] / 32 + 'px,' + points[2 * i + 1] / 32 + 'px)';
      dot.setAttribute('fill', shade(own));
      dot.setAttribute('fill-opacity', chosen && own !== chosen ? 0.06 : 0.8);
      if (own) (members.get(own) || members.set(own, []).get(own)).push(i);
    });
    names.replaceChildren();
    legend.replaceChildren();
    for (const [own, items] of [...members].sort((a, b) => a[0] - b[0])) {
      const text = names.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'text'));
      text.textContent = label(own);
      text.setAttribute('x', middle(items.map(i => points[2 * i])) / 32);
      text.setAttribute('y', middle(items.map(i => points[2 * i + 1])) / 32);
      const entry = legend.appendChild(document.createElement('li')), button = entry.appendChild(document.createElement('button'));
      button.type = 'button';
      button.style.setProperty('--colour', shade(own));
      button.setAttribute('aria-pressed', String(chosen === own));
      button.textContent = label(own);
      for (const element of [text, button]) element.addEventListener('click', () => { chosen = chosen === own ? 0 : own; draw(); });
    }
  };
  for (const dot of dots) { dot.setAttribute('cx', 0); dot.setAttribute('cy', 0); }

  epoch.addEventListener('input', draw);
  colour.addEventListener('change', () => { chosen = 0; draw(); });
  layout.addEventListener('change', () => { epoch.max = places().length - 1; epoch.value = epoch.max; draw(); });
  let timer;
  const stop = () => { clearInterval(timer); timer = undefined; play.textContent = 'Play'; };
  play.addEventListener('click', () => {
    if (timer) return stop();
    play.textContent = 'Pause';
    epoch.value = 0;
    draw();
    timer = setInterval(() => {
      if (Number(epoch.value) >= Number(epoch.max)) return stop();
      epoch.value = Number(epoch.value) + 1;
      draw();
    }, 900);
  });
  if (data.titles.length < 2) play.hidden = true;

  const tip = document.body.appendChild(document.createElement('div'));
  tip.className = 'tip';
  tip.hidden = true;
  const picture = tip.appendChild(document.createElement('i')), words = tip.appendChild(document.createElement('span'));
  stage.addEventListener('pointermove', event => {
    const box = svg.getBoundingClientRect(), { points } = current();
    const scale = 32 * svg.viewBox.baseVal.width / box.width;
    const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
    let nearest = -1, least = (14 * scale) ** 2;
    for (let i = 0; i < dots.length; i++) {
      const distance = (points[2 * i] - x) ** 2 + (points[2 * i + 1] - y) ** 2;
      if (distance < least) [nearest, least] = [i, distance];
    }
    for (const dot of svg.querySelectorAll('.near')) dot.classList.remove('near');
    tip.hidden = nearest < 0;
    if (nearest < 0) return;
    dots[nearest].classList.add('near');
    if (sprite) show(picture, nearest, 96 / Math.max(sprite.width, sprite.height));
    const lines = ['item ' + data.items[nearest]];
    if (groups.end) lines.push('cluster ' + (groups.end[nearest] - 1));
    if (groups.truth) lines.push('true label ' + data.classes[groups.truth[nearest] - 1]);
    words.textContent = [...lines, data.texts[nearest] || ''].join('\\n');
    tip.dataset.item = data.items[nearest];
    const right = event.clientX + 140 > innerWidth;
    tip.style.left = event.clientX + scrollX + (right ? -tip.offsetWidth - 16 : 16) + 'px';
    tip.style.top = event.clientY + scrollY + 12 + 'px';
  });
  stage.addEventListener('pointerleave', () => { tip.hidden = true; for (const dot of svg.querySelectorAll('.near')) dot.classList.remove('near'); });
  draw();
  // Only later draws move the dots: after the first, laid out here, they stand in their places at once.
  svg.getBoundingClientRect();
  stage.classList.add('moving');
})();
`
