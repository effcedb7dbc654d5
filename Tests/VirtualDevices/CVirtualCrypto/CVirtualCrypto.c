// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

#include "CVirtualCrypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

struct vc_agreement {
    EVP_PKEY *key;
};

static int coordinate(EVP_PKEY *key, const char *name, uint8_t *output) {
    BIGNUM *number = NULL;
    int done = EVP_PKEY_get_bn_param(key, name, &number) == 1 && BN_bn2binpad(number, output, 32) == 32;
    BN_free(number);
    return done;
}

vc_agreement *vc_agreement_new(uint8_t x[32], uint8_t y[32]) {
    vc_agreement *own = calloc(1, sizeof *own);
    if (own == NULL) return NULL;
    own->key = EVP_EC_gen("P-256");
    if (own->key == NULL || !coordinate(own->key, OSSL_PKEY_PARAM_EC_PUB_X, x) ||
        !coordinate(own->key, OSSL_PKEY_PARAM_EC_PUB_Y, y)) {
        vc_agreement_free(own);
        return NULL;
    }
    return own;
}

void vc_agreement_free(vc_agreement *own) {
    if (own == NULL) return;
    EVP_PKEY_free(own->key);
    free(own);
}

static EVP_PKEY *peer(const uint8_t x[32], const uint8_t y[32]) {
    uint8_t point[65] = {4};
    memcpy(point + 1, x, 32);
    memcpy(point + 33, y, 32);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point), OSSL_PARAM_construct_end()};
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    return key;
}

int vc_agreement_shared(const vc_agreement *own, const uint8_t x[32], const uint8_t y[32], uint8_t shared[32]) {
    EVP_PKEY *other = peer(x, y);
    EVP_PKEY_CTX *context = other == NULL ? NULL : EVP_PKEY_CTX_new(own->key, NULL);
    size_t length = 32;
    int done = context != NULL && EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, other) == 1 &&
               EVP_PKEY_derive(context, shared, &length) == 1 && length == 32;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(other);
    return done;
}

int vc_hmac_sha256(const uint8_t *key, size_t key_length, const uint8_t *message, size_t length, uint8_t mac[32]) {
    unsigned int written = 0;
    return HMAC(EVP_sha256(), key, (int)key_length, message, length, mac, &written) != NULL && written == 32;
}

int vc_aes256_cbc(int encrypt, const uint8_t key[32], const uint8_t iv[16], const uint8_t *input, size_t length,
                  uint8_t *output) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0;
    int done = length % 16 == 0 && context != NULL &&
               EVP_CipherInit_ex(context, EVP_aes_256_cbc(), NULL, key, iv, encrypt) == 1 &&
               EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
               EVP_CipherUpdate(context, output, &written, input, (int)length) == 1 && (size_t)written == length;
    EVP_CIPHER_CTX_free(context);
    return done;
}

struct vc_attestation {
    EVP_PKEY *root_key, *batch_key;
    X509 *root, *batch;
};

static int extend(X509 *certificate, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    int done = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return done;
}

// id-fido-gen-ce-aaguid (WebAuthn §8.2.1): an OCTET STRING in the extension's OCTET STRING.
static int add_aaguid(X509 *certificate, const uint8_t aaguid[16]) {
    uint8_t wrapped[18] = {4, 16};
    memcpy(wrapped + 2, aaguid, 16);
    ASN1_OBJECT *name = OBJ_txt2obj("1.3.6.1.4.1.45724.1.1.4", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension = NULL;
    int done = name != NULL && value != NULL && ASN1_OCTET_STRING_set(value, wrapped, sizeof wrapped) == 1 &&
               (extension = X509_EXTENSION_create_by_OBJ(NULL, name, 0, value)) != NULL &&
               X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(name);
    return done;
}

static int entry(X509_NAME *name, const char *field, const char *text) {
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0);
}

static X509 *certificate(const char *unit, const char *common_name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
                         const uint8_t *aaguid) {
    X509 *made = X509_new();
    X509_NAME *name = X509_NAME_new();
    uint8_t serial[8];
    BIGNUM *number = NULL;
    int done = made != NULL && name != NULL && RAND_bytes(serial, sizeof serial) == 1 &&
               (number = BN_bin2bn(serial, sizeof serial, NULL)) != NULL &&
               BN_to_ASN1_INTEGER(number, X509_get_serialNumber(made)) != NULL && X509_set_version(made, 2) == 1 &&
               entry(name, "C", "SE") && entry(name, "O", "Countersign Tests") && (unit == NULL || entry(name, "OU", unit)) &&
               entry(name, "CN", common_name) && X509_set_subject_name(made, name) == 1 &&
               X509_set_issuer_name(made, issuer == NULL ? name : X509_get_subject_name(issuer)) == 1 &&
               X509_gmtime_adj(X509_getm_notBefore(made), -86400) != NULL &&
               X509_gmtime_adj(X509_getm_notAfter(made), 315360000) != NULL && X509_set_pubkey(made, key) == 1 &&
               extend(made, issuer == NULL ? made : issuer, NID_basic_constraints,
                      issuer == NULL ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
               (issuer != NULL || extend(made, made, NID_key_usage, "critical,keyCertSign,cRLSign")) &&
               (aaguid == NULL || add_aaguid(made, aaguid)) && X509_sign(made, issuer_key, EVP_sha256()) > 0;
    BN_free(number);
    X509_NAME_free(name);
    if (done) return made;
    X509_free(made);
    return NULL;
}

vc_attestation *vc_attestation_new(const uint8_t aaguid[16]) {
    vc_attestation *self = calloc(1, sizeof *self);
    if (self == NULL) return NULL;
    self->root_key = EVP_EC_gen("P-256");
    self->batch_key = EVP_EC_gen("P-256");
    if (self->root_key != NULL && self->batch_key != NULL) {
        self->root = certificate(NULL, "Virtual Authenticator Root", self->root_key, NULL, self->root_key, NULL);
        if (self->root != NULL)
            self->batch = certificate("Authenticator Attestation", "Virtual Authenticator Batch 1", self->batch_key,
                                      self->root, self->root_key, aaguid);
    }
    if (self->batch != NULL) return self;
    vc_attestation_free(self);
    return NULL;
}

size_t vc_attestation_certificate(const vc_attestation *self, int root, uint8_t *der, size_t capacity) {
    X509 *chosen = root ? self->root : self->batch;
    int length = i2d_X509(chosen, NULL);
    if (length <= 0 || (size_t)length > capacity) return 0;
    return (size_t)i2d_X509(chosen, &der);
}

size_t vc_attestation_sign(const vc_attestation *self, const uint8_t *message, size_t length, uint8_t *signature,
                           size_t capacity) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t written = capacity;
    int done = context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, self->batch_key) == 1 &&
               EVP_DigestSign(context, signature, &written, message, length) == 1;
    EVP_MD_CTX_free(context);
    return done ? written : 0;
}

void vc_attestation_free(vc_attestation *self) {
    if (self == NULL) return;
    EVP_PKEY_free(self->root_key);
    EVP_PKEY_free(self->batch_key);
    X509_free(self->root);
    X509_free(self->batch);
    free(self);
}
