// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
internal import CLibcurl
internal import Glibc
internal import Synchronization

/// libcurl, loaded and made ready with the first request of the process.
///
/// `@unchecked Sendable` holds because it is made of pointers to functions of a library that stays loaded, and never changes.
struct LoadedLibcurl: @unchecked Sendable {
    /// Its functions.
    let functions: countersign_curl

    private static let executor = BlockingSerialExecutor(label: "countersign.libcurl")
    private static let loaded = Mutex<LoadedLibcurl?>(nil)

    /// The one of this process. Loading reads tens of files, so it has a thread of its own; what fails is tried again by the next
    /// request.
    static func shared() async throws(HTTPSClientError) -> LoadedLibcurl {
        if let library = loaded.withLock({ $0 }) { return library }
        let result = await withCheckedContinuation { continuation in
            executor.run { continuation.resume(returning: Result(catching: loadOnce)) }
        }
        return try result.get()
    }

    private static func loadOnce() throws(HTTPSClientError) -> LoadedLibcurl {
        if let library = loaded.withLock({ $0 }) { return library }
        // Not under the lock, which others take where they must not wait; the executor does this once at a time.
        let library = try LoadedLibcurl(library: standardName)
        loaded.withLock { $0 = library }
        return library
    }

    /// The file's name, that of libcurl's interface, the same since 2006.
    private static let standardName = "libcurl.so.4"

    /// Loads it.
    ///
    /// - Parameter library: the file, by the name that the loader finds it by.
    init(library: String) throws(HTTPSClientError) {
        functions = countersign_curl_load(library)
        guard functions.is_loaded else {
            let reason = dlerror().map { String(cString: $0) } ?? "unknown error"
            throw HTTPSClientError(
                .broken,
                "libcurl cannot be loaded (\(reason)): install it, or start this program anew if it was just upgraded")
        }
        guard functions.global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK else {
            throw HTTPSClientError(.broken, "libcurl cannot be started; check its installation")
        }
    }
}
