// The live page: a past from /history, what happens from /events, the rest from /status.
import {$, number, say} from './text.js';
import {addMark, addPoint, begin} from './past.js';
import {rebuild, redraw, redrawSoon, start} from './charts.js';
import {drawAhead, rebuildAhead, resizeAhead} from './ahead.js';
import {showIncidents} from './incidents.js';
import {lost, showStatus} from './status.js';
import {startSteering} from './steer.js';

function listen() {
  const events = new EventSource('/events');
  const on = (type, act) => events.addEventListener(type, (event) => act(JSON.parse(event.data)));
  const marked = (mark) => { addMark(mark); redrawSoon(); };
  on('point', (point) => { addPoint(point); redrawSoon(); });
  on('ahead', drawAhead);
  on('incident', (mark) => { marked(mark); showIncidents(); showStatus(); say(`Drift, ${mark.severity}; response: ${mark.response}`); });
  on('recovered', () => { showIncidents(); say('Recovered'); setTimeout(() => showIncidents(true), 5000); });
  on('restart', marked);
  on('plateau_bump', marked);
  on('plateau', marked);
  on('replaced', (mark) => { marked(mark); showIncidents(); });
  on('rolled_back', (mark) => { marked(mark); showIncidents(); say('The response was rolled back'); });
  on('diverged', (mark) => { marked(mark); showStatus(); say(`The learner diverged; learning rate now ${number(mark.lr_after)}`); });
  on('command', (mark) => { marked(mark); showStatus(); });
  events.onerror = () => lost('no connection; trying again');
  events.onopen = () => showStatus();
}

async function open() {
  const history = await (await fetch('/history')).json();
  begin(history);
  redraw();
  drawAhead(history.ahead);
  listen();
  showStatus();
  showIncidents();
  setInterval(showStatus, 1000);
  setInterval(showIncidents, 10000);  // A trial that ends says so nowhere else.
}

start();
startSteering();
addEventListener('resize', resizeAhead);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { rebuild(); rebuildAhead(); });
open().catch(() => { lost('no answer from the daemon'); setTimeout(() => location.reload(), 3000); });
