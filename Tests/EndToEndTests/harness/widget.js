// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0
//
// The loopback algorithm of the Sign-In Widget, as its two generations carry it out. Reports what it did to `window.widget`.
'use strict';

const widget = { steps: [], done: false, outcome: null };
window.widget = widget;
const settings = JSON.parse(document.getElementById('settings').textContent);
let state = settings.state;
let polling = null;
let running = null; // the second generation's request: it is aborted when the page is drawn anew

const note = (...parts) => widget.steps.push(parts.join(' '));

function finish(outcome) {
  clearTimeout(polling);
  widget.outcome = outcome;
  widget.done = true;
}

// ---- the calls to the sign-in's own server, the same in both generations

async function call(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(Object.assign({ stateHandle: state.stateHandle }, body)),
  });
  return response.json();
}

const challengeOf = (value) => value.authenticatorChallenge && value.authenticatorChallenge.value;

async function poll() {
  const next = await call('/idp/idx/authenticators/poll', {});
  if (widget.done) return;
  note('poll', next.outcome || 'pending');
  if (next.outcome) {
    finish(next.outcome);
    return;
  }
  const changed = challengeOf(next).challengeRequest !== challengeOf(state).challengeRequest;
  state = next;
  startPolling(state.refresh);
  if (changed) {
    note('new challenge');
    if (running) running.abort();
    run();
  }
}

function startPolling(after) {
  clearTimeout(polling);
  polling = setTimeout(() => poll().catch((error) => note('poll failed', error)), after);
}

async function cancel(reason, statusCode) {
  clearTimeout(polling);
  note('cancel', reason, statusCode);
  const answer = await call('/idp/idx/authenticators/poll/cancel', { reason, statusCode });
  finish({ cancelled: reason, statusCode, answer: answer.outcome || null });
}

// ---- generation 2: XMLHttpRequest as jQuery uses it

function ajax(method, url, timeout, data) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    running = request;
    request.open(method, url);
    request.timeout = timeout;
    request.setRequestHeader('Content-Type', 'application/json');
    request.setRequestHeader('X-Okta-XsrfToken', '');
    const fail = () => reject({ status: request.status });
    request.onerror = fail;
    request.ontimeout = fail;
    request.onload = () => {
      if (!(request.status >= 200 && request.status < 300)) return fail();
      // jQuery parses what calls itself JSON, and takes an answer that does not parse for a failure.
      const type = request.getResponseHeader('Content-Type') || '';
      if (request.status !== 204 && /\bjson\b/.test(type)) {
        try {
          JSON.parse(request.responseText);
        } catch (error) {
          return reject({ status: request.status, parserError: true });
        }
      }
      return resolve(request.status);
    };
    request.send(data);
  });
}

async function secondGeneration(challenge) {
  for (const port of challenge.ports) {
    const base = `${challenge.domain}:${port}`;
    try {
      await ajax('GET', `${base}/probe`, challenge.probeTimeoutMillis || 100);
    } catch (failure) {
      note('probe', port, 'failed', failure.status);
      continue;
    }
    note('probe', port, 'ok');
    try {
      const status = await ajax('POST', `${base}/challenge`, 300000,
        JSON.stringify({ challengeRequest: challenge.challengeRequest }));
      note('challenge', port, status);
      clearTimeout(polling);
      startPolling(1);
      return;
    } catch (failure) {
      note('challenge', port, failure.status);
      if (failure.status !== 503) {
        await cancel('OV_RETURNED_ERROR', failure.status);
        return;
      }
    }
  }
  await cancel('OV_UNREACHABLE_BY_LOOPBACK', null);
}

// ---- generation 3: fetch

function timed(url, options, timeout) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeout);
  return fetch(url, Object.assign({ signal: controller.signal }, options)).finally(() => clearTimeout(timer));
}

async function thirdGeneration(challenge) {
  const headers = { 'Content-Type': 'application/json' };
  for (const port of challenge.ports) {
    const base = `${challenge.domain}:${port}`;
    try {
      const probe = await timed(`${base}/probe`, { method: 'GET', headers }, challenge.probeTimeoutMillis || 100);
      note('probe', port, probe.status);
      if (!probe.ok) continue;
      const answer = await timed(`${base}/challenge`, {
        method: 'POST', headers, body: JSON.stringify({ challengeRequest: challenge.challengeRequest }),
      }, 300000);
      note('challenge', port, answer.status);
      if (answer.ok) {
        startPolling(0);
        return;
      }
      if (answer.status !== 503) {
        await cancel('OV_RETURNED_ERROR', answer.status);
        return;
      }
    } catch (error) {
      note('port', port, 'failed');
    }
  }
  await cancel('OV_UNREACHABLE_BY_LOOPBACK', null);
}

function run() {
  const challenge = challengeOf(state);
  const generation = settings.generation === 2 ? secondGeneration : thirdGeneration;
  generation(challenge).catch((error) => finish({ error: String(error) }));
}

if (settings.generation === 3) startPolling(0);
else startPolling(state.refresh);
run();
