// The commands of an operator.
import {$, number} from './text.js';
import {showStatus} from './status.js';

const NUMBERS = {pin: ['rate', 'lr', 'Which rate? Put a number above 0 into the field.'], bump: ['factor', 'factor', 'By which factor? Put a number above 1 into the field.']};

export function answer(text, bad) {
  $('answer').textContent = text;
  $('answer').className = bad ? 'answer bad' : 'answer';
}

export async function command(action, button) {
  const body = {};
  if (NUMBERS[action]) {
    const [field, name, question] = NUMBERS[action];
    body[name] = Number($(field).value);
    if (!(body[name] > (action === 'bump' ? 1 : 0))) { $(field).focus(); return answer(question, true); }
  }
  const headers = {'Content-Type': 'application/json'};
  if ($('token').value) headers.Authorization = 'Bearer ' + $('token').value;
  button.disabled = true;
  try {
    const reply = await fetch('/-/' + action, {method: 'POST', headers, body: JSON.stringify(body)});
    const said = await reply.json();
    if (reply.ok && action === 'lr-find') followRangeTest();
    else if (reply.ok) answer(summary(action, said), false);
    else answer(`${action}: ${[said.error, ...(said.errors || [])].join('; ')}`, true);
    if (reply.status === 401) $('token').focus();
  } catch {
    answer(`${action}: no answer from the daemon`, true);
  }
  button.disabled = false;
  if (document.activeElement === document.body) button.focus();
  showStatus();
}

// The copy learns what the stream brings; what it found goes into the field, not into the learner.
async function followRangeTest() {
  const found = await (await fetch('/lr-find')).json();
  if (found.state === 'running') {
    answer(`lr-find: ${number(found.taken)} of ${number(found.samples)} samples`, false);
    setTimeout(() => followRangeTest().catch(() => answer('lr-find: no answer from the daemon', true)), 500);
  } else if (found.suggestion === null || found.suggestion === undefined) {
    answer('lr-find: the loss never fell, so there is no suggestion', true);
  } else {
    $('rate').value = Number(found.suggestion.toPrecision(2));
    answer(`lr-find: ${number(found.suggestion, 2)} (steepest fall; the sweep's loss was lowest at ${number(found.valley, 2)}). It is in the field; pin tries it.`, false);
  }
}

function summary(action, said) {
  const rate = said.lr_before === said.lr_after ? `rate ${number(said.lr_after)}` : `rate ${number(said.lr_before)} \u2192 ${number(said.lr_after)}`;
  let text = `${action}: done at sample ${number(said.sample)}, ${rate}`;
  if (said.changed) text += said.changed.length ? `; changed: ${said.changed.join(', ')}` : '; nothing has changed';
  if (said.needs_restart && said.needs_restart.length) text += `; needs a restart of the daemon: ${said.needs_restart.join(', ')}`;
  return text;
}

// What cannot be taken back is pressed twice.
function confirmed(button) {
  if (!button.dataset.confirm || button.classList.contains('sure')) return true;
  const before = button.textContent;
  button.textContent = button.dataset.confirm;
  button.classList.add('sure');
  setTimeout(() => { button.textContent = before; button.classList.remove('sure'); }, 4000);
  return false;
}

export function startSteering() {
  for (const one of document.querySelectorAll('[data-action]')) {
    one.addEventListener('click', () => { if (confirmed(one)) command(one.dataset.action, one); });
  }
  $('steer').addEventListener('submit', (event) => event.preventDefault());
  for (const [action, [field]] of Object.entries(NUMBERS)) {
    $(field).addEventListener('keydown', (event) => {
      if (event.key === 'Enter') command(action, document.querySelector(`[data-action=${action}]`));
    });
  }
}
