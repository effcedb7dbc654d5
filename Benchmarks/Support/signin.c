// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0
//
// Signs people in at a verifier, one after the other over one kept-alive connection, with software keys in the agent's place: the
// load of a benchmark.
//
//   signin PORT ISSUER CLIENT_ID BASIC REDIRECT_URI USERS SECONDS
//
// USERS is a file of lines `name enrollment method device client-instance key-id pem-file`. BASIC is the client's credentials in
// base64, REDIRECT_URI is percent-encoded. Prints `completed failed` at the end.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_USERS = 4096, BUFFER = 1 << 17 };

struct user {
    char name[64], enrollment[96], method[96], device[96], instance[96], key_id[96];
    EVP_PKEY *key;
};

static struct user users[MOST_USERS];
static int user_count, port, connection = -1;
static char answer[BUFFER], cookie[512], location[4096], address[32];
static const char *issuer, *client, *basic, *redirect_uri;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// ---- base64url

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static size_t encode(const unsigned char *bytes, size_t count, char *text) {
    size_t written = 0;
    for (size_t position = 0; position < count; position += 3) {
        size_t left = count - position;
        unsigned value = (unsigned)bytes[position] << 16;
        if (left > 1) value |= (unsigned)bytes[position + 1] << 8;
        if (left > 2) value |= bytes[position + 2];
        text[written++] = alphabet[value >> 18 & 63];
        text[written++] = alphabet[value >> 12 & 63];
        if (left > 1) text[written++] = alphabet[value >> 6 & 63];
        if (left > 2) text[written++] = alphabet[value & 63];
    }
    text[written] = 0;
    return written;
}

static size_t decode(const char *text, size_t count, char *bytes) {
    unsigned value = 0, bits = 0;
    size_t written = 0;
    for (size_t position = 0; position < count; position++) {
        const char *found = strchr(alphabet, text[position]);
        if (!found || !text[position]) break;
        value = value << 6 | (unsigned)(found - alphabet);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes[written++] = (char)(value >> bits & 255);
        }
    }
    bytes[written] = 0;
    return written;
}

static void hash(const char *text, char *encoded) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)text, strlen(text), digest);
    encode(digest, sizeof digest, encoded);
}

static void random_text(char *text) {
    unsigned char bytes[32];
    RAND_bytes(bytes, sizeof bytes);
    encode(bytes, sizeof bytes, text);
}

// ---- JSON, as far as flat texts go

static int member(const char *json, const char *name, char *value, size_t room) {
    char pattern[64];
    snprintf(pattern, sizeof pattern, "\"%s\":\"", name);
    const char *start = strstr(json, pattern);
    if (!start) return 0;
    size_t length = 0;
    for (start += strlen(pattern); *start && *start != '"' && length + 1 < room; start++)
        if (*start != '\\') value[length++] = *start;
    value[length] = 0;
    return 1;
}

// ---- HTTP

static void open_connection(void) {
    struct sockaddr_in target = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int on = 1;
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connection >= 0) close(connection);
    connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0) fail("socket");
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(connection, (struct sockaddr *)&target, sizeof target) != 0) fail("connect");
}

static void remember_headers(char *head) {
    location[0] = 0;
    for (char *line = strtok(head, "\r\n"); line; line = strtok(NULL, "\r\n")) {
        if (strncasecmp(line, "set-cookie: cs_transaction=", 27) == 0) {
            snprintf(cookie, sizeof cookie, "Cookie: %.*s\r\n", (int)strcspn(line + 12, ";"), line + 12);
        } else if (strncasecmp(line, "location: ", 10) == 0) {
            snprintf(location, sizeof location, "%s", line + 10);
        }
    }
}

/// Reads one response into `answer`, the body alone, and answers its status.
static int read_response(void) {
    static char buffer[BUFFER];
    size_t have = 0, body = 0;
    char *end = NULL;
    while (!end) {
        ssize_t count = read(connection, buffer + have, sizeof buffer - 1 - have);
        if (count <= 0) return -1;
        have += (size_t)count;
        buffer[have] = 0;
        end = strstr(buffer, "\r\n\r\n");
    }
    size_t head = (size_t)(end - buffer) + 4;
    char *length = strcasestr(buffer, "\r\ncontent-length:");
    if (length && length < end) body = strtoul(length + 17, NULL, 10);
    if (head + body >= sizeof buffer) return -1;
    while (have < head + body) {
        ssize_t count = read(connection, buffer + have, sizeof buffer - 1 - have);
        if (count <= 0) return -1;
        have += (size_t)count;
    }
    memcpy(answer, buffer + head, body);
    answer[body] = 0;
    int status = atoi(buffer + 9);
    buffer[head - 2] = 0;
    remember_headers(buffer);
    return status;
}

static int exchange(const char *method, const char *path, const char *headers, const char *body) {
    static char request[BUFFER];
    int length = snprintf(
        request, sizeof request,
        "%s %s HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: %s\r\n%s%sContent-Length: %zu\r\n\r\n%s", method, path, address,
        cookie, headers, strlen(body), body);
    if (write(connection, request, (size_t)length) != length) return -1;
    return read_response();
}

static int page_call(const char *path, const char *body) {
    char headers[512];
    snprintf(headers, sizeof headers, "Origin: %s\r\nX-Countersign: 1\r\nContent-Type: application/json\r\n", issuer);
    return exchange("POST", path, headers, body);
}

// ---- the agent's part

/// Appends the raw ES256 signature of what stands in `jws` to it.
static int sign(EVP_PKEY *key, char *jws) {
    unsigned char der[128], raw[64];
    size_t length = sizeof der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int signed_well = EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestSign(context, der, &length, (unsigned char *)jws, strlen(jws)) == 1;
    EVP_MD_CTX_free(context);
    const unsigned char *position = der;
    ECDSA_SIG *signature = signed_well ? d2i_ECDSA_SIG(NULL, &position, (long)length) : NULL;
    if (!signature) return 0;
    BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + 32, 32);
    ECDSA_SIG_free(signature);
    strcat(jws, ".");
    encode(raw, sizeof raw, jws + strlen(jws));
    return 1;
}

static int respond(const struct user *user, const char *challenge) {
    static char payload[BUFFER], claims[BUFFER], jws[BUFFER], body[BUFFER];
    char nonce[256], transaction[256], subject[256], uri[1024], digest[64], token[64];
    const char *dot = strchr(challenge, '.');
    if (!dot) return 0;
    decode(dot + 1, strcspn(dot + 1, "."), payload);
    if (!member(payload, "nonce", nonce, sizeof nonce) || !member(payload, "transactionId", transaction, sizeof transaction) ||
        !member(payload, "userId", subject, sizeof subject) || !member(payload, "verificationUri", uri, sizeof uri))
        return 0;
    hash(challenge, digest);
    random_text(token);
    long time_now = (long)time(NULL);
    char header[256];
    snprintf(header, sizeof header, "{\"alg\":\"ES256\",\"typ\":\"okta-devicebind+jwt\",\"kid\":\"%s\"}", user->key_id);
    snprintf(
        claims, sizeof claims,
        "{\"iss\":\"%s\",\"aud\":\"%s\",\"sub\":\"%s\",\"iat\":%ld,\"nbf\":%ld,\"exp\":%ld,\"jti\":\"%s\",\"tx\":\"%s\","
        "\"nonce\":\"%s\",\"challengeHash\":\"%s\",\"amr\":[],\"methodEnrollmentId\":\"%s\",\"keyType\":\"proofOfPossession\","
        "\"deviceSignals\":{\"id\":\"%s\",\"clientInstanceId\":\"%s\"},\"challengeResponseContext\":{\"userConsent\":\"NONE\","
        "\"originHeader\":\"%s\",\"transactionType\":\"LOGIN\",\"bindingType\":\"LOOPBACK\"},\"integrations\":null,"
        "\"signalProviders\":null}",
        user->enrollment, issuer, subject, time_now, time_now - 300, time_now + 300, token, transaction, nonce, digest,
        user->method, user->device, user->instance, issuer);
    size_t length = encode((unsigned char *)header, strlen(header), jws);
    jws[length++] = '.';
    encode((unsigned char *)claims, strlen(claims), jws + length);
    if (!sign(user->key, jws)) return 0;
    snprintf(body, sizeof body, "{\"method\":\"signed_nonce\",\"challengeResponse\":\"%s\"}", jws);
    const char *path = strstr(uri, "/idp/");
    return path && exchange("POST", path, "Content-Type: application/json\r\n", body) == 200;
}

// ---- one sign-in

static const char *path_of(const char *url) {
    return strncmp(url, issuer, strlen(issuer)) == 0 ? url + strlen(issuer) : url;
}

static int sign_in(const struct user *user) {
    static char challenge[BUFFER];
    char proof[64], code_challenge[64], nonce[64], state[64], path[2048], body[2048], headers[512], code[512];
    cookie[0] = 0;
    random_text(proof);
    random_text(nonce);
    random_text(state);
    hash(proof, code_challenge);
    snprintf(path, sizeof path,
             "/oauth2/v1/authorize?response_type=code&client_id=%s&redirect_uri=%s&scope=openid%%20profile&state=%s&nonce=%s"
             "&code_challenge=%s&code_challenge_method=S256",
             client, redirect_uri, state, nonce, code_challenge);
    int status = exchange("GET", path, "", "");
    if (status != 302 && status != 303) return 0;
    if (exchange("GET", path_of(location), "", "") != 200) return 0;
    if (page_call("/idp/idx/introspect", "{}") != 200) return 0;
    snprintf(body, sizeof body, "{\"identifier\":\"%s\",\"rememberMe\":false}", user->name);
    if (page_call("/idp/idx/identify", body) != 200) return 0;
    if (!member(answer, "challengeRequest", challenge, sizeof challenge)) return 0;
    if (!respond(user, challenge)) return 0;
    if (page_call("/idp/idx/authenticators/poll", "{}") != 200 || !strstr(answer, "\"success\"")) return 0;
    status = exchange("GET", "/oauth2/v1/authorize/continue", "", "");
    const char *found = strstr(location, "code=");
    if ((status != 302 && status != 303) || !found) return 0;
    snprintf(code, sizeof code, "%.*s", (int)strcspn(found + 5, "&"), found + 5);
    cookie[0] = 0;
    snprintf(headers, sizeof headers, "Authorization: Basic %s\r\nContent-Type: application/x-www-form-urlencoded\r\n", basic);
    snprintf(body, sizeof body, "grant_type=authorization_code&code=%s&redirect_uri=%s&code_verifier=%s", code, redirect_uri,
             proof);
    return exchange("POST", "/oauth2/v1/token", headers, body) == 200 && strstr(answer, "id_token");
}

static void read_users(const char *path) {
    char pem[1024];
    FILE *file = fopen(path, "r");
    if (!file) fail(path);
    while (user_count < MOST_USERS) {
        struct user *user = &users[user_count];
        if (fscanf(file, "%63s %95s %95s %95s %95s %95s %1023s", user->name, user->enrollment, user->method, user->device,
                   user->instance, user->key_id, pem) != 7)
            break;
        FILE *key = fopen(pem, "r");
        if (!key) fail(pem);
        user->key = PEM_read_PrivateKey(key, NULL, NULL, NULL);
        fclose(key);
        if (!user->key) fail(pem);
        user_count++;
    }
    fclose(file);
}

int main(int argc, char **argv) {
    if (argc != 8) {
        fprintf(stderr, "usage: signin PORT ISSUER CLIENT_ID BASIC REDIRECT_URI USERS SECONDS\n");
        return 2;
    }
    port = atoi(argv[1]);
    issuer = argv[2];
    client = argv[3];
    basic = argv[4];
    redirect_uri = argv[5];
    read_users(argv[6]);
    if (user_count == 0) {
        fprintf(stderr, "no users\n");
        return 1;
    }
    double end = now() + atof(argv[7]);
    long completed = 0, failed = 0;
    unsigned number = (unsigned)getpid() << 12;
    open_connection();
    while (now() < end) {
        number++;
        snprintf(address, sizeof address, "10.%u.%u.%u", number >> 16 & 255, number >> 8 & 255, number & 255);
        if (sign_in(&users[number % (unsigned)user_count])) {
            completed++;
        } else {
            if (failed++ == 0) fprintf(stderr, "a sign-in failed; the last answer was: %.300s\n", answer);
            open_connection();
        }
    }
    printf("%ld %ld\n", completed, failed);
    return 0;
}
