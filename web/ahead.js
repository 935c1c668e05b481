// The schedule ahead: what the rate will be if nothing happens.
import {$, color, number} from './text.js';
import {axes, widthOf} from './charts.js';

let rates = [];
let plot = null;

function describe(index) {
  const at = index ?? rates.length - 1;
  $('ahead-values').textContent = index === null || index === undefined
    ? `${number(rates[0][1], 3)} now, ${number(rates[at][1], 3)} after ${number(rates[at][0])} updates`
    : `${number(rates[at][1], 3)} after ${number(rates[at][0])} updates`;
}

export function drawAhead(next) {
  if (next) rates = next;
  if (!rates.length) return;
  const data = [rates.map((one) => one[0]), rates.map((one) => one[1])];
  if (plot) plot.setData(data);
  else plot = new uPlot({
    width: widthOf('ahead'), height: 128, pxAlign: 0, legend: {show: false}, padding: [6, 24, 0, 0],
    cursor: {drag: {x: false, y: false}, y: false, points: {size: 6}},
    scales: {x: {time: false}, y: {range: (_, low, high) => [0, high * 1.1 || 1]}},
    axes: axes(number, false, false), series: [{}, {label: 'learning rate', stroke: color('accent'), fill: color('glow'), width: 1.8, points: {show: false}}],
    hooks: {setCursor: [(one) => describe(one.cursor.left >= 0 ? one.cursor.idx : null)]},
  }, data, $('ahead'));
  if (!(plot.cursor.left >= 0)) describe(null);
}

export function rebuildAhead() {
  if (plot) plot.destroy();
  plot = null;
  drawAhead();
}
export function resizeAhead() {
  if (plot) plot.setSize({width: widthOf('ahead'), height: 128});
}
