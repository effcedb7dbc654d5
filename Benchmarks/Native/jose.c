// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

#include "jose.h"

#include "http.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

EVP_PKEY *es256_key(void) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    if (!key) die("no P-256 key could be made");
    return key;
}

EVP_PKEY *rs256_key(void) {
    EVP_PKEY *key = EVP_RSA_gen(2048);
    if (!key) die("no RSA key could be made");
    return key;
}

EVP_PKEY *read_key(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) die("%s: cannot be read", path);
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    if (!key) die("%s: no private key", path);
    return key;
}

size_t sign(EVP_PKEY *key, const char *message, size_t length, unsigned char *signature) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t size = 512;
    if (!context || EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1
        || EVP_DigestSign(context, signature, &size, (const unsigned char *)message, length) != 1) {
        die("EVP_DigestSign failed");
    }
    EVP_MD_CTX_free(context);
    return size;
}

int verifies(EVP_PKEY *key, const char *message, size_t length, const unsigned char *signature,
             size_t signature_length) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) != 1)
        die("EVP_DigestVerifyInit failed");
    int result = EVP_DigestVerify(context, signature, signature_length, (const unsigned char *)message, length);
    EVP_MD_CTX_free(context);
    return result == 1;
}

size_t base64url(const unsigned char *bytes, size_t length, char *text) {
    char *next = text;
    unsigned buffer = 0, bits = 0;
    for (size_t index = 0; index < length; index++) {
        buffer = buffer << 8 | bytes[index];
        for (bits += 8; bits >= 6; *next++ = alphabet[buffer >> bits & 63])
            bits -= 6;
    }
    if (bits > 0) *next++ = alphabet[buffer << (6 - bits) & 63];
    *next = 0;
    return (size_t)(next - text);
}

size_t base64url_decode(const char *text, size_t length, char *bytes) {
    char *next = bytes;
    unsigned buffer = 0, bits = 0;
    for (size_t index = 0; index < length; index++) {
        const char *letter = strchr(alphabet, text[index]);
        if (!letter || !*letter) break;
        buffer = buffer << 6 | (unsigned)(letter - alphabet);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            *next++ = (char)(buffer >> bits);
        }
    }
    *next = 0;
    return (size_t)(next - bytes);
}

size_t compact_jws(EVP_PKEY *key, const char *header, const char *payload, char *text, size_t capacity) {
    size_t header_length = strlen(header), payload_length = strlen(payload);
    if ((header_length + payload_length) * 4 / 3 + 128 > capacity) return 0;
    size_t length = base64url((const unsigned char *)header, header_length, text);
    text[length++] = '.';
    length += base64url((const unsigned char *)payload, payload_length, text + length);
    unsigned char der[512], raw[64];
    const unsigned char *start = der;
    size_t der_length = sign(key, text, length, der);
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &start, (long)der_length);
    if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, 32) != 32
        || BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + 32, 32) != 32) {
        die("no ES256 signature");
    }
    ECDSA_SIG_free(signature);
    text[length++] = '.';
    return length + base64url(raw, sizeof raw, text + length);
}
