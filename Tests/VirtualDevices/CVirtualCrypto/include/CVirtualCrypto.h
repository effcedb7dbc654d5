// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

#pragma once
#include <stddef.h>
#include <stdint.h>

// What a security key computes and the product has no need of. Functions return 1 for success.

// One half of an agreement on P-256 (CTAP 2.1 §6.5.6).
typedef struct vc_agreement vc_agreement;
vc_agreement *vc_agreement_new(uint8_t x[32], uint8_t y[32]);
int vc_agreement_shared(const vc_agreement *own, const uint8_t x[32], const uint8_t y[32], uint8_t shared[32]);
void vc_agreement_free(vc_agreement *own);

int vc_hmac_sha256(const uint8_t *key, size_t key_length, const uint8_t *message, size_t length, uint8_t mac[32]);
int vc_aes256_cbc(int encrypt, const uint8_t key[32], const uint8_t iv[16], const uint8_t *input, size_t length,
                  uint8_t *output);

// A maker's certificate authority and the certificate of one batch of keys below it (WebAuthn §8.2.1).
typedef struct vc_attestation vc_attestation;
vc_attestation *vc_attestation_new(const uint8_t aaguid[16]);
// Copies the DER of the batch's certificate, or of the root; gives the length, or 0 where it does not fit.
size_t vc_attestation_certificate(const vc_attestation *self, int root, uint8_t *der, size_t capacity);
// Signs with the batch's key: ECDSA over SHA-256, in DER. Gives the length, or 0.
size_t vc_attestation_sign(const vc_attestation *self, const uint8_t *message, size_t length, uint8_t *signature,
                           size_t capacity);
void vc_attestation_free(vc_attestation *self);
