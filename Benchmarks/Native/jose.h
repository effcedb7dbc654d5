// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// ES256 and base64url for measurements, over OpenSSL's libcrypto.

#ifndef COUNTERSIGN_BENCHMARK_JOSE_H
#define COUNTERSIGN_BENCHMARK_JOSE_H

#include <openssl/evp.h>
#include <stddef.h>

// A new P-256 key.
EVP_PKEY *es256_key(void);
// A new RSA key of 2,048 bits.
EVP_PKEY *rs256_key(void);
// Reads a private key in PEM.
EVP_PKEY *read_key(const char *path);
// Signs with SHA-256; answers the length of the signature as OpenSSL writes it, at most 512.
size_t sign(EVP_PKEY *key, const char *message, size_t length, unsigned char *signature);
// Whether a signature of `sign` is the key's.
int verifies(EVP_PKEY *key, const char *message, size_t length, const unsigned char *signature,
             size_t signature_length);
// Writes base64url without padding and a zero byte; answers the length of the text.
size_t base64url(const unsigned char *bytes, size_t length, char *text);
// Reads base64url; answers how many bytes were written, with a zero byte after them.
size_t base64url_decode(const char *text, size_t length, char *bytes);
// Writes HEADER.PAYLOAD.SIGNATURE (RFC 7515 §7.1, RFC 7518 §3.4); answers its length, 0 where it does not fit.
size_t compact_jws(EVP_PKEY *key, const char *header, const char *payload, char *text, size_t capacity);

#endif
