// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcurl
internal import Glibc

/// libcurl, loaded and made ready with the first request of the process.
///
/// `@unchecked Sendable` holds because it is made of pointers to functions of a library that stays loaded, and never changes.
struct LoadedLibcurl: @unchecked Sendable {
    /// Its functions.
    let functions: countersign_curl

    /// The one of this process, or why there is none.
    static let shared = Result { () throws(HTTPSClientError) in try LoadedLibcurl() }

    /// Loads it.
    ///
    /// - Parameter library: the file, by the name that the loader finds it by: that of libcurl's interface, the same since 2006.
    init(library: String = "libcurl.so.4") throws(HTTPSClientError) {
        functions = countersign_curl_load(library)
        guard functions.is_loaded else {
            let reason = dlerror().map { String(cString: $0) } ?? "unknown error"
            throw HTTPSClientError(.broken, "libcurl cannot be loaded (\(reason)); install it")
        }
        guard functions.global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK else {
            throw HTTPSClientError(.broken, "libcurl cannot be started; check its installation")
        }
    }
}
