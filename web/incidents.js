// Drifts as a list: evidence, response, what came of it.
import {$, clock, duration, element, number, say} from './text.js';
import {marks, past} from './past.js';
import {showRange} from './charts.js';

const SHOWN = 20;

function fact(name, ...parts) {
  const out = element('div');
  const text = element('dd');
  text.append(...parts);
  out.append(element('dt', name), text);
  return out;
}

function outcomeOf(one) {
  if (one.rolled_back) return ['rolled back', 'bad'];
  if (one.recovered_after === null) return ['not recovered yet', 'open'];
  return [`recovered after ${number(one.recovered_after)} samples`, 'good'];
}

function evidence(one) {
  let text = `${one.detector} on the ${one.signal || 'error'}: ${number(one.mean_before, 3)} \u2192 ${number(one.mean_after, 3)}`;
  const more = [];
  if (one.values_before) more.push(`means of ${number(one.values_before)} and ${number(one.values_after)} values`);
  if (one.p !== null && one.p !== undefined) more.push(`by chance: ${one.p < 1e-12 ? '< 1e-12' : number(one.p, 2)}`);
  if (more.length) text += ` (${more.join('; ')})`;
  return text;
}

// A restart with a warm-up begins low; how far the rate went is in the past, where that still reaches.
function peakAfter(mark) {
  const next = marks.find((each) => each.time > mark.time && ['incident', 'command'].includes(each.type));
  const rates = past.time.map((time, i) => (time >= mark.time && !(next && time >= next.time) ? past.lr[i] : null));
  return Math.max(...rates.filter((rate) => rate !== null));
}

function response(one, mark) {
  const [before, after] = [number(one.lr_before, 3), number(one.lr_after, 3)];
  let text = `${one.response}; rate ${before === after ? 'stays at ' + before : before + ' \u2192 ' + after}`;
  const peak = mark && past.lr ? peakAfter(mark) : -Infinity;
  if (one.response !== 'hold' && peak > one.lr_after * 1.5) text = `${one.response}; rate ${before} \u2192 ${number(peak, 3)}, warmed up from ${after}`;
  return text + (one.tried ? `; on trial: ${one.tried}` : '');
}

function loss(one) {
  const text = `${number(one.loss_before, 3)} before, ${number(one.loss_peak, 3)} at its worst`;
  if (one.loss_without_response === null || one.loss_without_response === undefined) return text;
  const gain = one.loss_without_response - one.loss_served;
  return `${text}; during the trial ${number(one.loss_served, 3)}, without a response ${number(one.loss_without_response, 3)}` + (gain > 0 ? ': it helped' : '');
}

function card(one) {
  const out = element('li', null, 'incident ' + one.severity);
  out.id = 'incident-' + one.id;
  const mark = marks.find((each) => each.type === 'incident' && each.id === one.id);
  const head = element('div', null, 'head');
  const title = element('h3', `${one.id}. ${one.severity[0].toUpperCase()}${one.severity.slice(1)} drift, ${one.kind}`);
  const [text, tone] = outcomeOf(one);
  head.append(title, element('span', text, 'chip ' + tone));
  const facts = element('dl', null, 'facts');
  facts.append(fact('Evidence', evidence(one)), fact('Response', response(one, mark)), fact('Loss', loss(one)));
  out.append(head, element('p', `Sample ${number(one.sample)}` + (mark ? `, ${clock(mark.time)}` : ''), 'quiet'), facts);
  if (mark) {
    const button = element('button', 'Show in the charts', 'small');
    button.type = 'button';
    button.setAttribute('aria-label', `Show incident ${one.id} in the charts`);
    button.addEventListener('click', () => {
      showRange(mark.time - 15, mark.time + 45);
      $('charts').scrollIntoView();
      say(`The charts show ${duration(60)} around incident ${one.id}`);
    });
    head.append(button);
  }
  return out;
}

let shown = '';
export async function showIncidents(again = false) {
  const text = await (await fetch('/incidents')).text();
  if (text === shown && !again) return;  // A list that is made anew loses what is selected and focused.
  shown = text;
  const incidents = JSON.parse(text).reverse();
  if (incidents.length) $('incidents').replaceChildren(...incidents.slice(0, SHOWN).map(card));
  $('incidents-more').textContent = incidents.length > SHOWN ? `The newest ${SHOWN} of ${incidents.length} that are kept.` : '';
}
