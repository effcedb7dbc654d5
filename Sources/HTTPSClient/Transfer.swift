// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcurl
internal import Synchronization

/// One exchange with a server, from its request to its result.
///
/// `@unchecked Sendable` holds because, but for the atomic flag, its variables are touched on the ``TransferThread`` alone,
/// and in `init`, before it gets there.
final class Transfer: @unchecked Sendable {
    typealias Outcome = Result<HTTPSResponse, HTTPSClientError>

    let wasCancelled = Atomic(false)
    private let curl: countersign_curl
    private let request: HTTPSRequest
    private let configuration: HTTPSClient.Configuration
    private var continuation: CheckedContinuation<Outcome, Never>?
    private var easy: UnsafeMutableRawPointer?
    private var url: OpaquePointer?
    private var fields: UnsafeMutablePointer<curl_slist>?
    private let body: UnsafeMutableBufferPointer<UInt8>
    private let errorText = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var response = HTTPSResponse(status: 0)
    private var isTooLarge = false
    private var host = "the server"

    init(_ request: HTTPSRequest, _ configuration: HTTPSClient.Configuration, by library: LoadedLibcurl) {
        curl = library.functions
        self.request = request
        self.configuration = configuration
        body = .allocate(capacity: request.body.count)
        _ = body.initialize(from: request.body)
        errorText.initialize(repeating: 0)
    }

    deinit {
        if let easy { curl.easy_cleanup(easy) }
        if let url { curl.url_cleanup(url) }
        curl.slist_free_all(fields)
        body.deallocate()
        errorText.deallocate()
    }

    /// Takes over the duty to resume a task.
    func begin(_ continuation: CheckedContinuation<Outcome, Never>) { self.continuation = continuation }

    /// Makes the handle that libcurl works on.
    func prepare() throws(HTTPSClientError) -> UnsafeMutableRawPointer {
        let isLoopback = try parseURL()
        guard let easy = curl.easy_init() else { throw HTTPSClientError(.broken, "libcurl has no memory left") }
        self.easy = easy
        set(CURLOPT_CURLU, UnsafeRawPointer(url))
        set(CURLOPT_PROTOCOLS_STR, isLoopback || configuration.allowsPlainHTTP ? "http,https" : "https")
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeoutMillis)
        set(CURLOPT_TIMEOUT_MS, request.timeoutMillis)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_USERAGENT, configuration.userAgent)
        if let file = configuration.authoritiesFile {
            set(CURLOPT_CAINFO, file)
            // The folder of the system's authorities would be looked into as well.
            let none: UnsafeRawPointer? = nil
            set(CURLOPT_CAPATH, none)
        }
        try setProxies(isLoopback: isLoopback)
        setMethod()
        try setFields()
        setCallbacks()
        return easy
    }

    /// Ends the exchange with libcurl's word on it.
    func finish(_ code: CURLcode) {
        guard code == CURLE_OK else { return fail(failure(code)) }
        var status = 0
        countersign_curl_get_long(curl, easy, CURLINFO_RESPONSE_CODE, &status)
        response.status = status
        resume(.success(response))
    }

    /// Ends the exchange without an answer.
    func fail(_ error: HTTPSClientError) { resume(.failure(error)) }

    private func resume(_ outcome: Outcome) {
        continuation?.resume(returning: outcome)
        continuation = nil
    }

    /// Parses the URL with the parser that libcurl itself uses, and tells whether its host is this machine.
    private func parseURL() throws(HTTPSClientError) -> Bool {
        let invalid = HTTPSClientError(.invalidRequest, "not an https URL that can be used; check the address")
        guard request.url.utf8.count <= 4096, let url = curl.url() else { throw invalid }
        self.url = url
        guard curl.url_set(url, CURLUPART_URL, request.url, UInt32(CURLU_DISALLOW_USER)) == CURLUE_OK,
            let scheme = part(CURLUPART_SCHEME), let host = part(CURLUPART_HOST)
        else { throw invalid }
        self.host = host
        let isLoopback = host == "localhost" || host == "127.0.0.1" || host == "[::1]"
        guard scheme == "https" || (scheme == "http" && (isLoopback || configuration.allowsPlainHTTP)) else {
            throw HTTPSClientError(
                .invalidRequest, "\(host) would be spoken to without TLS; use an https address")
        }
        return isLoopback
    }

    private func part(_ part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl.url_get(url, part, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl.free(text) }
        return String(cString: text)
    }

    private func setProxies(isLoopback: Bool) throws(HTTPSClientError) {
        guard let connector = configuration.connector else {
            if isLoopback { set(CURLOPT_PROXY, "") }
            return
        }
        // libcurl takes a path after `localhost` for that of a Unix socket, and leaves names to this proxy.
        let first = "socks5h://localhost" + Self.escaped(connector.socketPath)
        set(CURLOPT_NOPROXY, "")
        let proxy = isLoopback ? nil : connector.proxies.proxy(scheme: part(CURLUPART_SCHEME) ?? "", host: host)
        guard let proxy else { return set(CURLOPT_PROXY, first) }
        guard !proxy.lowercased().hasPrefix("socks") else {
            throw HTTPSClientError(
                .unreachable,
                "\(host) cannot be reached: the environment names a proxy for it that speaks SOCKS; name one that speaks HTTP"
            )
        }
        set(CURLOPT_PRE_PROXY, first)
        set(CURLOPT_PROXY, proxy)
    }

    /// A path as it stands in a URL (RFC 3986 §3.3).
    private static func escaped(_ path: String) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        let bytes = path.utf8.flatMap { byte in
            plain.contains(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func setMethod() {
        switch request.method {
        case .get:
            set(CURLOPT_HTTPGET, 1)
        case .post:
            set(CURLOPT_POST, 1)
            set(CURLOPT_POSTFIELDSIZE, body.count)
            // A null pointer would make libcurl read the body from a callback.
            let start = UnsafeRawPointer(body.baseAddress) ?? UnsafeRawPointer(errorText.baseAddress)
            set(CURLOPT_POSTFIELDS, start)
        case .delete:
            set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
    }

    private func setFields() throws(HTTPSClientError) {
        fields = curl.slist_append(fields, "Expect:")
        for (name, value) in request.headers {
            guard !name.isEmpty, (name + value).utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw HTTPSClientError(.invalidRequest, "a header contains a character that is not allowed")
            }
            fields = curl.slist_append(fields, "\(name): \(value)")
        }
        set(CURLOPT_HTTPHEADER, UnsafeRawPointer(fields))
    }

    private func setCallbacks() {
        set(CURLOPT_ERRORBUFFER, UnsafeRawPointer(errorText.baseAddress))
        let reference = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        set(CURLOPT_WRITEDATA, reference)
        countersign_curl_set_callback(curl, easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, transfer in
            Transfer.of(transfer)?.received(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
        }
        set(CURLOPT_HEADERDATA, reference)
        countersign_curl_set_callback(curl, easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, transfer in
            Transfer.of(transfer)?.receivedField(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
        }
    }

    private static func of(_ reference: UnsafeMutableRawPointer?) -> Transfer? {
        reference.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private func received(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard response.body.count + bytes.count <= configuration.maximumResponseBytes else {
            isTooLarge = true
            return 0
        }
        response.body.append(contentsOf: bytes)
        return bytes.count
    }

    private func receivedField(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
            if bytes.starts(with: "HTTP/".utf8) { response.headers = [:] }
            return bytes.count
        }
        // Most fields of an answer are of no interest: they are not worth a text.
        let name = bytes[..<colon]
        if let kept = Self.keptFields.first(where: { Self.isSame(name, $0.bytes) }) {
            var value = bytes[(colon + 1)...]
            while let first = value.first, Self.isBlank(first) { value = value.dropFirst() }
            while let last = value.last, Self.isBlank(last) { value = value.dropLast() }
            response.headers[kept.name] = String(decoding: value, as: UTF8.self)
        }
        return bytes.count
    }

    private static let keptFields = HTTPSResponse.keptHeaders.map { (name: $0, bytes: Array($0.utf8)) }

    /// Whether a field's name is this one, which is in lower case.
    private static func isSame(_ name: Slice<UnsafeRawBufferPointer>, _ lowercased: [UInt8]) -> Bool {
        guard name.count == lowercased.count else { return false }
        for (offset, expected) in lowercased.enumerated() {
            let byte = name[name.startIndex + offset]
            let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            guard (isUpper ? byte | 0x20 : byte) == expected else { return false }
        }
        return true
    }

    /// Optional white space (RFC 9110 §5.6.3), or the end of the line.
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }

    private func set(_ option: CURLoption, _ value: Int) { countersign_curl_set_long(curl, easy, option, value) }

    private func set(_ option: CURLoption, _ value: UnsafeRawPointer?) {
        countersign_curl_set_pointer(curl, easy, option, value)
    }

    private func set(_ option: CURLoption, _ value: String) {
        // libcurl copies the text.
        value.withCString { _ = countersign_curl_set_pointer(curl, easy, option, UnsafeRawPointer($0)) }
    }

    private func failure(_ code: CURLcode) -> HTTPSClientError {
        let detail = errorText.baseAddress.map { String(cString: $0) } ?? ""
        let reason =
            detail.isEmpty ? curl.easy_strerror(code).map { String(cString: $0) } ?? "error \(code.rawValue)" : detail
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_PROXY, CURLE_INTERFACE_FAILED:
            return HTTPSClientError(
                .unreachable, "\(host) cannot be reached (\(reason)); check the network and the address")
        case CURLE_PROXY where configuration.connector != nil: return connectorsFailure(reason)
        case CURLE_OPERATION_TIMEDOUT:
            return HTTPSClientError(.timedOut, "\(host) did not answer in time (\(reason)); try again")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_INVALIDCERTSTATUS:
            return HTTPSClientError(
                .untrusted,
                "\(host) could not prove who it is (\(reason)); check its certificate and this machine's clock")
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            return HTTPSClientError(.invalidRequest, "the address of \(host) cannot be used (\(reason))")
        default:
            guard !isTooLarge else {
                return HTTPSClientError(
                    .tooLarge,
                    "\(host) sent more than \(configuration.maximumResponseBytes) bytes; it is not what was expected")
            }
            return HTTPSClientError(.broken, "the exchange with \(host) broke off (\(reason)); try again")
        }
    }

    /// Why the connector made no connection (RFC 1928 §6).
    private func connectorsFailure(_ reason: String) -> HTTPSClientError {
        var reply = 0
        countersign_curl_get_long(curl, easy, CURLINFO_PROXY_ERROR, &reply)
        switch CURLproxycode(rawValue: UInt32(truncatingIfNeeded: reply)) {
        case CURLPX_REPLY_NOT_ALLOWED:
            return HTTPSClientError(
                .unreachable,
                "\(host) is none of the verifiers that connections are made to; enrol this device there again")
        case CURLPX_REPLY_CONNECTION_REFUSED:
            return HTTPSClientError(
                .unreachable, "\(host) cannot be reached (connection refused); check the network and the address")
        case CURLPX_REPLY_HOST_UNREACHABLE, CURLPX_REPLY_NETWORK_UNREACHABLE:
            return HTTPSClientError(
                .unreachable,
                "\(host) cannot be reached (no such host, or no way to it); check the network and the address")
        default:
            return HTTPSClientError(
                .unreachable, "\(host) cannot be reached (\(reason)); check the network and the address")
        }
    }
}
