// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

#pragma once
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdbool.h>

// libcurl is not linked but loaded when it is first needed: it brings some thirty libraries along (TLS, Kerberos, LDAP, SSH,
// RTMP), which cost every start of a program 4 MB of memory and milliseconds, and most commands send no request.

#define COUNTERSIGN_CURL_FUNCTIONS(FUNCTION)                                                                           \
    FUNCTION(easy_cleanup)                                                                                             \
    FUNCTION(easy_getinfo)                                                                                             \
    FUNCTION(easy_init)                                                                                                \
    FUNCTION(easy_setopt)                                                                                              \
    FUNCTION(easy_strerror)                                                                                            \
    FUNCTION(free)                                                                                                     \
    FUNCTION(global_init)                                                                                              \
    FUNCTION(multi_add_handle)                                                                                         \
    FUNCTION(multi_cleanup)                                                                                            \
    FUNCTION(multi_info_read)                                                                                          \
    FUNCTION(multi_init)                                                                                               \
    FUNCTION(multi_perform)                                                                                            \
    FUNCTION(multi_poll)                                                                                               \
    FUNCTION(multi_remove_handle)                                                                                      \
    FUNCTION(multi_wakeup)                                                                                             \
    FUNCTION(slist_append)                                                                                             \
    FUNCTION(slist_free_all)                                                                                           \
    FUNCTION(url)                                                                                                      \
    FUNCTION(url_cleanup)                                                                                              \
    FUNCTION(url_get)                                                                                                  \
    FUNCTION(url_set)

// The functions that are used, of the types that curl.h declares; all of them are there where is_loaded says so.
struct countersign_curl {
    bool is_loaded;
#define COUNTERSIGN_CURL_MEMBER(name) __typeof__(&curl_##name) name;
    COUNTERSIGN_CURL_FUNCTIONS(COUNTERSIGN_CURL_MEMBER)
#undef COUNTERSIGN_CURL_MEMBER
};

// Loads libcurl; where that fails, dlerror() tells why. It stays loaded: what it brings along cannot be taken away again.
static inline struct countersign_curl countersign_curl_load(const char *library) {
    struct countersign_curl curl = {.is_loaded = false};
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return curl;
#define COUNTERSIGN_CURL_LOOKUP(name)                                                                                  \
    curl.name = (__typeof__(&curl_##name))dlsym(handle, "curl_" #name);                                                \
    if (!curl.name) return curl;
    COUNTERSIGN_CURL_FUNCTIONS(COUNTERSIGN_CURL_LOOKUP)
#undef COUNTERSIGN_CURL_LOOKUP
    curl.is_loaded = true;
    return curl;
}

// curl_easy_setopt and curl_easy_getinfo take variable arguments, which Swift cannot call: one wrapper for each kind
// of argument.
static inline CURLcode countersign_curl_set_long(
    struct countersign_curl curl, CURL *handle, CURLoption option, long value) {
    return curl.easy_setopt(handle, option, value);
}
static inline CURLcode countersign_curl_set_pointer(
    struct countersign_curl curl, CURL *handle, CURLoption option, const void *value) {
    return curl.easy_setopt(handle, option, value);
}
static inline CURLcode countersign_curl_set_callback(
    struct countersign_curl curl, CURL *handle, CURLoption option, size_t (*value)(char *, size_t, size_t, void *)) {
    return curl.easy_setopt(handle, option, value);
}
static inline CURLcode countersign_curl_get_long(
    struct countersign_curl curl, CURL *handle, CURLINFO info, long *value) {
    return curl.easy_getinfo(handle, info, value);
}
