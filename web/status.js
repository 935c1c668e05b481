// What /status says: tiles, verdict, source, layers.
import {$, bytes, clock, counted, duration, element, number, percent, short} from './text.js';
import {speed} from './past.js';
import {toneOfVerdict} from './charts.js';

const sumOf = (values) => (values.length ? values.reduce((a, b) => a + b, 0) : null);
const knownOf = (partitions, name) => partitions.map((one) => one[name]).filter((one) => one !== null);

const age = (seconds) => (seconds === 0 ? 'at the end' : duration(seconds));

const groupTile = (cluster) => ['Group', cluster.leader ? 'leader' : 'member',
  `${counted(cluster.tasks.length, 'partition')}, round ${number(cluster.round)}, generation ${number(cluster.generation)}`];

function tilesOf(status) {
  const {learner, source} = status;
  const metrics = learner.metrics;
  const rate = speed();
  const behind = knownOf(source.partitions, 'lag_seconds');
  const score = learner.task === 'regression' ? ['RMSE', number(metrics.rmse), `R\u00b2 ${number(metrics.r2, 3)}`]
    : ['Accuracy', percent(metrics.accuracy), metrics.kappa === undefined ? '' : `kappa ${number(metrics.kappa, 3)}`];
  return [
    ['Learning rate', number(learner.lr), learner.pinned !== null ? 'pinned by command' : `step ${number(Math.floor(learner.schedule.step))}, cycle ${number(Math.floor(learner.schedule.cycle))}`],
    ['Loss', number(learner.loss.fast), learner.loss.slow === null ? '' : `${number(learner.loss.slow)} over longer`],
    score,
    ['Samples', short(learner.samples), rate === null ? '' : `${short(Math.round(rate))} a second`],
    ['Drifts', number(learner.incidents_total), `${counted(learner.restarts, 'restart')}, ${number(learner.rollbacks)} undone`],
    ['Behind', short(sumOf(knownOf(source.partitions, 'lag_records'))), behind.length ? age(Math.max(...behind)) : source.type === 'kafka' ? '' : source.type],
    ...(status.cluster ? [groupTile(status.cluster)] : []),
  ];
}

function showTiles(status) {
  const tiles = tilesOf(status);
  const list = $('tiles');
  if (list.childElementCount !== tiles.length) {
    list.replaceChildren(...tiles.map(([name]) => {
      const tile = element('div');
      tile.append(element('dt', name), element('dd', '', 'value'), element('dd', '', 'quiet'));
      return tile;
    }));
  }
  tiles.forEach((texts, i) => texts.forEach((text, k) => { list.children[i].children[k].textContent = text; }));
}

function showState(status) {
  const {ready, reasons = []} = status.readiness;
  const state = $('state');
  state.textContent = status.stopping ? 'stopping' : !ready ? 'not ready' : status.paused ? 'paused' : status.source.caught_up ? 'learning, at the end' : 'learning';
  state.className = 'chip ' + (!ready ? 'bad' : status.paused ? 'open' : 'good');
  $('reasons').textContent = ready ? '' : reasons.join('; ');
  $('reasons').hidden = ready;
  const topics = [...new Set(status.source.partitions.map((one) => one.topic))].join(', ');
  $('what').textContent = [topics, status.learner.task, status.learner.mode].filter(Boolean).join(' \u00b7 ');
  $('version').textContent = `rekindle ${status.version}, up ${duration(status.uptime_seconds)}`;
  document.title = `${state.textContent} \u00b7 ${topics || 'rekindle'}`;
  $('pause').dataset.action = status.paused ? 'resume' : 'pause';
  $('pause').textContent = status.paused ? 'Resume' : 'Pause';
}

const WORDS = {
  helping: 'The schedule helps', neutral: 'The schedule neither helps nor harms', harming: 'The schedule harms', diverging: 'The learner diverges',
  oscillating: 'The loss oscillates', overfitting: 'The model overfits', stalled: 'Learning has stalled',
};
const sentence = (text) => text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');

function showVerdict({verdict, cause, remedy, signs}) {
  const box = $('verdict');
  box.className = 'verdict tone-' + (verdict ? toneOfVerdict(verdict) : 'grey');
  $('verdict-word').textContent = verdict ? WORDS[verdict] || verdict : 'No verdict on the schedule yet';
  $('verdict-cause').textContent = verdict ? sentence(cause || '') : 'It needs 500 labelled samples.';
  const well = verdict === 'helping' || verdict === 'neutral';  // Then there is nothing to mend.
  $('verdict-remedy').textContent = remedy && !well ? 'Try: ' + sentence(remedy) : '';
  $('verdict-remedy').hidden = well || !remedy;
  $('signs').replaceChildren(...signs.map((text) => element('li', sentence(text))));
  $('signs').hidden = signs.length === 0;
}

function row(cells, header) {
  const out = element('tr');
  out.append(...cells.map((text, i) => {
    const cell = element(i === 0 && header ? 'th' : 'td', text);
    if (i === 0 && header) cell.scope = 'row';
    return cell;
  }));
  return out;
}

function showSource({source, checkpoint}) {
  const rows = source.partitions.map((one) => row([`${one.topic} [${one.partition}]`, number(one.next), number(one.lag_records), age(one.lag_seconds)], true));
  $('partitions').replaceChildren(...(rows.length ? rows : [row(['none yet', '', '', ''], true)]));
  const dead = sumOf(Object.values(source.dead_letters)) || 0;
  const worst = Object.entries(source.dead_letters).sort((a, b) => b[1] - a[1])[0];
  $('dead').textContent = dead ? `${number(dead)} records could not be learned; most often: ${worst[0].replaceAll('_', ' ')}.` : 'Every record could be learned.';
  const saved = checkpoint.last_success_seconds;
  $('checkpoint').textContent = checkpoint.last_error ? 'Checkpoint failed: ' + checkpoint.last_error
    : saved ? `Last checkpoint at ${clock(saved)}, ${bytes(checkpoint.bytes)}.` : 'No checkpoint yet.';
  $('checkpoint').className = checkpoint.last_error ? 'bad' : '';
}

function showLearner(learner) {
  const {health} = learner;
  $('layers').replaceChildren(...health.layers.map((one) => row([one.name, one.lr === 0 ? 'frozen' : number(one.lr, 3), number(one.weight_norm, 3),
    number(one.gradient_norm, 3), number(one.update_to_weight, 2)], true)));
  const facts = [
    ['Calibration error', health.calibration_error], ['Bursts of the loss', health.loss_dispersion], ['Turns of its trend', health.loss_sign_changes],
    ['Held-out loss', learner.validation_loss.slow], ['Updates', learner.updates], ['Not finite', learner.nonfinite_updates],
  ].filter(([, value]) => value !== null && value !== undefined);
  $('facts').replaceChildren(...facts.map(([name, value]) => {
    const out = element('div');
    out.append(element('dt', name), element('dd', number(value, 3)));
    return out;
  }));
}

// Of one output its weight, with the sign; of several the norm over all.
function showWeights(inputs) {
  $('weights').replaceChildren(...inputs.map((one) => {
    const value = one.weights && one.weights.length === 1 ? one.weights[0] : one.norm;
    const out = element('div');
    const bar = element('dd', null, value < 0 ? 'bar below' : 'bar');
    bar.style.setProperty('--share', one.norm / (inputs[0].norm || 1));
    bar.append(element('b', number(value, 3)));
    out.append(element('dt', one.feature), bar);
    return out;
  }));
  $('weights-title').hidden = inputs.length === 0;
}

let pending = false;
export async function showStatus() {
  if (pending) return;
  pending = true;
  try {
    const status = await (await fetch('/status')).json();
    showTiles(status);
    showState(status);
    showVerdict(status.learner.health);
    showSource(status);
    showLearner(status.learner);
    showWeights(status.learner.weights);
  } catch {
    lost('no answer from the daemon');
  }
  pending = false;
}

export function lost(text) {
  $('state').textContent = text;
  $('state').className = 'chip bad';
}
