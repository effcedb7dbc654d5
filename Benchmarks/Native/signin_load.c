// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// Drives complete sign-ins through a verifier, as browser, agent and app at once.
//
//   signin_load PORT ISSUER CLIENT-ID CREDENTIALS REDIRECT-URI USERS CONNECTIONS SECONDS SIGN-INS-PER-USER [--show]
//
// CREDENTIALS is the value of `Authorization: Basic`. USERS has a line for each person: name, enrolment, user, device,
// client instance, method, key name, key file. People are shared out among the connections, each a thread. Each person
// bears an address of their own in `X-Forwarded-For`. Prints JSON. With --show, makes one sign-in and prints each
// exchange's size, and the token answer, as JSON.

#define _GNU_SOURCE
#include "http.h"
#include "jose.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { steps = 8, maximum_users = 4096, maximum_sign_ins = 1 << 17 };

static const char *step_names[steps] = {"authorize", "signin", "introspect", "identify",
                                        "verify",    "poll",   "continue",   "token"};

struct person {
    char name[64], enrollment[128], user[128], device[128], instance[128], method[128], key_name[128], key_path[512];
    EVP_PKEY *key;
    int index;
};

struct settings {
    int port;
    const char *issuer, *client, *credentials, *redirect_uri;
    char redirect_encoded[512];
    int64_t until;
    int sign_ins_per_user;
    bool show;
};

// A thread's part: a share of the people, one connection, and what came of it.
struct worker {
    const struct settings *settings;
    struct person *people;
    int people_count, first, stride;
    struct connection connection;
    int64_t *times;
    size_t done;
    unsigned long requests;
    char failure[512];
};

// What a sign-in carries from one request to the next.
struct sign_in {
    struct worker *worker;
    struct person *person;
    char cookie[512], name[64], request[32768], challenge[16384], text[32768];
    struct answer answer;
    int step;
};

static bool fail(struct sign_in *sign_in, const char *what) {
    snprintf(sign_in->worker->failure, sizeof sign_in->worker->failure, "%s: %s: status %d: %.300s",
             step_names[sign_in->step], what, sign_in->answer.status, sign_in->answer.body ? sign_in->answer.body : "");
    return false;
}

// Sends one request of the sign-in; the caller says which statuses are right.
static bool ask(struct sign_in *sign_in, int step, const char *method, const char *path, const char *headers,
                const char *body, int first_status, int last_status) {
    struct worker *worker = sign_in->worker;
    sign_in->step = step;
    int index = sign_in->person->index;
    int length = snprintf(sign_in->request, sizeof sign_in->request,
                          "%s %s HTTP/1.1\r\nHost: localhost:%d\r\nX-Forwarded-For: 10.%d.%d.%d\r\nAccept: */*\r\n"
                          "User-Agent: countersign-benchmark\r\n%s%s%s%sContent-Length: %zu\r\n\r\n%s",
                          method, path, worker->settings->port, index >> 16 & 255, index >> 8 & 255, index & 255,
                          *sign_in->cookie ? "Cookie: " : "", sign_in->cookie, *sign_in->cookie ? "\r\n" : "", headers,
                          strlen(body), body);
    if (length < 0 || (size_t)length >= sizeof sign_in->request) return fail(sign_in, "the request is too long");
    size_t sent = worker->connection.sent, received = worker->connection.received;
    int64_t start = now_ns();
    memset(&sign_in->answer, 0, sizeof sign_in->answer);
    if (!http_exchange(&worker->connection, sign_in->request, (size_t)length, &sign_in->answer)) {
        return fail(sign_in, "no answer");
    }
    worker->requests++;
    if (worker->settings->show) {
        printf("{\"step\": \"%s\", \"status\": %d, \"ms\": %.3f, \"sent\": %zu, \"received\": %zu}\n", step_names[step],
               sign_in->answer.status, (double)(now_ns() - start) / 1e6, worker->connection.sent - sent,
               worker->connection.received - received);
    }
    if (sign_in->answer.status < first_status || sign_in->answer.status > last_status) {
        return fail(sign_in, "not the status that belongs here");
    }
    return true;
}

// The text of a member of JSON, by the first place that has its name; escaped slashes are undone.
static bool member(const char *json, const char *name, char *text, size_t capacity) {
    char pattern[64];
    snprintf(pattern, sizeof pattern, "\"%s\"", name);
    const char *at = strstr(json, pattern);
    if (!at) return false;
    at += strlen(pattern);
    at += strspn(at, " :");
    if (*at++ != '"') return false;
    size_t length = 0;
    for (; *at && *at != '"' && length + 1 < capacity; at++) {
        if (*at != '\\') text[length++] = *at;
    }
    text[length] = 0;
    return *at == '"';
}

// Sends from now on what the answer sets as a cookie, and names the sign-in as its redirect does.
static bool keep_place(struct sign_in *sign_in) {
    const char *cookie = strcasestr(sign_in->answer.head, "set-cookie:");
    cookie = cookie ? strstr(cookie, "cs_transaction") : NULL;
    const char *name = strstr(sign_in->answer.head, "sign_in=");
    if (!cookie || !name) return false;
    snprintf(sign_in->cookie, sizeof sign_in->cookie, "%.*s", (int)strcspn(cookie, ";\r"), cookie);
    snprintf(sign_in->name, sizeof sign_in->name, "%.*s", (int)strcspn(name, "&\r"), name);
    return true;
}

#define PAGE_HEADERS "Content-Type: application/json\r\nX-Countersign: 1\r\n"

static bool page(struct sign_in *sign_in, int step, const char *path, const char *body, const char *state) {
    char headers[512], found[32], target[256];
    snprintf(target, sizeof target, "%s?%s", path, sign_in->name);
    snprintf(headers, sizeof headers, PAGE_HEADERS "Origin: %s\r\n", sign_in->worker->settings->issuer);
    if (!ask(sign_in, step, "POST", target, headers, body, 200, 200)) return false;
    if (!member(sign_in->answer.body, "state", found, sizeof found) || strcmp(found, state) != 0) {
        return fail(sign_in, "another state than belongs here");
    }
    return true;
}

static bool begin(struct sign_in *sign_in) {
    const struct settings *settings = sign_in->worker->settings;
    // The proof key of RFC 7636, appendix B.
    snprintf(
        sign_in->text, sizeof sign_in->text,
        "/oauth2/v1/authorize?response_type=code&client_id=%s&redirect_uri=%s&scope=openid%%20profile&state=s&nonce=n"
        "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
        settings->client, settings->redirect_encoded);
    sign_in->cookie[0] = 0;
    if (!ask(sign_in, 0, "GET", sign_in->text, "", "", 302, 303)) return false;
    if (!keep_place(sign_in)) return fail(sign_in, "no cookie");
    char body[128];
    snprintf(body, sizeof body, "{\"identifier\":\"%s\",\"rememberMe\":false}", sign_in->person->name);
    if (!ask(sign_in, 1, "GET", "/signin", "", "", 200, 200)) return false;
    if (!page(sign_in, 2, "/idp/idx/introspect", "{}", "identify")) return false;
    if (!page(sign_in, 3, "/idp/idx/identify", body, "challenge")) return false;
    if (!member(sign_in->answer.body, "challengeRequest", sign_in->challenge, sizeof sign_in->challenge)) {
        return fail(sign_in, "no challenge");
    }
    return true;
}

// Plays the agent: signs the response to the challenge and posts it to the verification URI.
static bool respond(struct sign_in *sign_in) {
    const struct person *person = sign_in->person;
    const char *issuer = sign_in->worker->settings->issuer;
    const char *payload = strchr(sign_in->challenge, '.');
    if (!payload) return fail(sign_in, "no JWS");
    payload++;
    base64url_decode(payload, strcspn(payload, "."), sign_in->text);
    char nonce[256], transaction[256], target[512], header[256], claims[4096], hash[64];
    if (!member(sign_in->text, "nonce", nonce, sizeof nonce)
        || !member(sign_in->text, "transactionId", transaction, sizeof transaction)
        || !member(sign_in->text, "verificationUri", target, sizeof target)
        || strncmp(target, issuer, strlen(issuer)) != 0) {
        return fail(sign_in, "a challenge of another form");
    }
    unsigned char digest[32];
    EVP_Digest(sign_in->challenge, strlen(sign_in->challenge), digest, NULL, EVP_sha256(), NULL);
    base64url(digest, sizeof digest, hash);
    long long now = (long long)time(NULL);
    snprintf(header, sizeof header, "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"okta-devicebind+jwt\"}",
             person->key_name);
    snprintf(claims, sizeof claims,
             "{\"amr\":[],\"aud\":\"%s\",\"challengeHash\":\"%s\",\"challengeResponseContext\":{\"bindingType\":"
             "\"LOOPBACK\","
             "\"originHeader\":\"%s\",\"transactionType\":\"LOGIN\",\"userConsent\":\"NONE\"},\"deviceSignals\":"
             "{\"clientInstanceId\":\"%s\",\"id\":\"%s\",\"platform\":\"LINUX\",\"readings\":{\"platform\":{"
             "\"collectedAt\":%lld,"
             "\"privilege\":\"user\",\"source\":\"the "
             "agent\",\"state\":\"known\",\"value\":\"LINUX\"}}},\"exp\":%lld,\"iat\":%lld,"
             "\"integrations\":null,\"iss\":\"%s\",\"jti\":\"%s-%lld\",\"keyType\":\"proofOfPossession\","
             "\"methodEnrollmentId\":\"%s\",\"nbf\":%lld,\"nonce\":\"%s\",\"signalProviders\":null,\"sub\":\"%s\","
             "\"tx\":\"%s\"}",
             issuer, hash, issuer, person->instance, person->device, now, now + 300, now, person->enrollment,
             transaction, (long long)now_ns(), person->method, now - 300, nonce, person->user, transaction);
    static const char before[] = "{\"method\":\"signed_nonce\",\"challengeResponse\":\"";
    memcpy(sign_in->text, before, sizeof before);
    size_t length = strlen(before);
    size_t jws = compact_jws(person->key, header, claims, sign_in->text + length, sizeof sign_in->text - length - 8);
    if (jws == 0) return fail(sign_in, "the response is too long");
    strcpy(sign_in->text + length + jws, "\"}");
    return ask(sign_in, 4, "POST", target + strlen(issuer), "Content-Type: application/json\r\n", sign_in->text, 200,
               200);
}

static bool finish(struct sign_in *sign_in) {
    const struct settings *settings = sign_in->worker->settings;
    char target[256], code[512], headers[512], body[2048];
    if (!page(sign_in, 5, "/idp/idx/authenticators/poll", "{}", "success")) return false;
    if (!member(sign_in->answer.body, "redirect", target, sizeof target)) return fail(sign_in, "no redirect");
    const char *path = *target == '/' ? target : target + strlen(settings->issuer);
    if (!ask(sign_in, 6, "GET", path, "", "", 302, 303)) return false;
    const char *found = strstr(sign_in->answer.head, "code=");
    if (!found) return fail(sign_in, "no code");
    snprintf(code, sizeof code, "%.*s", (int)strcspn(found + 5, "&\r# "), found + 5);
    snprintf(headers, sizeof headers, "Authorization: Basic %s\r\nContent-Type: application/x-www-form-urlencoded\r\n",
             settings->credentials);
    snprintf(body, sizeof body,
             "grant_type=authorization_code&code=%s&redirect_uri=%s&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_"
             "wW1gFWFOEjXk",
             code, settings->redirect_encoded);
    sign_in->cookie[0] = 0;
    if (!ask(sign_in, 7, "POST", "/oauth2/v1/token", headers, body, 200, 200)) return false;
    if (!strstr(sign_in->answer.body, "\"id_token\"")) return fail(sign_in, "no ID token");
    if (settings->show) printf("%s\n", sign_in->answer.body);
    return true;
}

static void *work(void *argument) {
    struct worker *worker = argument;
    struct sign_in *sign_in = calloc(1, sizeof *sign_in);
    if (!sign_in) die("no memory");
    sign_in->worker = worker;
    for (int round = 0; round < worker->settings->sign_ins_per_user; round++) {
        for (int index = worker->first; index < worker->people_count; index += worker->stride) {
            int64_t start = now_ns();
            if (start >= worker->settings->until || worker->done == maximum_sign_ins) goto end;
            sign_in->person = &worker->people[index];
            if (!begin(sign_in) || !respond(sign_in) || !finish(sign_in)) goto end;
            worker->times[worker->done++] = now_ns() - start;
            if (worker->settings->show) goto end;
        }
    }
end:
    free(sign_in);
    return NULL;
}

static int read_people(const char *path, struct person *people) {
    FILE *file = fopen(path, "r");
    if (!file) die("%s: cannot be read", path);
    int count = 0;
    struct person *next = people;
    while (count < maximum_users
           && fscanf(file, "%63s %127s %127s %127s %127s %127s %127s %511s", next->name, next->enrollment, next->user,
                     next->device, next->instance, next->method, next->key_name, next->key_path)
                  == 8) {
        next->key = read_key(next->key_path);
        next->index = ++count;
        next++;
    }
    fclose(file);
    if (count == 0) die("%s: nobody", path);
    return count;
}

static void encode_uri(const char *uri, char *text) {
    for (; *uri; uri++)
        text += sprintf(text, strchr(":/?&=+", *uri) ? "%%%02X" : "%c", *uri);
}

static void report(struct worker *workers, int count, double seconds) {
    size_t done = 0, sent = 0, received = 0;
    unsigned long requests = 0, opened = 0;
    const char *failure = "";
    int failures = 0;
    int64_t *times = calloc((size_t)count * maximum_sign_ins, sizeof *times);
    for (int index = 0; index < count; index++) {
        struct worker *worker = &workers[index];
        memcpy(times + done, worker->times, worker->done * sizeof *times);
        done += worker->done;
        sent += worker->connection.sent;
        received += worker->connection.received;
        requests += worker->requests;
        opened += worker->connection.opened;
        if (*worker->failure) failure = worker->failure, failures++;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                 + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("{\"sign_ins\": %zu, \"seconds\": %.3f, \"median_ms\": %.3f, \"p99_ms\": %.3f, \"requests\": %lu, \"sent\": "
           "%zu, "
           "\"received\": %zu, \"connections\": %lu, \"client_cpu\": %.3f, \"failed\": %d, \"failure\": \"",
           done, seconds, (double)quantile(times, done, 0.5) / 1e6, (double)quantile(times, done, 0.99) / 1e6, requests,
           sent, received, opened, cpu, failures);
    for (; *failure; failure++)
        putchar(*failure == '"' || *failure == '\\' || *failure < ' ' ? '\'' : *failure);
    printf("\"}\n");
}

int main(int count, char **arguments) {
    bool show = count == 11 && strcmp(arguments[10], "--show") == 0;
    if (count != 10 && !show) die("usage: see the head of signin_load.c");
    static struct person people[maximum_users];
    struct settings settings = {.port = atoi(arguments[1]),
                                .issuer = arguments[2],
                                .client = arguments[3],
                                .credentials = arguments[4],
                                .redirect_uri = arguments[5],
                                .sign_ins_per_user = atoi(arguments[9]),
                                .show = show};
    if (strlen(settings.redirect_uri) > 160) die("the redirect URI is too long");
    encode_uri(settings.redirect_uri, settings.redirect_encoded);
    int people_count = read_people(arguments[6], people);
    int threads = show ? 1 : atoi(arguments[7]);
    if (threads < 1 || threads > 256 || threads > people_count)
        die("1 to 256 connections, and a person for each at least");
    struct worker *workers = calloc((size_t)threads, sizeof *workers);
    pthread_t ids[256];
    int64_t start = now_ns();
    settings.until = start + (int64_t)(atof(arguments[8]) * 1e9);
    for (int index = 0; index < threads; index++) {
        workers[index].settings = &settings;
        workers[index].people = people;
        workers[index].people_count = people_count;
        workers[index].first = index;
        workers[index].stride = threads;
        workers[index].times = calloc(maximum_sign_ins, sizeof(int64_t));
        connection_init(&workers[index].connection, settings.port);
        if (pthread_create(&ids[index], NULL, work, &workers[index]) != 0) die("no thread");
    }
    for (int index = 0; index < threads; index++)
        pthread_join(ids[index], NULL);
    report(workers, threads, (double)(now_ns() - start) / 1e9);
    return 0;
}
