import ArgumentParser
import Foundation

/// A TCP socket on which a program accepts connections, and which it cannot make itself: `--tcplisten`.
struct ListeningSocket {
    let descriptor: Int32

    /// - Parameter address: a host and a port: `127.0.0.1:8080`, `[::1]:8080`, `localhost:0`. With port 0 the kernel
    ///   chooses one, which is said to standard error.
    init(_ address: String) throws {
        guard let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]) else {
            throw ValidationError("--tcplisten takes host:port, found '\(RawArguments.shown(address))'")
        }
        var host = address[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let error = getaddrinfo(host.isEmpty ? nil : String(host), String(port), &hints, &found)
        guard error == 0, let found else {
            throw Failure("--tcplisten \(RawArguments.shown(address)): \(String(cString: gai_strerror(error)))")
        }
        defer { freeaddrinfo(found) }
        let first = found.pointee
        descriptor = socket(first.ai_family, first.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), first.ai_protocol)
        var yes: Int32 = 1
        guard descriptor >= 0,
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout.size(ofValue: yes))) == 0,
            bind(descriptor, first.ai_addr, first.ai_addrlen) == 0, listen(descriptor, SOMAXCONN) == 0
        else {
            throw Failure("--tcplisten \(RawArguments.shown(address)): \(String(cString: strerror(errno)))")
        }
        if port == 0 { Output.note("listening on port \(try Self.port(of: descriptor))\n") }
    }

    private static func port(of socket: Int32) throws -> UInt16 {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout.size(ofValue: address))
        return try withUnsafeMutableBytes(of: &address) { bytes in
            guard let start = bytes.baseAddress,
                getsockname(socket, start.assumingMemoryBound(to: sockaddr.self), &size) == 0
            else { throw Failure("--tcplisten: \(String(cString: strerror(errno)))") }
            // IPv4 and IPv6 have it in the same place, after the family.
            return UInt16(bigEndian: bytes.load(fromByteOffset: MemoryLayout<sa_family_t>.size, as: UInt16.self))
        }
    }
}
