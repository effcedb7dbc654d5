// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// What the page asks the verifier.

// The name of this tab's sign-in. Its secret is in a cookie of that name, which no script reads.
const signIn = new URLSearchParams(location.search).get("sign_in") ?? "";

let offset = 0;

// This computer's clock minus the verifier's, in seconds.
export function clockOffset() {
  return offset;
}

// An answer of the verifier that is an error.
export class Refusal extends Error {
  constructor(status, summary, retryAfter) {
    super(summary);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

// Asks the verifier something, and answers where the sign-in stands.
export async function ask(path, body = {}) {
  const response = await fetch(`/idp/idx/${path}?sign_in=${encodeURIComponent(signIn)}`, {
    method: "POST", headers: { "Content-Type": "application/json", "X-Countersign": "1" }, body: JSON.stringify(body),
    credentials: "same-origin", cache: "no-store", redirect: "error",
  });
  const value = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Refusal(response.status, value.errorSummary ?? "The server did not answer as it should.",
      Number(response.headers.get("Retry-After")) || null);
  }
  offset = Date.now() / 1000 - value.serverTime;
  return value;
}
